"""Plans and expressions as text: for people, for golden tests, and to tell expressions apart.

Above: tests, explain, the binder of projections and the rules, for which equal text means equal
expression.
Below: `plan`, `expressions`.
A plan is one operator per line, the last one to run first, its input below it; plans inside an
operator are indented. Expressions are Cypher, with parentheses around every operator inside another, so that
no two have one text.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import plans_inside
from seaglass.engine.cypher.logical.walk import children, locals_of, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# Chains of these stand without parentheses: how they nest is no part of their meaning.
_ASSOCIATIVE = (ex.BinaryOperator.AND, ex.BinaryOperator.OR, ex.BinaryOperator.XOR)
_TESTED = ("RELATIONSHIP", "NODE", "PATH")
_COMPOUND = (ex.Binary, ex.Unary, ex.IsNull, ex.HasLabels)


def name(text: str) -> str:
    """A name as a query would write it."""
    if _PLAIN_NAME.fullmatch(text):
        return text
    return "`" + text.replace("`", "``") + "`"


def expression(node: ex.Expression) -> str:
    """An expression as Cypher."""
    match node:
        case _Local(name=text):
            return text
        case ex.Variable(name=text):
            return name(text)
        case ex.Literal(value=value):
            return _literal(value)
        case ex.Property(subject=subject, key=key):
            return f"{_inner(subject)}.{name(key)}"
        case ex.Parameter(name=text):
            return f"${name(text)}"
        case ex.Binary(operator=operator, left=left, right=right):
            if operator in _ASSOCIATIVE:
                return f" {operator} ".join([_inner(part) for part in _flat(node, operator)])
            return f"{_inner(left)} {operator} {_inner(right)}"
        case ex.FunctionCall(name=text, arguments=arguments):
            return f"{text}({_list(arguments)})"
        case ex.Aggregate(name=text, argument=argument, distinct=distinct):
            inner = "*" if argument is None else expression(argument)
            if text.startswith("percentile") and isinstance(argument, ex.ListLiteral):
                inner = _list(argument.items)
            return f"{text}({'DISTINCT ' if distinct else ''}{inner})"
        case ex.HasLabels(subject=subject, labels=labels):
            return f"{_inner(subject)}{_labels(labels)}"
        case ex.ListLiteral(items=items):
            return f"[{_list(items)}]"
        case ex.MapLiteral(items=pairs):
            return f"{{{_pairs(pairs)}}}"
        case ex.PathValue(parts=through):
            return f"path({_list(through)})"
        case ex.MapProjection(subject=subject, whole=whole, items=pairs):
            parts = [".*"] * whole + [_pairs(pairs)] * bool(pairs)
            return f"{_inner(subject)} {{{', '.join(parts)}}}"
        case ex.Comprehension() | ex.Quantifier() | ex.Reduce() | ex.ShortestPaths():
            return _binding(node)
        case ex.Unary(operator=operator, operand=operand):
            space = " " if operator is ex.UnaryOperator.NOT else ""
            return f"{operator}{space}{_inner(operand)}"
        case ex.IsNull(operand=operand, negated=negated):
            return f"{_inner(operand)} IS {'NOT ' if negated else ''}NULL"
        case ex.Index(subject=subject, index=index):
            return f"{_inner(subject)}[{expression(index)}]"
        case ex.Slice(subject=subject, start=start, stop=stop):
            first = "" if start is None else expression(start)
            last = "" if stop is None else expression(stop)
            return f"{_inner(subject)}[{first}..{last}]"
        case ex.Subquery():
            return _subquery(node)
        case ex.Case(branches=branches, otherwise=otherwise):
            parts = [f"WHEN {expression(a)} THEN {expression(b)}" for a, b in branches]
            if otherwise is not None:
                parts.append(f"ELSE {expression(otherwise)}")
            return f"CASE {' '.join(parts)} END"


def _subquery(node: ex.Subquery) -> str:
    given = [item for item in node.arguments if expression(item[1]) != name(item[0])]
    before = f"WITH {_items(given)} " if given else ""
    shown = "" if node.column is None else f" {name(node.column)} OF"
    return f"{node.kind}{shown} {{{before}{operators(node.inner, ' <- ')}}}"


def query(compiled: plan.Query) -> str:
    """The plan of a query, one line for each operator."""
    return operators(compiled.root)


def operators(root: plan.Operator, between: str = "\n") -> str:
    """A plan, one line for each operator, or with something else between them."""
    lines: list[str] = []
    operator: plan.Operator | None = root
    while operator is not None:
        lines.append(_line(operator))
        for inner in plans_inside(operator):
            if between == "\n":
                lines.extend(f"  | {line}" for line in operators(inner).splitlines())
            else:
                lines.append(f"[{operators(inner, between)}]")
        operator = None if isinstance(operator, plan.Unit | plan.Argument) else operator.input
    return between.join(lines)


def _line(operator: plan.Operator) -> str:
    return f"{type(operator).__name__} {arguments(operator)}".rstrip()


def arguments(operator: plan.Operator) -> str:
    """What one operator does, without its name and its input."""
    match operator:
        case plan.Unit() | plan.Discard() | plan.Optional() | plan.Apply():
            return ""
        case plan.Argument(names=names):
            return _names(names)
        case plan.NodeScan(variable=variable, labels=labels, sought=sought):
            by = f" by {', '.join(map(condition, sought))}" if sought else ""
            return f"({name(variable)}{_labels(labels)}){by}"
        case plan.NodeSeek(variable=variable, labels=labels, id=identity, many=many):
            word = "IN" if many else "="
            seek = f"({name(variable)}{_labels(labels)}) {word} {expression(identity)}"
            return seek + _forgets(operator)
        case plan.Expand():
            return _expand(operator)
        case plan.Intersect():
            return _intersect(operator)
        case plan.ExpandMany():
            return _expand_many(operator)
        case plan.Filter(predicate=predicate):
            return expression(predicate)
        case plan.Unwind(list=listed, variable=variable):
            return f"{expression(listed)} AS {name(variable)}"
        case plan.ProcedureCall():
            return _procedure_call(operator)
        case plan.Project(items=items):
            return _items(items)
        case plan.Aggregate(keys=keys, aggregates=aggregates):
            by = f" BY {_items(keys)}" if keys else ""
            return (_items(aggregates) + by).lstrip()
        case plan.CountPaths():
            return _count_paths(operator)
        case plan.CountTypes(direction=direction, type=kind, number=number):
            pattern = _arrow("", direction, _types(operator.types), "")
            return f"{pattern} AS {name(kind)}, {name(number)}"
        case plan.Distinct(names=names) | plan.Union(names=names):
            return _names(names)
        case plan.Sort(keys=keys):
            return _sort_keys(keys)
        case plan.Skip(count=count) | plan.Limit(count=count):
            return expression(count)
        case plan.Top(keys=keys):
            return f"{top_count(operator)} BY {_sort_keys(keys)}"
        case _:
            return _write(operator)


def top_count(operator: plan.Top) -> str:
    """How many rows a Top keeps."""
    skipped = "" if operator.skipped is None else f"{expression(operator.skipped)} + "
    return skipped + expression(operator.count)


def condition(sought: plan.Sought) -> str:
    """A condition on a property, without the node or edge that has it."""
    return f"{name(sought.key)} {sought.operator} {_inner(sought.value)}"


def _write(operator: plan.Create | plan.Set | plan.Delete | plan.Merge) -> str:
    match operator:
        case plan.Create(nodes=nodes, edges=edges):
            return _templates(nodes, edges)
        case plan.Set(items=items):
            return _set_items(items)
        case plan.Delete(expressions=expressions, detach=detach):
            return f"{'DETACH ' if detach else ''}{_list(expressions)}"
        case plan.Merge():
            named = "" if operator.path is None else f"{name(operator.path[0])} = "
            parts = [f"{named}{_templates(operator.create_nodes, operator.create_edges)}"]
            if operator.on_create:
                parts.append(f"ON CREATE {_set_items(operator.on_create)}")
            if operator.on_match:
                parts.append(f"ON MATCH {_set_items(operator.on_match)}")
            return " ".join(parts)


def _count_paths(operator: plan.CountPaths) -> str:
    nodes = [f"({name(variable)}{_labels(labels)})" for variable, labels in operator.nodes]
    path, last = "", -1
    for place, link in enumerate(operator.links):
        if link.source != last:
            path += f"{', ' if path else ''}{nodes[link.source]}"
            nodes[link.source] = f"({name(operator.nodes[link.source][0])})"
        left = "<-" if link.direction is plan.Direction.IN else "-"
        right = "->" if link.direction is plan.Direction.OUT else "-"
        path += f"{left}[{place}{_types(link.types)}]{right}{nodes[link.target]}"
        last = link.target
        nodes[last] = f"({name(operator.nodes[last][0])})"
        if len(link.apart) < place:
            path += f" distinct from {', '.join(map(str, link.apart)) or 'none'}"
    by = f" BY {name(operator.nodes[operator.root][0])}" if operator.by_root else ""
    return f"{path} AS {name(operator.name)}{by}"


def _expand(operator: plan.Expand) -> str:
    edge = name(operator.edge) + _types(operator.types)
    by = f" by {', '.join(map(condition, operator.sought))}" if operator.sought else ""
    return _ends(operator, operator.direction, edge) + by + _forgets(operator)


def _intersect(operator: plan.Intersect) -> str:
    legs = []
    for leg in operator.legs:
        edge = name(leg.edge) + _types(leg.types)
        text = _arrow(name(leg.source), leg.direction, edge, name(operator.target))
        if leg.distinct_from:
            text += f" distinct from {_names(leg.distinct_from)}"
        legs.append(text)
    return "; ".join(legs) + _forgets(operator)


def _forgets(operator: plan.NodeSeek | plan.Expand | plan.Intersect) -> str:
    return f" forgets {_names(operator.forgets)}" if operator.forgets else ""


def _expand_many(operator: plan.ExpandMany) -> str:
    edge = name(operator.edge) if operator.listed else ""
    text = _ends(operator, operator.steps.direction, edge + _steps(operator.steps))
    return text + " backward" * operator.backward + " ends once" * operator.ends_once


def _steps(node: ex.Steps) -> str:
    """Types, lengths and properties as a pattern has them."""
    most = "" if node.high is None else node.high
    lengths = f"*{node.low}" if node.low == node.high else f"*{node.low}..{most}"
    inner = ", ".join([f"{name(key)}: {expression(value)}" for key, value in node.properties])
    return _types(node.types) + lengths + (f" {{{inner}}}" if inner else "")


def _types(types: tuple[str, ...]) -> str:
    return (":" if types else "") + "|".join(map(name, types))


def _arrow(source: str, direction: plan.Direction, edge: str, target: str) -> str:
    left = "<-" if direction is plan.Direction.IN else "-"
    right = "->" if direction is plan.Direction.OUT else "-"
    return f"({source}){left}[{edge}]{right}({target})"


def _ends(operator: plan.Expand | plan.ExpandMany, direction: plan.Direction, edge: str) -> str:
    text = _arrow(name(operator.source), direction, edge, name(operator.target))
    bound = [
        name(variable)
        for variable, is_bound in (
            (operator.edge, operator.edge_bound),
            (operator.target, operator.target_bound),
        )
        if is_bound
    ]
    if bound:
        text += f" bound {', '.join(bound)}"
    if operator.distinct_from:
        text += f" distinct from {_names(operator.distinct_from)}"
    return text


def _procedure_call(operator: plan.ProcedureCall) -> str:
    yields = [
        name(result) if result == variable else f"{name(result)} AS {name(variable)}"
        for result, variable in operator.yields
    ]
    given = f" YIELD {', '.join(yields)}" if yields else ""
    return f"{operator.procedure.name}({_list(operator.arguments)}){given}"


def _templates(nodes: tuple[plan.NodeTemplate, ...], edges: tuple[plan.EdgeTemplate, ...]) -> str:
    parts = [
        f"({name(node.variable)}{_labels(node.labels)}{_properties(node.properties)})"
        for node in nodes
    ]
    parts += [
        f"({name(edge.source)})-[{name(edge.variable)}:{name(edge.type)}"
        f"{_properties(edge.properties)}]->({name(edge.target)})"
        for edge in edges
    ]
    return ", ".join(parts)


def _properties(properties: ex.Expression | None) -> str:
    return "" if properties is None else f" {expression(properties)}"


def _set_items(items: tuple[plan.SetItem, ...]) -> str:
    parts: list[str] = []
    for item in items:
        subject = _inner(item.subject)
        match item:
            case plan.SetProperty(key=key, value=value):
                parts.append(f"{subject}.{name(key)} = {expression(value)}")
            case plan.SetProperties(value=value, replace=replace):
                parts.append(f"{subject} {'=' if replace else '+='} {expression(value)}")
            case plan.SetLabels(labels=labels):
                parts.append(f"{subject}{_labels(labels)}")
            case plan.RemoveProperty(key=key):
                parts.append(f"REMOVE {subject}.{name(key)}")
            case plan.RemoveLabels(labels=labels):
                parts.append(f"REMOVE {subject}{_labels(labels)}")
    return ", ".join(parts)


def _items(items: Iterable[tuple[str, ex.Expression]]) -> str:
    return ", ".join(
        [
            text if (text := expression(value)) == name(column) else f"{text} AS {name(column)}"
            for column, value in items
        ]
    )


def _sort_keys(keys: tuple[plan.SortKey, ...]) -> str:
    return ", ".join([expression(key.expression) + " DESC" * key.descending for key in keys])


def _flat(node: ex.Expression, operator: ex.BinaryOperator) -> list[ex.Expression]:
    """The operands of a chain of one operator, in order."""
    parts: list[ex.Expression] = []
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, ex.Binary) and part.operator is operator:
            stack += (part.right, part.left)
        else:
            parts.append(part)
    return parts


def _inner(node: ex.Expression) -> str:
    text = expression(node)
    return f"({text})" if isinstance(node, _COMPOUND) or text.startswith("-") else text


def _list(items: Iterable[ex.Expression]) -> str:
    return ", ".join([expression(item) for item in items])


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(name, names))


def _labels(labels: Iterable[str]) -> str:
    return "".join([f":{name(label)}" for label in labels])


def _pairs(pairs: Iterable[tuple[str, ex.Expression]]) -> str:
    return ", ".join([f"{name(key)}: {expression(value)}" for key, value in pairs])


@dataclasses.dataclass(frozen=True, slots=True)
class _Local(ex.Variable):
    """A local variable in a text: named by how many bindings are inside its own, so that two
    expressions that differ only in the names of locals have one text.
    """


def _binding(node: ex.Comprehension | ex.Quantifier | ex.Reduce | ex.ShortestPaths) -> str:
    height = _height(node)
    shown = {local: f"#{height}" + "'" * place for place, local in enumerate(locals_of(node))}

    def inner(part: ex.Expression) -> str:
        def change(below: ex.Expression) -> ex.Expression | None:
            own = isinstance(below, ex.Variable) and shown.get(below.name)
            return _Local(own, below.at) if own else None

        return expression(rewrite(part, change))

    names = list(shown.values())
    match node:
        case ex.Quantifier(quantifier=quantifier, list=listed, predicate=predicate):
            return f"{quantifier}({names[0]} IN {expression(listed)} WHERE {inner(predicate)})"
        case ex.Reduce(start=start, list=listed, step=step):
            begin = f"{names[0]} = {expression(start)}, {names[1]} IN {expression(listed)}"
            return f"reduce({begin} | {inner(step)})"
        case ex.ShortestPaths(steps=along, every=every, tests=tests):
            word = "allShortestPaths" if every else "shortestPaths"
            arrow = _arrow(_inner(node.source), along.direction, _steps(along), _inner(node.target))
            for what, test in zip(_TESTED, (tests.edge, tests.node, tests.path), strict=True):
                if test is not None:
                    arrow += f" EACH {what} {shown[test.local]} WHERE {inner(test.predicate)}"
            return f"{word}({arrow})"
        case ex.Comprehension(list=listed, predicate=predicate, result=result):
            text = f"{names[0]} IN {expression(listed)}"
            if predicate is not None:
                text += f" WHERE {inner(predicate)}"
            return f"[{text}]" if result is None else f"[{text} | {inner(result)}]"


def _height(node: ex.Expression) -> int:
    """How many bindings of locals stand inside each other, from this down."""
    below = max([_height(part) for part in children(node)], default=0)
    return below + bool(locals_of(node))


def _literal(value: bool | int | float | str | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{escaped}'"
    return repr(value)
