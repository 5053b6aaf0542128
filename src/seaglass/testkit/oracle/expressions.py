"""An expression in a row.

Above: patterns, queries, writes. Below: functions, values, graph.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import ast
from seaglass.engine.values.temporal import TEMPORALS
from seaglass.engine.values.types import Edge, Node
from seaglass.testkit.oracle import temporal
from seaglass.testkit.oracle.functions import AGGREGATES, aggregate, call, percentile
from seaglass.testkit.oracle.values import Work, calculate, compares, contains, fit, invert, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.values.types import Value
    from seaglass.testkit.oracle.graph import PlainGraph

Row = dict[str, "Value"]


@dataclass
class Interpreter:
    """Graph and parameters of a query; in a projection that aggregates, also the group's rows."""

    graph: PlainGraph
    parameters: Mapping[str, Value]
    work: Work = field(default_factory=Work)
    group: list[Row] = field(default_factory=list)

    def value(self, node: ast.Expression, row: Row) -> Value:
        """Raises: Wrong; KeyError for a variable that is not there."""
        match node:
            case ast.Literal():
                return node.value
            case ast.Parameter():
                return self.parameters[node.name]
            case ast.Name():
                return row[node.name]
            case ast.ListLiteral():
                return [self.value(item, row) for item in node.items]
            case ast.MapLiteral():
                return {key: self.value(item, row) for key, item in node.items}
            case ast.Property():
                return self.property(self.value(node.subject, row), node.key)
            case ast.HasLabels():
                return self._has_labels(self.value(node.subject, row), node.labels)
            case ast.LabelExpression():
                return self.passes(self.value(node.subject, row), node.test)
            case ast.Index() | ast.Slice():
                return self._element(node, row)
            case ast.Unary():
                return self._unary(node, row)
            case ast.Binary():
                return self._binary(node, row)
            case ast.Junction():
                return self._junction(node, row)
            case ast.Comparison():
                return self._comparison(node, row)
            case ast.IsNull():
                return (self.value(node.operand, row) is None) is not node.negated
            case ast.Case():
                return self._case(node, row)
            case ast.Call():
                return self._call(node, row)
            case _:
                return self._with_variable(node, row)

    def holds(self, node: ast.Expression | None, row: Row) -> bool:
        """Whether a condition is true, neither false nor unknown."""
        return node is None or self.truth(node, row) is True

    def truth(self, node: ast.Expression, row: Row) -> bool | None:
        value = self.value(node, row)
        if value is not None and not isinstance(value, bool):
            wrong("a boolean is needed")
        return value

    def properties(self, value: Value) -> dict[str, Value]:
        match value:
            case Node():
                return self.graph.node(value.number).properties
            case Edge():
                return self.graph.edge(value.number).properties
            case dict():
                return value
            case _:
                return wrong("a map or an entity is needed")

    def property(self, value: Value, key: str) -> Value:
        if value is None:
            return None
        if key == "~id" and not isinstance(value, dict):
            return self._id(value)
        if isinstance(value, TEMPORALS):
            return temporal.part(value, key)
        return self.properties(value).get(key)

    def _id(self, value: Value) -> Value:
        if isinstance(value, Node):
            return self.graph.node(value.number).id
        if isinstance(value, Edge):
            return f"neptune_reserved_1_{value.number}"
        return None if value is None else wrong("an entity is needed")

    def _has_labels(self, value: Value, labels: tuple[str, ...]) -> Value:
        match value:
            case None:
                return None
            case Node():
                return self.graph.node(value.number).labels.issuperset(labels)
            case Edge():
                return {self.graph.edge(value.number).type}.issuperset(labels)
            case _:
                return wrong("labels of no entity")

    def passes(self, value: Value, test: ast.LabelTest) -> Value:
        """Whether a node or relationship has labels as the test wants."""
        if not test.operator:
            return self._has_labels(value, (test.name,))
        found = [self.passes(value, part) for part in test.parts]
        if None in found:
            return None
        if test.operator == "NOT":
            return not found[0]
        return any(found) if test.operator == "OR" else all(found)

    def _element(self, node: ast.Index | ast.Slice, row: Row) -> Value:
        subject = self.value(node.subject, row)
        if isinstance(node, ast.Index):
            index = self.value(node.index, row)
            if subject is None or index is None:
                return None
            if not isinstance(subject, list):
                return self.property(subject, index if isinstance(index, str) else wrong("key"))
            place = _integer(index)
            return subject[place] if -len(subject) <= place < len(subject) else None
        start = 0 if node.start is None else self.value(node.start, row)
        stop = 2**62 if node.stop is None else self.value(node.stop, row)
        if subject is None or start is None or stop is None:
            return None
        if not isinstance(subject, list):
            wrong("a slice of no list")
        return subject[_integer(start) : _integer(stop)]

    def _unary(self, node: ast.Unary, row: Row) -> Value:
        if node.operator == "NOT":
            return invert(self.truth(node.operand, row))
        value = self.value(node.operand, row)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            wrong("a sign of no number")
        if node.operator == "+":
            return value
        return fit(-value) if isinstance(value, int) else -value

    def _binary(self, node: ast.Binary, row: Row) -> Value:
        one, two = self.value(node.left, row), self.value(node.right, row)
        match node.operator:
            case "IN":
                return contains(two, one)
            case "STARTS WITH" | "ENDS WITH" | "CONTAINS":
                if not (isinstance(one, str) and isinstance(two, str)):
                    return None
                if node.operator == "CONTAINS":
                    return two in one
                return one.startswith(two) if node.operator[0] == "S" else one.endswith(two)
            case operator if isinstance(one, TEMPORALS) or isinstance(two, TEMPORALS):
                texts = isinstance(one, str | list) or isinstance(two, str | list)
                nothing = one is None or two is None
                plain = texts or nothing
                return (calculate if plain else temporal.arithmetic)(operator, one, two)
            case operator:
                return calculate(operator, one, two)

    def _junction(self, node: ast.Junction, row: Row) -> Value:
        """From left to right; AND ends at the first false, OR at the first true."""
        known: bool | None = node.operator == "AND"
        for operand in node.operands:
            truth = self.truth(operand, row)
            if node.operator == "XOR":
                known = None if known is None or truth is None else known is not truth
                continue
            ends = node.operator == "OR"
            if truth is ends:
                return ends
            known = None if truth is None else known
        return known

    def _comparison(self, node: ast.Comparison, row: Row) -> Value:
        left = self.value(node.first, row)
        found: list[bool | None] = []
        for operator, operand, _ in node.links:
            right = self.value(operand, row)
            found.append(compares(operator, left, right))
            if found[-1] is False:
                return False
            left = right
        return None if None in found else True

    def _case(self, node: ast.Case, row: Row) -> Value:
        for condition, result in node.branches:
            if node.subject is None:
                chosen = self.truth(condition, row)
            else:
                subject = self.value(node.subject, row)
                chosen = compares("=", subject, self.value(condition, row))
            if chosen:
                return self.value(result, row)
        return None if node.otherwise is None else self.value(node.otherwise, row)

    def _call(self, node: ast.Call, row: Row) -> Value:
        name = node.name.lower()
        if name in AGGREGATES:
            if node.star:
                return len(self.group)
            inner = Interpreter(self.graph, self.parameters, self.work)
            values = [inner.value(node.arguments[0], one) for one in self.group]
            if name.startswith("percentile"):
                share = inner.value(node.arguments[1], self.group[0]) if self.group else 0
                return percentile(name, values, share)
            return aggregate(name, values, distinct=node.distinct)
        arguments = [self.value(argument, row) for argument in node.arguments]
        first = arguments[0] if arguments else None
        match name:
            case "id":
                return self._id(first)
            case "exists":
                return first is not None
            case "labels" | "type" | "keys" | "properties" | "startnode" | "endnode":
                return None if first is None else self._of_entity(name, first)
            case _:
                return call(name, arguments)

    def _of_entity(self, name: str, value: Value) -> Value:
        if name in ("keys", "properties"):
            properties = self.properties(value)
            return sorted(properties) if name == "keys" else dict(properties)
        if name == "labels":
            labelled = isinstance(value, Node)
            return sorted(self.graph.node(value.number).labels) if labelled else wrong(name)  # type: ignore[union-attr]
        if not isinstance(value, Edge):
            wrong(f"{name}() of no relationship")
        edge = self.graph.edges.get(value.number) or self.graph.gone[value.number]
        if name == "type":
            return edge.type
        return Node(edge.source if name == "startnode" else edge.target)

    def _with_variable(self, node: ast.Expression, row: Row) -> Value:
        match node:
            case ast.Comprehension():
                items = self._items(node.list, row)
                if items is None:
                    return None
                rows = [
                    one for item in items if self.holds(node.where, one := {**row, node.name: item})
                ]
                if node.result is None:
                    return [one[node.name] for one in rows]
                return [self.value(node.result, one) for one in rows]
            case ast.Quantifier():
                items = self._items(node.list, row)
                if items is None:
                    return None
                found = [self.truth(node.where, {**row, node.name: item}) for item in items]
                return _quantified(node.quantifier, found)
            case ast.Reduce():
                items = self._items(node.list, row)
                total = self.value(node.start, row)
                if items is None:
                    return None
                for item in items:
                    total = self.value(node.step, {**row, node.accumulator: total, node.name: item})
                return total
            case ast.MapProjection():
                subject = self.value(node.subject, row)
                if subject is None:
                    return None
                whole = dict(self.properties(subject)) if node.whole else {}
                return {**whole, **{key: self.value(item, row) for key, item in node.items}}
            case _:
                return self._with_pattern(node, row)

    def _with_pattern(self, node: ast.Expression, row: Row) -> Value:
        # These come back to expressions.
        from seaglass.testkit.oracle.patterns import matches, searched
        from seaglass.testkit.oracle.queries import rows_of

        inside = Interpreter(self.graph, self.parameters, self.work)
        match node:
            case ast.PatternPredicate():
                return bool(matches((node.path,), None, row, inside))
            case ast.PatternComprehension():
                found = matches((node.path,), node.where, row, inside)
                return [inside.value(node.result, one) for one in found]
            case ast.ShortestPath():
                paths = searched(node.path, row, inside)
                if paths is None or node.path.shortest == "all":
                    return paths
                return paths[0] if paths else None
            case ast.Subquery():
                rows, columns = rows_of(node.query, row, inside)
                if node.kind == "collect":
                    assert columns is not None
                    return [one[columns[0]] for one in rows]
                return len(rows) if node.kind == "count" else bool(rows)
            case _:
                raise KeyError(type(node).__name__)

    def _items(self, node: ast.Expression, row: Row) -> list[Value] | None:
        value = self.value(node, row)
        if value is not None and not isinstance(value, list):
            wrong("a list is needed")
        return value


def _integer(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        wrong("an integer is needed")
    return value


def _quantified(quantifier: str, found: list[bool | None]) -> bool | None:
    unknown = None in found
    match quantifier:
        case "all":
            return False if False in found else (None if unknown else True)
        case "any":
            return True if True in found else (None if unknown else False)
        case "none":
            return False if True in found else (None if unknown else True)
        case _:
            times = found.count(True)
            return False if times > 1 else (None if unknown else times == 1)
