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


def shortest_path(
    node: ast.ShortestPath,
    source: Source,
    bind: Callable[[ast.Expression], ex.Expression],
    require: Callable[[ex.Expression, int, frozenset[Kind], str], None],
) -> ex.Expression:
    """The expression of a call outside of a pattern: its ends are variables.

    Args: require: the check of a kind, with the complaint about another one
    """
    path = node.path
    if path.tests or path.where or path.edges[0].each is not None:
        what = "A condition inside a shortest path in an expression"
        raise source.unsupported(node.at, f"{what} is")
    ends: list[ex.Expression] = []
    for part in path.nodes:
        if part.name is None or part.labels or part.properties is not None:
            what = "An end of a shortest path in an expression that is no bare variable"
            raise source.unsupported(part.at, f"{what} is")
        end = bind(ast.Name(part.name, part.at))
        require(end, part.at, _NODE, "A shortest path leads from a node to a node")
        ends.append(end)
    edge = path.edges[0]
    if edge.name is not None:
        what = "A variable for the relationships of a shortest path in an expression"
        raise source.unsupported(edge.at, f"{what} is")
    pairs: list[tuple[str, ex.Expression]] = []
    if isinstance(edge.properties, ast.Parameter):
        what = "A parameter for all properties of a shortest path"
        raise source.unsupported(edge.properties.at, f"{what} is")
    if edge.properties is not None:
        pairs = [(key, bind(value)) for key, value in edge.properties.items]
    direction = plan.Direction(edge.direction)
    steps = ex.Steps(edge.types, direction, *(edge.lengths or (1, 1)), tuple(pairs))
    at = source.position(node.at)
    tests = ex.Tests(None, None, None)
    paths = ex.ShortestPaths(ends[0], ends[1], steps, path.shortest == "all", tests, at)
    return paths if paths.every else ex.FunctionCall("head", (paths,), at)


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
