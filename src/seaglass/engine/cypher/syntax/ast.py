"""The syntax tree: what the text says, before names mean anything.

Above: the parser makes it, `semantics` binds it. Below: nothing.
`at` is the offset where a node begins, or of its operator; only `semantics` turns it into a line
and a column. Operators and directions are the texts of `logical.expressions.BinaryOperator` and
`logical.plan.Direction`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Only


@dataclass(frozen=True, slots=True)
class Literal:
    value: bool | int | float | str | None
    at: int


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, defined or not."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Property:
    subject: Expression
    key: str
    at: int


@dataclass(frozen=True, slots=True)
class HasLabels:
    subject: Expression
    labels: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class LabelTest:
    """A label, or tests joined by `operator`: `:` in `A:B`, AND, OR, NOT; it is empty for a label."""

    operator: str
    name: str
    parts: tuple[LabelTest, ...]
    at: int


@dataclass(frozen=True, slots=True)
class LabelExpression:
    """`subject:test`, where the test is not just labels."""

    subject: Expression
    test: LabelTest
    at: int


@dataclass(frozen=True, slots=True)
class ListLiteral:
    items: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class MapLiteral:
    items: tuple[tuple[str, Expression], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    subject: Expression
    index: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Slice:
    subject: Expression
    start: Expression | None
    stop: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Junction:
    """Two or more operands joined by one of AND, OR, XOR: kept flat, so that a thousand of them are
    not deep.
    """

    operator: str
    operands: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`first op operand`, or a chain `first op operand op operand`."""

    first: Expression
    links: tuple[tuple[str, Expression, int], ...]
    at: int


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expression
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Case:
    subject: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`; `star` for `count(*)`."""

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool
    star: bool
    at: int


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[name IN list WHERE where | result]`."""

    name: str
    list: Expression
    where: Expression | None
    result: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Quantifier:
    """`all(name IN list WHERE where)`; `quantifier` in small letters."""

    quantifier: str
    name: str
    list: Expression
    where: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Reduce:
    """`reduce(accumulator = start, name IN list | step)`."""

    accumulator: str
    start: Expression
    name: str
    list: Expression
    step: Expression
    at: int


@dataclass(frozen=True, slots=True)
class MapProjection:
    """`subject {.key, .*, key: value, variable}`; `whole` where `.*` stands in it."""

    subject: Name
    whole: bool
    items: tuple[tuple[str, Expression], ...]
    at: int


@dataclass(frozen=True, slots=True)
class ShortestPath:
    """shortestPath() or allShortestPaths() as an expression."""

    path: PathPattern
    at: int


@dataclass(frozen=True, slots=True)
class PatternPredicate:
    """A pattern where a boolean stands: whether it is found."""

    path: PathPattern
    at: int


@dataclass(frozen=True, slots=True)
class PatternComprehension:
    """`[(a)-->(b) WHERE where | result]`."""

    path: PathPattern
    where: Expression | None
    result: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Subquery:
    """`EXISTS { ... }`, `COUNT { ... }` or `COLLECT { ... }`; for the first two a pattern alone is a
    query of one MATCH.
    """

    kind: Only["exists", "count", "collect"]
    query: Statement
    at: int


Expression = (
    Literal
    | Parameter
    | Name
    | Property
    | HasLabels
    | LabelExpression
    | ListLiteral
    | MapLiteral
    | Index
    | Slice
    | Unary
    | Binary
    | Junction
    | Comparison
    | IsNull
    | Case
    | Call
    | ShortestPath
    | Comprehension
    | Quantifier
    | Reduce
    | MapProjection
    | PatternPredicate
    | PatternComprehension
    | Subquery
)


@dataclass(frozen=True, slots=True)
class NodePattern:
    """`properties` is a MapLiteral or a Parameter."""

    name: str | None
    labels: tuple[str, ...]
    properties: MapLiteral | Parameter | None
    at: int


@dataclass(frozen=True, slots=True)
class EdgePattern:
    """`lengths`: the least and the most of `*2..3`, None for any number; None for one edge."""

    name: str | None
    types: tuple[str, ...]
    lengths: tuple[int, int | None] | None
    direction: Only["out", "in", "both"]
    properties: MapLiteral | Parameter | None
    each: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class PathPattern:
    """`edges[i]` joins `nodes[i]` and `nodes[i + 1]`; `name` is p in `p = ...`.

    Args:
        tests: places of nodes whose labels are not a list of labels, each with its test
        where: the conditions inside of nodes and edges
        shortest: inside shortestPath() or allShortestPaths()
    """

    name: str | None
    nodes: tuple[NodePattern, ...]
    edges: tuple[EdgePattern, ...]
    tests: tuple[tuple[int, LabelTest], ...]
    where: tuple[Expression, ...]
    shortest: Only["one", "all"] | None
    at: int


@dataclass(frozen=True, slots=True)
class Match:
    paths: tuple[PathPattern, ...]
    where: Expression | None
    optional: bool
    at: int


@dataclass(frozen=True, slots=True)
class Create:
    paths: tuple[PathPattern, ...]
    at: int


@dataclass(frozen=True, slots=True)
class SetProperty:
    subject: Expression
    key: str
    value: Expression
    at: int


@dataclass(frozen=True, slots=True)
class SetProperties:
    subject: Expression
    value: Expression
    replace: bool
    at: int


@dataclass(frozen=True, slots=True)
class SetLabels:
    subject: Expression
    labels: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class RemoveProperty:
    subject: Expression
    key: str
    at: int


@dataclass(frozen=True, slots=True)
class RemoveLabels:
    subject: Expression
    labels: tuple[str, ...]
    at: int


SetItem = SetProperty | SetProperties | SetLabels | RemoveProperty | RemoveLabels


@dataclass(frozen=True, slots=True)
class Merge:
    path: PathPattern
    on_create: tuple[SetItem, ...]
    on_match: tuple[SetItem, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Set:
    """SET or REMOVE."""

    items: tuple[SetItem, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Delete:
    expressions: tuple[Expression, ...]
    detach: bool
    at: int


@dataclass(frozen=True, slots=True)
class Unwind:
    list: Expression
    name: str
    name_at: int
    at: int


@dataclass(frozen=True, slots=True)
class YieldItem:
    """`result AS name`; without AS both are one."""

    result: str
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class ProcedureCall:
    """`CALL name(arguments) YIELD yields WHERE where`.

    Args:
        arguments: None without parentheses
        yields: None without YIELD and for `YIELD *`, for which `star`
    """

    name: str
    arguments: tuple[Expression, ...] | None
    yields: tuple[YieldItem, ...] | None
    star: bool
    where: Expression | None
    at: int
    yield_at: int


@dataclass(frozen=True, slots=True)
class Item:
    """One column of a projection; without an alias, `name` is the text of the expression."""

    expression: Expression
    name: str
    aliased: bool
    at: int


@dataclass(frozen=True, slots=True)
class Order:
    expression: Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Projection:
    distinct: bool
    star: bool
    items: tuple[Item, ...]
    order: tuple[Order, ...]
    skip: Expression | None
    limit: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class With:
    projection: Projection
    where: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Return:
    projection: Projection
    at: int


@dataclass(frozen=True, slots=True)
class CallSubquery:
    """`CALL { ... }`.

    Args:
        imports: the variables of `CALL (x, y) { ... }`, all of them for `CALL (*) { ... }`; None
            where a first WITH may name them
        optional: `OPTIONAL CALL`
    """

    query: Statement
    imports: tuple[Name, ...] | Only["*"] | None
    optional: bool
    at: int


Clause = (
    Match | Create | Merge | Set | Delete | Unwind | ProcedureCall | CallSubquery | With | Return
)


@dataclass(frozen=True, slots=True)
class Query:
    """`clauses` in the order of the text; `end` is the offset behind the last."""

    clauses: tuple[Clause, ...]
    end: int


@dataclass(frozen=True, slots=True)
class Union:
    """Two or more queries joined by UNION, or by UNION ALL, which keeps duplicates."""

    branches: tuple[Query, ...]
    distinct: bool
    at: int


Statement = Query | Union
