"""What operators bind and read, and how to change one of a chain.

Above: the builder, the rules. Below: `plan`, `walk`.
A plan is a chain from its root to its leaf (`Unit` or `Argument`); some operators have more plans
inside, whose leaf is an `Argument`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Inner = (
    plan.NodeScan
    | plan.NodeSeek
    | plan.Expand
    | plan.Intersect
    | plan.ExpandMany
    | plan.Optional
    | plan.Apply
    | plan.Union
    | plan.Filter
    | plan.Unwind
    | plan.ProcedureCall
    | plan.Project
    | plan.Aggregate
    | plan.CountPaths
    | plan.CountTypes
    | plan.Distinct
    | plan.Sort
    | plan.Skip
    | plan.Limit
    | plan.Top
    | plan.Create
    | plan.Set
    | plan.Delete
    | plan.Merge
    | plan.Discard
)
"""Every operator that has an input."""


Leaf = plan.Unit | plan.Argument
"""Where a plan begins."""

_WRITES = plan.Create | plan.Merge | plan.Set | plan.Delete
# Operators whose columns take the place of those of their input.
_REPLACING = plan.Project | plan.Aggregate | plan.CountPaths | plan.Union


def chain(root: plan.Operator) -> tuple[Leaf, list[Inner]]:
    """The leaf, and the operators above it in the order in which they run."""
    operators: list[Inner] = []
    operator = root
    while not isinstance(operator, plan.Unit | plan.Argument):
        operators.append(operator)
        operator = operator.input
    operators.reverse()
    return operator, operators


def join(leaf: plan.Operator, operators: Iterable[Inner]) -> plan.Operator:
    """The plan of a chain; operators that already stand on the right input are kept."""
    below = leaf
    for operator in operators:
        below = operator if operator.input is below else dataclasses.replace(operator, input=below)
    return below


def bound_by(operator: plan.Operator) -> tuple[str, ...]:
    """The columns that the operator adds to those of its input; of one that replaces them, all."""
    match operator:
        case (
            plan.NodeScan(variable=name) | plan.NodeSeek(variable=name) | plan.Unwind(variable=name)
        ):
            return (name,)
        case plan.Expand():
            edge = () if operator.edge_bound else (operator.edge,)
            return edge if operator.target_bound else (*edge, operator.target)
        case plan.Intersect(target=target, legs=legs):
            return (*[leg.edge for leg in legs], target)
        case plan.ExpandMany():
            edge = (operator.edge,) if operator.listed and not operator.edge_bound else ()
            return edge if operator.target_bound else (*edge, operator.target)
        case plan.Optional(inner=inner):
            return _added(inner)
        case plan.Apply(inner=inner, returns=returns):
            return _added(inner) if returns else ()
        case plan.Union(names=names):
            return names
        case plan.ProcedureCall(yields=yields):
            return tuple([variable for _, variable in yields])
        case plan.Create(nodes=nodes, edges=edges):
            return _made(nodes, edges)
        case plan.Merge(create_nodes=nodes, create_edges=edges, path=path):
            return _made(nodes, edges) if path is None else (*_made(nodes, edges), path[0])
        case plan.Project(items=items):
            return tuple([name for name, _ in items])
        case plan.Aggregate(keys=keys, aggregates=aggregates):
            return tuple([name for name, _ in (*keys, *aggregates)])
        case plan.CountPaths(name=name, nodes=counted, root=root, by_root=by_root):
            return (counted[root][0], name) if by_root else (name,)
        case plan.CountTypes(type=name, number=number):
            return (name, number)
        case plan.Argument(names=names):
            return names
        case _:
            return ()


def _added(inner: plan.Operator) -> tuple[str, ...]:
    """The columns that a plan inside an operator adds to those of its leaf."""
    leaf, operators = chain(inner)
    given = bound_by(leaf)
    return tuple([name for name in columns(leaf, operators) if name not in given])


def _made(
    nodes: tuple[plan.NodeTemplate, ...], edges: tuple[plan.EdgeTemplate, ...]
) -> tuple[str, ...]:
    return (*[node.variable for node in nodes], *[edge.variable for edge in edges])


def columns(leaf: Leaf, operators: list[Inner]) -> list[str]:
    """The columns of the rows that a plan gives, in the order in which they are bound."""
    names: list[str] = []
    for operator in reversed(operators):
        if isinstance(operator, plan.Discard):
            return []
        names[:0] = bound_by(operator)
        if isinstance(operator, _REPLACING):
            return names
    return [*bound_by(leaf), *names]


def add_columns(names: set[str], operator: Inner) -> set[str]:
    """The columns above an operator, from those below it; may change `names`."""
    if isinstance(operator, _REPLACING):
        return set(bound_by(operator))
    if isinstance(operator, plan.Discard):
        return set()
    names.update(bound_by(operator))
    return names


def read_by(operator: plan.Operator) -> frozenset[str]:
    """The columns of its input that the operator itself uses."""
    match operator:
        case plan.Filter(predicate=expression) | plan.NodeSeek(id=expression):
            return variables(expression)
        case plan.Unwind(list=expression):
            return variables(expression)
        case plan.Expand() | plan.ExpandMany():
            names = {operator.source, *operator.distinct_from}
            if isinstance(operator, plan.ExpandMany):
                names |= _all(value for _, value in operator.steps.properties)
            if operator.target_bound:
                names.add(operator.target)
            if operator.edge_bound:
                names.add(operator.edge)
            return frozenset(names)
        case plan.Intersect(legs=legs):
            used = {name for leg in legs for name in (leg.source, *leg.distinct_from)}
            return frozenset(used.difference([leg.edge for leg in legs]))
        case plan.Project(items=items):
            return _all(value for _, value in items)
        case plan.Aggregate(keys=keys, aggregates=aggregates):
            return _all(value for _, value in (*keys, *aggregates))
        case plan.Sort(keys=sort_keys) | plan.Top(keys=sort_keys):
            return _all(key.expression for key in sort_keys)
        case plan.Distinct(names=distinct):
            return frozenset(distinct)
        case plan.Create(nodes=nodes, edges=edges):
            return _templates(nodes, edges)
        case plan.Set(items=set_items):
            return _all(part for item in set_items for part in set_parts(item))
        case plan.Delete(expressions=expressions) | plan.ProcedureCall(arguments=expressions):
            return _all(expressions)
        case plan.Optional(inner=inner, row=row) | plan.Apply(inner=inner, row=row):
            leaf, _ = chain(inner)
            return frozenset(bound_by(leaf)).difference((row,))
        case plan.Union(branches=branches):
            return frozenset([name for branch in branches for name in bound_by(chain(branch)[0])])
        case plan.Merge(match=match):
            # The rows go whole into the match, whose leaf names their columns.
            leaf, _ = chain(match)
            return frozenset(bound_by(leaf))
        case _:
            return frozenset()


def plans_inside(operator: plan.Operator) -> tuple[plan.Operator, ...]:
    """The plans that run inside the operator, besides its input."""
    match operator:
        case plan.Optional(inner=inner) | plan.Apply(inner=inner):
            return (inner,)
        case plan.Union(branches=branches):
            return branches
        case plan.Merge(match=match):
            return (match,)
        case _:
            return ()


def with_plans_inside(operator: Inner, plans: Iterator[plan.Operator]) -> Inner:
    """The operator with other plans inside, in the order of `plans_inside`."""
    match operator:
        case plan.Optional() | plan.Apply():
            return dataclasses.replace(operator, inner=next(plans))
        case plan.Union():
            return dataclasses.replace(operator, branches=tuple(plans))
        case plan.Merge():
            return dataclasses.replace(operator, match=next(plans))
        case _:
            return operator


def all_operators(root: plan.Operator) -> list[Inner]:
    """The operators of a plan and of all plans inside it."""
    found: list[Inner] = []
    plans = [root]
    while plans:
        _, operators = chain(plans.pop())
        found.extend(operators)
        for operator in operators:
            plans.extend(plans_inside(operator))
    return found


def writes(root: plan.Operator) -> bool:
    """Whether the plan, or one inside it, changes the graph."""
    return any(
        isinstance(operator, _WRITES)
        or (isinstance(operator, plan.ProcedureCall) and operator.procedure.changes)
        for operator in all_operators(root)
    )


def outer_names(operators: Iterable[Inner]) -> tuple[str, ...]:
    """The columns that operators read and do not bind: what a leaf below them must give."""
    bound: set[str] = set()
    found: dict[str, None] = {}
    for operator in operators:
        found.update(dict.fromkeys(sorted(read_by(operator) - bound)))
        bound.update(bound_by(operator))
    return tuple(found)


def expressions_of(operator: plan.Operator) -> tuple[ex.Expression, ...]:
    """The expressions that the operator itself evaluates."""
    match operator:
        case plan.Filter(predicate=expression) | plan.NodeSeek(id=expression):
            return (expression,)
        case plan.Unwind(list=expression):
            return (expression,)
        case plan.Skip(count=expression) | plan.Limit(count=expression):
            return (expression,)
        case plan.Project(items=items):
            return tuple([value for _, value in items])
        case plan.Aggregate(keys=keys, aggregates=aggregates):
            return tuple([value for _, value in (*keys, *aggregates)])
        case plan.Sort(keys=sort_keys):
            return tuple([key.expression for key in sort_keys])
        case plan.Top(keys=sort_keys, count=count, skipped=skipped):
            counts = (count,) if skipped is None else (count, skipped)
            return (*[key.expression for key in sort_keys], *counts)
        case plan.Create(nodes=nodes, edges=edges):
            return _template_expressions(nodes, edges)
        case plan.Set(items=set_items):
            return tuple([part for item in set_items for part in set_parts(item)])
        case plan.Delete(expressions=expressions) | plan.ProcedureCall(arguments=expressions):
            return expressions
        case plan.Merge():
            made = _template_expressions(operator.create_nodes, operator.create_edges)
            done = operator.on_create + operator.on_match
            set_by = [part for item in done for part in set_parts(item)]
            return (*made, *set_by, *([] if operator.path is None else [operator.path[1]]))
        case _:
            return ()


def _template_expressions(
    nodes: tuple[plan.NodeTemplate, ...], edges: tuple[plan.EdgeTemplate, ...]
) -> tuple[ex.Expression, ...]:
    parts = [node.properties for node in nodes] + [edge.properties for edge in edges]
    return tuple([part for part in parts if part is not None])


def set_parts(item: plan.SetItem) -> tuple[ex.Expression, ...]:
    """The expressions of an item of SET."""
    if isinstance(item, plan.SetProperty | plan.SetProperties):
        return (item.subject, item.value)
    return (item.subject,)


def _templates(
    nodes: tuple[plan.NodeTemplate, ...], edges: tuple[plan.EdgeTemplate, ...]
) -> frozenset[str]:
    names: set[str] = set()
    for edge in edges:
        names.update((edge.source, edge.target))
    for properties in [node.properties for node in nodes] + [edge.properties for edge in edges]:
        if properties is not None:
            names |= variables(properties)
    return frozenset(names.difference(node.variable for node in nodes))


def _all(expressions: Iterable[ex.Expression]) -> frozenset[str]:
    names: set[str] = set()
    for expression in expressions:
        names |= variables(expression)
    return frozenset(names)
