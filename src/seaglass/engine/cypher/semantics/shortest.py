"""Binding of shortestPath() and allShortestPaths().

Above: the binders of expressions, patterns and clauses. Below: `bound`, `logical`.
Both are one bound expression, a list of paths: as an expression, shortestPath() is its first item;
in a MATCH the list is unwound, once the ends of the pattern are there.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import conjunction, conjuncts, variables
from seaglass.engine.cypher.semantics import bound
from seaglass.engine.cypher.semantics.kinds import UNKNOWN, Kind
from seaglass.engine.cypher.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.syntax.source import Source

_NODE = UNKNOWN | {Kind.NODE}
_BOOLEAN = UNKNOWN | {Kind.BOOL}
# Names that no query can write, for what has none.
_PATH, _EDGE = " path", " edge"


def shortest_path(
    node: ast.ShortestPath,
    source: Source,
    bind: Callable[[ast.Expression], ex.Expression],
    require: Callable[[ex.Expression, int, frozenset[Kind], str], None],
) -> ex.Expression:
    """The expression of a call outside of a pattern: its ends are variables.

    What it says of its ends decides whether there are paths; what it says of each relationship is
    part of what is searched.

    Args: require: the check of a kind, with the complaint about another one
    """
    path = node.path
    ends: list[ex.Expression] = []
    for part in path.nodes:
        if part.name is None:
            what = "An end of a shortest path in an expression that is no variable"
            raise source.unsupported(part.at, f"{what} is")
        end = bind(ast.Name(part.name, part.at))
        require(end, part.at, _NODE, "A shortest path leads from a node to a node")
        ends.append(end)
    edge = path.edges[0]
    pairs = tuple([(key, bind(value)) for key, value in _pairs(edge.properties, source)])
    direction = plan.Direction(edge.direction)
    steps = ex.Steps(edge.types, direction, *(edge.lengths or (1, 1)), pairs)
    at = source.position(node.at)
    every = path.shortest == "all"
    found: ex.Expression
    found = ex.ShortestPaths(ends[0], ends[1], steps, every, _of_each(edge, bind), at)
    conditions = [bind(condition) for condition in _of_ends(path, source)]
    for condition in conditions:
        require(condition, condition.at.offset, _BOOLEAN, "WHERE needs a boolean")
    if conditions:
        source_null, target_null = [ex.IsNull(end, False, at) for end in ends]
        null = ex.Binary(ex.BinaryOperator.OR, source_null, target_null, at)
        branches = ((null, ex.Literal(None, at)), (conjunction(conditions), found))
        found = ex.Case(branches, ex.ListLiteral((), at), at)
    return found if every else ex.FunctionCall("head", (found,), at)


def _pairs(
    properties: ast.MapLiteral | ast.Parameter | None, source: Source
) -> tuple[tuple[str, ast.Expression], ...]:
    if isinstance(properties, ast.Parameter):
        what = "A parameter for all properties of a shortest path"
        raise source.unsupported(properties.at, f"{what} is")
    return () if properties is None else properties.items


def _of_ends(path: ast.PathPattern, source: Source) -> list[ast.Expression]:
    """What the pattern says of its ends, as conditions."""
    found: list[ast.Expression] = []
    names = [ast.Name(part.name or "", part.at) for part in path.nodes]
    for part, name in zip(path.nodes, names, strict=True):
        if part.labels:
            found.append(ast.HasLabels(name, part.labels, part.at))
        for key, value in _pairs(part.properties, source):
            own = ast.Property(name, key, part.at)
            found.append(ast.Comparison(own, (("=", value, part.at),), part.at))
    found += [ast.LabelExpression(names[place], test, test.at) for place, test in path.tests]
    return [*found, *path.where]


def _of_each(edge: ast.EdgePattern, bind: Callable[[ast.Expression], ex.Expression]) -> ex.Tests:
    """`-[r* WHERE condition]->`, as a test of whole paths: the name of each is seen inside only."""
    if edge.each is None:
        return ex.Tests(None, None, None)
    at = edge.at
    edges = ast.Call("relationships", (ast.Name(_PATH, at),), False, False, at)
    every = ast.Quantifier("all", edge.name or _EDGE, edges, edge.each, edge.each.at)
    of_path = bind(ast.Quantifier("all", _PATH, ast.ListLiteral((), at), every, at))
    assert isinstance(of_path, ex.Quantifier)
    return ex.Tests(None, None, ex.Test(of_path.local, of_path.predicate))


def matched(paths: tuple[bound.Path, ...], where: ex.Expression | None) -> bound.Match:
    """A MATCH, where conditions on its shortest paths are part of what is searched.

    A condition that names several of them is one on the last.
    """
    if where is None or all(path.shortest is None for path in paths):
        return bound.Match(paths, where)
    rest: list[ex.Expression] = []
    own: dict[int, list[ex.Expression]] = {}
    for condition in conjuncts(where):
        read = variables(condition)
        places = [
            place
            for place, path in enumerate(paths)
            if path.shortest is not None
            and not read.isdisjoint((path.name, path.edges[0].variable))
        ]
        (own.setdefault(places[-1], []) if places else rest).append(condition)
    searched = list(paths)
    for place, conditions in own.items():
        shortest = paths[place].shortest
        assert shortest is not None
        more = dataclasses.replace(shortest, conditions=(*shortest.conditions, *conditions))
        searched[place] = dataclasses.replace(paths[place], shortest=more)
    return bound.Match(tuple(searched), conjunction(rest) if rest else None)
