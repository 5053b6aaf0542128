"""The bound tree: clauses whose names are resolved and whose rules are checked, before they become
operators.

Above: the binder makes it, `logical/build.py` reads it. Below: `logical.expressions` and
`logical.plan`, whose templates and set items are already what the plan needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.cypher.logical.procedures import Procedure
    from seaglass.engine.cypher.semantics.kinds import Kind
    from seaglass.engine.cypher.syntax.position import Position


@dataclass(frozen=True, slots=True)
class Node:
    """`known`: the variable was bound before this place, in an earlier clause or earlier in this
    pattern.
    """

    variable: str
    known: bool
    labels: tuple[str, ...]
    properties: tuple[tuple[str, ex.Expression], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Edge:
    """`known`: the variable was bound in an earlier clause. `lengths`: least and most of a path of
    variable length, whose edges are in `variable` as a list; None for one edge.
    """

    variable: str
    known: bool
    types: tuple[str, ...]
    lengths: tuple[int, int | None] | None
    direction: plan.Direction
    properties: tuple[tuple[str, ex.Expression], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Shortest:
    """What paths are looked for, besides their ends and edges.

    Args:
        every: all shortest paths
        listed: whether the query names the list of their edges
        local: a name for each path that is tried
        conditions: what must be true of it; they know it and its edges by the names of the pattern
    """

    every: bool
    listed: bool
    local: str
    conditions: tuple[ex.Expression, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """`edges[i]` joins `nodes[i]` and `nodes[i + 1]`; `name` is that of the path as a value; `where`
    are conditions of the pattern itself. A shortest path has a name always, and one edge, with
    lengths.
    """

    shortest: Shortest | None
    name: str | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    where: tuple[ex.Expression, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Match:
    paths: tuple[Path, ...]
    where: ex.Expression | None


@dataclass(frozen=True, slots=True)
class OptionalMatch:
    """`row`: the name of the column that numbers the input rows."""

    match: Match
    row: str


@dataclass(frozen=True, slots=True)
class Create:
    """`templates` in the order of the text: properties may use what earlier ones make. `named`:
    the paths that have a name.
    """

    templates: tuple[plan.NodeTemplate | plan.EdgeTemplate, ...]
    named: tuple[tuple[str, ex.PathValue], ...]


@dataclass(frozen=True, slots=True)
class Merge:
    path: Path
    nodes: tuple[plan.NodeTemplate, ...]
    edges: tuple[plan.EdgeTemplate, ...]
    on_create: tuple[plan.SetItem, ...]
    on_match: tuple[plan.SetItem, ...]


@dataclass(frozen=True, slots=True)
class Set:
    items: tuple[plan.SetItem, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    expressions: tuple[ex.Expression, ...]
    detach: bool


@dataclass(frozen=True, slots=True)
class Unwind:
    list: ex.Expression
    variable: str


@dataclass(frozen=True, slots=True)
class ProcedureCall:
    """`yields`: results that are used, each with its variable."""

    procedure: Procedure
    arguments: tuple[ex.Expression, ...]
    yields: tuple[tuple[str, str], ...]
    where: ex.Expression | None


@dataclass(frozen=True, slots=True)
class Grouping:
    """What aggregation computes: the projection's items are expressions over these names."""

    keys: tuple[tuple[str, ex.Expression], ...]
    aggregates: tuple[tuple[str, ex.Aggregate], ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """WITH and RETURN, in the order in which the parts take effect.

    Args:
        grouping: None where no item aggregates
        items: the columns that come out
        carried: variables from before that `order` or `where` use, and that no item has; never with
        grouping or distinct
        passed: variables that stay after the projection though no item names them: what a query
        inside an expression sees of the rows around it
    """

    grouping: Grouping | None
    items: tuple[tuple[str, ex.Expression], ...]
    carried: tuple[str, ...]
    passed: tuple[str, ...]
    distinct: bool
    order: tuple[plan.SortKey, ...]
    skip: ex.Expression | None
    limit: ex.Expression | None
    where: ex.Expression | None


@dataclass(frozen=True, slots=True)
class Body:
    """A query, or one inside another.

    Args:
        imports: the variables that it sees of what is around it
        columns: those of RETURN with what is known of each, or empty without one
    """

    imports: tuple[str, ...]
    clauses: tuple[Clause, ...]
    returns: bool
    columns: Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Union:
    """Takes the place of all clauses of a query; `distinct` for UNION without ALL."""

    branches: tuple[Body, ...]
    columns: tuple[str, ...]
    distinct: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A query for each row, `optional`: nulls where it gives none. `row`: the name of a column that
    numbers the rows.
    """

    body: Body
    row: str
    optional: bool


Clause = (
    Match
    | OptionalMatch
    | Create
    | Merge
    | Set
    | Delete
    | Unwind
    | ProcedureCall
    | Projection
    | Union
    | Call
)


@dataclass(frozen=True, slots=True)
class Query:
    """`inner`: the plans inside all expressions, already as they run."""

    body: Body
    parameters: Mapping[str, Position]
    inner: tuple[plan.Operator, ...]


def path_value(nodes: Sequence[str], edges: Sequence[str], at: Position) -> ex.PathValue:
    """The path through the variables; `edges[i]` joins `nodes[i]` and `nodes[i + 1]`."""
    names = [nodes[0]]
    for edge, node in zip(edges, nodes[1:], strict=True):
        names += (edge, node)
    return ex.PathValue(tuple([ex.Variable(name, at) for name in names]), at)
