"""Bound expressions: the tree that the binder makes and the executor evaluates.

Above: `logical/plan.py`, `engine/exec/expressions`. Below: nothing but `syntax/position.py`; a
`Subquery` holds a plan, which holds expressions again.
Every name in a bound tree is resolved: a `Variable` names a column of the frame it is evaluated on,
a `FunctionCall` names a function of `semantics/functions.py` with an argument count that it
accepts, and an `Aggregate` stands only in `plan.Aggregate.aggregates`. The local variables of
comprehensions, quantifiers and reduce() have names that nothing else in the query has, so that no
expression that is moved or put together can mean another one. `at` is where the text stands; it
takes no part in equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.plan import Direction, Operator
    from seaglass.engine.cypher.syntax.position import Position


class UnaryOperator(StrEnum):
    NOT = "NOT"
    MINUS = "-"
    PLUS = "+"


class QuantifierName(StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"
    SINGLE = "single"


class BinaryOperator(StrEnum):
    OR = "OR"
    XOR = "XOR"
    AND = "AND"
    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    MODULO = "%"
    POWER = "^"
    IN = "IN"
    STARTS_WITH = "STARTS WITH"
    ENDS_WITH = "ENDS WITH"
    CONTAINS = "CONTAINS"
    MATCHES = "=~"


@dataclass(frozen=True, slots=True)
class Literal:
    """null, boolean, 64-bit integer, float or string."""

    value: bool | int | float | str | None
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of the frame."""

    name: str
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Property:
    """`subject.key` on a node, edge or map. The key `~id` on a node or edge is its identity."""

    subject: Expression
    key: str
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HasLabels:
    """`subject:A:B`; on an edge, its type is the one label."""

    subject: Expression
    labels: tuple[str, ...]
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListLiteral:
    items: tuple[Expression, ...]
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MapLiteral:
    items: tuple[tuple[str, Expression], ...]
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Steps:
    """What the edges of a path of variable length are, and how many: part of an operator or of an
    expression, none itself.

    Args:
        types: () for all
        high: None for any number
        properties: what every edge has; the values are computed where the path begins
    """

    types: tuple[str, ...]
    direction: Direction
    low: int
    high: int | None
    properties: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class PathValue:
    """The path through `parts`: node, edge, node, ... in the order of the pattern.

    Instead of an edge there may be a list of edges, which lead from the node before it to the one
    behind it. Null where a part is null.
    """

    parts: tuple[Expression, ...]
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Test:
    """`predicate` is true of an item, under the name `local`: part of an expression, none itself."""

    local: str
    predicate: Expression


@dataclass(frozen=True, slots=True)
class Tests:
    """What paths are looked for: each of their edges, each of their nodes, the path as a whole; None
    where any will do.
    """

    edge: Test | None
    node: Test | None
    path: Test | None

    def all(self) -> list[Test]:
        return [test for test in (self.edge, self.node, self.path) if test is not None]


@dataclass(frozen=True, slots=True)
class ShortestPaths:
    """The list of the shortest of the paths between two nodes that use no edge twice and pass the
    tests: all of them, or one if there is any.

    Null where an end is null. From a node to itself there is only the path without edges, where
    `steps.low` is 0. A test of whole paths is dear: paths are walked one by one until one passes.
    """

    source: Expression
    target: Expression
    steps: Steps
    every: bool
    tests: Tests
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Index:
    """`subject[index]` on a list, map, node or edge."""

    subject: Expression
    index: Expression
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """`subject[start..stop]`; a missing end is None."""

    subject: Expression
    start: Expression | None
    stop: Expression | None
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    operator: UnaryOperator
    operand: Expression
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """A chain such as `a < b < c` arrives as `a < b AND b < c`."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IsNull:
    """`operand IS NULL`, or IS NOT NULL where `negated`."""

    operand: Expression
    negated: bool
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """Searched CASE; the simple form arrives rewritten with `subject = value` conditions."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A scalar function; `name` is its canonical spelling, e.g. `toInteger`."""

    name: str
    arguments: tuple[Expression, ...]
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[local IN list WHERE predicate | result]`; without a result, the elements themselves."""

    local: str
    list: Expression
    predicate: Expression | None
    result: Expression | None
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quantifier:
    """`all(local IN list WHERE predicate)` and its kin."""

    quantifier: QuantifierName
    local: str
    list: Expression
    predicate: Expression
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reduce:
    """`reduce(accumulator = start, local IN list | step)`."""

    accumulator: str
    start: Expression
    local: str
    list: Expression
    step: Expression
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MapProjection:
    """`subject {.*, key: value}`: where `whole`, all properties, and over them the items; null where
    the subject is null.
    """

    subject: Expression
    whole: bool
    items: tuple[tuple[str, Expression], ...]
    at: Position = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function; `count(*)` has no argument, and two arguments are a list of two."""

    name: str
    argument: Expression | None
    distinct: bool
    at: Position = field(compare=False, repr=False)


class SubqueryKind(StrEnum):
    EXISTS = "EXISTS"
    COUNT = "COUNT"
    COLLECT = "COLLECT"


@dataclass(frozen=True, slots=True)
class Subquery:
    """What a plan gives for a row: whether any row, how many, or the list of what is in `column`.

    The leaf of `inner` is an `Argument` of the names in `arguments`, each with its value out here:
    nothing else of the row is seen inside. Where there is a `row`, the leaf names this column too:
    it numbers the rows, and the plan keeps it and runs on many rows at once; a COUNT gives one row
    for each of them that has any, with the number in `column`. Without it, the plan runs row by
    row. `volatile` if it calls a function that gives another value each time.
    """

    kind: SubqueryKind
    arguments: tuple[tuple[str, Expression], ...]
    inner: Operator
    row: str | None
    column: str | None
    volatile: bool
    at: Position = field(compare=False, repr=False)


Expression = (
    Literal
    | Parameter
    | Variable
    | Property
    | HasLabels
    | ListLiteral
    | MapLiteral
    | PathValue
    | ShortestPaths
    | Index
    | Slice
    | Unary
    | Binary
    | IsNull
    | Case
    | FunctionCall
    | Comprehension
    | Quantifier
    | Reduce
    | MapProjection
    | Aggregate
    | Subquery
)
