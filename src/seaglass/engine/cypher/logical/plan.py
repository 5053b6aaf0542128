"""The logical plan: a tree of operators, each a value that names its input.

Above: `rules/` rewrites it, `engine/exec/run.py` runs it. Below: `expressions.py`.
A plan is read from the leaf up: every operator takes the rows of `input` and gives rows with the
columns that its docstring names. The leaf of a query is `Unit`: one row without columns. A column
holds the variable of its name; names that the query does not write (anonymous patterns, rewritten
expressions) begin with a space and so can never clash.

Invariants: a variable is bound once on the way up; expressions use only columns of `input`; every
writing operator is a barrier: the executor drains its input before it changes anything, and later
operators see what it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.cypher.logical.procedures import Procedure
    from seaglass.engine.cypher.logical.shapes import CountedLink
    from seaglass.engine.cypher.syntax.hints import Hints
    from seaglass.engine.cypher.syntax.position import Position


class Direction(StrEnum):
    OUT = "out"
    IN = "in"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Unit:
    """One row without columns."""


@dataclass(frozen=True, slots=True)
class Argument:
    """Leaf of a plan that runs inside another: the rows of the outer frame, with the columns
    `names` (and in the match of a MERGE with all of its columns).
    """

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """`key operator value` of a property of a node or an edge. The operator is one of `= < <= > >= IN
    STARTS WITH`; the value uses no column that is found by it. What it is not true for may be left
    out: the filter above drops it in any case."""

    key: str
    operator: ex.BinaryOperator
    value: ex.Expression


@dataclass(frozen=True, slots=True)
class NodeScan:
    """Each input row with each node that has all `labels` and may be `sought`. Adds `variable`."""

    input: Operator
    variable: str
    labels: tuple[str, ...]
    sought: tuple[Sought, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeSeek:
    """Each input row with the node whose `~id` equals `id` (or is in it, where `id` is a list), if
    it has all `labels`.

    A null or a value that is no string finds nothing; a node that a list names twice is found once.
    `many` where the query says `IN`: then `id` gives a list; without it, a list is a value that is
    no string. Adds `variable`. The columns `forgets` are not given.
    """

    input: Operator
    variable: str
    id: ex.Expression
    labels: tuple[str, ...]
    many: bool = False
    forgets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expand:
    """Each input row with each edge of `source` of one of `types` (none named: any) in `direction`.

    Adds `edge` and `target`; where `target_bound`, keeps only edges that lead to the node already
    in `target`; where `edge_bound`, only the edge already in `edge`. An edge that stands in one of
    the columns `distinct_from`, alone or in a list, is left out: a MATCH uses an edge once. A
    self-loop is found once in direction BOTH. A null source gives no rows. `forgets` are not given.
    Where edges are `sought`, `source` comes from a NodeScan, with at most a Filter between.
    """

    input: Operator
    source: str
    edge: str
    target: str
    types: tuple[str, ...]
    direction: Direction
    target_bound: bool
    edge_bound: bool
    distinct_from: tuple[str, ...]
    forgets: tuple[str, ...] = ()
    sought: tuple[Sought, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """An edge of `source` of one of `types` (none named: any) in `direction`, and none that stands
    in one of the columns `distinct_from`, alone or in a list.
    """

    source: str
    edge: str
    types: tuple[str, ...]
    direction: Direction
    distinct_from: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intersect:
    """Each input row with each node to which all `legs` lead, by each choice of their edges.

    Adds `target` and the edges of the legs; `distinct_from` of a leg may name those of the legs
    before it. A self-loop is found once in direction BOTH. The rows keep their order; a null source
    gives none. The columns `forgets` are not given.
    """

    input: Operator
    target: str
    legs: tuple[Leg, ...]
    forgets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpandMany:
    """Each input row with each path from `source` along `steps` that uses no edge twice.

    Adds `edge`, the list of the path's edges (unless nobody reads it: then it is not `listed`), and
    `target`, its end. Where `target_bound`, keeps only paths that lead to the node already in
    `target`; where `edge_bound`, only the one along the edges already in `edge`. Where `backward`,
    the pattern leads from `target` to `source`, and the list has that order. A path with an edge
    that stands in one of the columns `distinct_from`, alone or in a list, is left out. The rows
    keep their order; a null source gives none. Where `ends_once`, each end is given once for a row,
    by however many paths; then no edges are listed, bound or kept apart, and `steps.low` is 0 or 1.
    """

    input: Operator
    source: str
    edge: str
    target: str
    steps: ex.Steps
    target_bound: bool
    edge_bound: bool
    backward: bool
    distinct_from: tuple[str, ...]
    listed: bool = True
    ends_once: bool = False


@dataclass(frozen=True, slots=True)
class Optional:
    """Each input row with what `inner` gives for it, in order of the rows; a row for which it gives
    nothing stands once, with null in the columns that `inner` adds.

    `inner` runs on many rows at once. Its leaf is an `Argument` of the columns that it reads, and
    of `row`, which numbers the rows; it holds only operators that keep this column and the order of
    the rows.
    """

    input: Operator
    inner: Operator
    row: str


@dataclass(frozen=True, slots=True)
class Apply:
    """Each input row with each row that `inner` gives for it; where it does not `returns`, each input
    row once. What `inner` writes for a row is seen by the next.

    The leaf of `inner` is an `Argument` of the columns that it reads. Where there is a `row`, the
    leaf names this column too: it numbers the rows, and `inner` keeps it and runs on many rows at
    once. Without it, `inner` runs row by row.
    """

    input: Operator
    inner: Operator
    row: str | None
    returns: bool


@dataclass(frozen=True, slots=True)
class Union:
    """For each frame of the input the rows of each of `branches`, with exactly the columns `names`.
    The leaf of a branch is an `Argument` of the columns that it reads.
    """

    input: Operator
    branches: tuple[Operator, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows for which `predicate` is true (neither false nor null)."""

    input: Operator
    predicate: ex.Expression


@dataclass(frozen=True, slots=True)
class Unwind:
    """Each input row with each element of `list`; null and the empty list give no row. Adds
    `variable`.
    """

    input: Operator
    list: ex.Expression
    variable: str


@dataclass(frozen=True, slots=True)
class ProcedureCall:
    """Each input row with each row that the procedure gives for its `arguments`; of a procedure
    without results, each input row. Adds the variables of `yields`, each of which holds a result.

    One that writes is a barrier like the clauses that write.
    """

    input: Operator
    procedure: Procedure
    arguments: tuple[ex.Expression, ...]
    yields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Project:
    """Exactly the columns `items`, each name with its expression."""

    input: Operator
    items: tuple[tuple[str, ex.Expression], ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One row per distinct combination of `keys` (one row in all where there are none), with the
    aggregates.
    """

    input: Operator
    keys: tuple[tuple[str, ex.Expression], ...]
    aggregates: tuple[tuple[str, ex.Aggregate], ...]


@dataclass(frozen=True, slots=True)
class CountPaths:
    """How often a pattern is in the graph, by which node is at place `root`.

    Where `by_root`, a row for each such node with the number in `name`, and the node in the column
    of its variable; else one row with the number in all. `nodes` are variables with the labels that
    they must have.
    """

    input: Operator
    name: str
    nodes: tuple[tuple[str, tuple[str, ...]], ...]
    links: tuple[CountedLink, ...]
    root: int
    by_root: bool


@dataclass(frozen=True, slots=True)
class CountTypes:
    """Each input row with each of the `types` (none named: all) that some edge has. Adds `type`, its
    name, and `number`: how many edges of it an Expand of all nodes in `direction` would find."""

    input: Operator
    type: str
    number: str
    types: tuple[str, ...]
    direction: Direction


@dataclass(frozen=True, slots=True)
class Distinct:
    """Rows without duplicates, over the columns `names`, which are all columns."""

    input: Operator
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    expression: ex.Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Sort:
    """Rows in order of `keys`; equal rows keep their order."""

    input: Operator
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """All but the first `count` rows; `count` uses no column and is an integer >= 0, else Invalid
    at run time.
    """

    input: Operator
    count: ex.Expression


@dataclass(frozen=True, slots=True)
class Limit:
    """The first `count` rows; writes below it still happen for all rows."""

    input: Operator
    count: ex.Expression


@dataclass(frozen=True, slots=True)
class Top:
    """The first rows in order of `keys`, `skipped` and `count`: Sort then Limit, without sorting all."""

    input: Operator
    keys: tuple[SortKey, ...]
    count: ex.Expression
    skipped: ex.Expression | None = None


@dataclass(frozen=True, slots=True)
class NodeTemplate:
    """A node to create. `properties`: a map expression or None; its key `~id` names the new node."""

    variable: str
    labels: tuple[str, ...]
    properties: ex.Expression | None


@dataclass(frozen=True, slots=True)
class EdgeTemplate:
    """An edge to create between two nodes that are columns, or templates of the same operator."""

    variable: str
    type: str
    source: str
    target: str
    properties: ex.Expression | None
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Create:
    """For each input row, creates all `nodes`, then all `edges`, and adds their variables."""

    input: Operator
    nodes: tuple[NodeTemplate, ...]
    edges: tuple[EdgeTemplate, ...]


@dataclass(frozen=True, slots=True)
class SetProperty:
    """`subject.key = value`; the subject is a node or edge, or null (then nothing happens)."""

    subject: ex.Expression
    key: str
    value: ex.Expression


@dataclass(frozen=True, slots=True)
class SetProperties:
    """`subject = value` (`replace`), or `subject += value`; value is a map, node or edge."""

    subject: ex.Expression
    value: ex.Expression
    replace: bool


@dataclass(frozen=True, slots=True)
class SetLabels:
    subject: ex.Expression
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveProperty:
    subject: ex.Expression
    key: str


@dataclass(frozen=True, slots=True)
class RemoveLabels:
    subject: ex.Expression
    labels: tuple[str, ...]


SetItem = SetProperty | SetProperties | SetLabels | RemoveProperty | RemoveLabels


@dataclass(frozen=True, slots=True)
class Set:
    """SET and REMOVE: the items in order, each for all rows before the next, which sees its effect."""

    input: Operator
    items: tuple[SetItem, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletes the nodes, edges and paths that `expressions` give, once all input rows are there.

    Without `detach`, a node that keeps an edge is an error (kind `constraint`) and nothing changes.
    """

    input: Operator
    expressions: tuple[ex.Expression, ...]
    detach: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """For each input row in turn: the matches of `match` (whose leaf is `Argument`), with
    `on_match` done for them; where there is none, `create` is made for the row and `on_create`
    done. A row sees what earlier rows created. The items may use `path`, named and of that value."""

    input: Operator
    match: Operator
    create_nodes: tuple[NodeTemplate, ...]
    create_edges: tuple[EdgeTemplate, ...]
    on_create: tuple[SetItem, ...]
    on_match: tuple[SetItem, ...]
    path: tuple[str, ex.PathValue] | None


@dataclass(frozen=True, slots=True)
class Discard:
    """Drains the input and gives no rows: a query that ends without RETURN."""

    input: Operator


Operator = (
    Unit
    | Argument
    | NodeScan
    | NodeSeek
    | Expand
    | Intersect
    | ExpandMany
    | Optional
    | Apply
    | Union
    | Filter
    | Unwind
    | ProcedureCall
    | Project
    | Aggregate
    | CountPaths
    | CountTypes
    | Distinct
    | Sort
    | Skip
    | Limit
    | Top
    | Create
    | Set
    | Delete
    | Merge
    | Discard
)


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled query.

    Args:
        root: the plan; columns: names of the result columns, as RETURN has them; empty without one
        parameters: that the text uses, and where each stands first; hints: what stands before the clauses
        reads / writes / deletes: what the text does, for authorisation and the write lock
        derived: no part of it: what runs it keeps here how
    """

    root: Operator
    columns: tuple[str, ...]
    parameters: Mapping[str, Position]
    reads: bool
    writes: bool
    deletes: bool
    hints: Hints
    derived: dict[str, object] = field(default_factory=dict, init=False, compare=False, repr=False)
