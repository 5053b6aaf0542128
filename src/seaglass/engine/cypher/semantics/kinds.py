"""What is known of a value before the query runs: its kind, or nothing.

Above: the binder, the table of functions. Below: `logical.expressions`.
Kinds serve to refuse what cannot be right whatever the data (openCypher's compile-time errors);
they are no type system: where anything is in doubt the kind is ANY, and the executor decides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """The value of a member is its name in messages."""

    ANY = "any value"
    NULL = "null"
    BOOL = "a boolean"
    INT = "an integer"
    FLOAT = "a float"
    NUMBER = "a number"
    STRING = "a string"
    LIST = "a list"
    MAP = "a map"
    TEMPORAL = "a temporal value"
    NODE = "a node"
    EDGE = "a relationship"
    PATH = "a path"


_NUMBERS = frozenset({Kind.INT, Kind.FLOAT, Kind.NUMBER})
UNKNOWN = frozenset({Kind.ANY, Kind.NULL})
ENTITIES = frozenset({Kind.NODE, Kind.EDGE})

_OF_LITERAL: dict[type, Kind] = {
    bool: Kind.BOOL,
    int: Kind.INT,
    float: Kind.FLOAT,
    str: Kind.STRING,
    type(None): Kind.NULL,
}
ARITHMETIC = frozenset(
    {
        ex.BinaryOperator.SUBTRACT,
        ex.BinaryOperator.MULTIPLY,
        ex.BinaryOperator.DIVIDE,
        ex.BinaryOperator.MODULO,
        ex.BinaryOperator.POWER,
    }
)


def kind_of(
    expression: ex.Expression, scope: Mapping[str, Kind], results: Mapping[str, Kind]
) -> Kind:
    """The kind of a bound expression, by its outermost operators; `results` are the kinds that
    functions give.
    """
    match expression:
        case ex.Variable(name=name):
            return scope.get(name, Kind.ANY)
        case ex.Literal(value=value):
            return _OF_LITERAL[type(value)]
        case ex.FunctionCall(name="head", arguments=(ex.ShortestPaths(),)):
            return Kind.PATH
        case ex.FunctionCall(name=name) | ex.Aggregate(name=name):
            return results.get(name, Kind.ANY)
        case ex.ListLiteral() | ex.Comprehension() | ex.Subquery(kind=ex.SubqueryKind.COLLECT):
            return Kind.LIST
        case ex.Subquery(kind=kind):
            return Kind.INT if kind is ex.SubqueryKind.COUNT else Kind.BOOL
        case ex.PathValue():
            return Kind.PATH
        case ex.ShortestPaths():
            return Kind.LIST
        case ex.MapLiteral() | ex.MapProjection():
            return Kind.MAP
        case (
            ex.HasLabels() | ex.IsNull() | ex.Quantifier() | ex.Unary(operator=ex.UnaryOperator.NOT)
        ):
            return Kind.BOOL
        case ex.Unary(operand=operand):
            # A duration has a sign, too.
            return Kind.NUMBER if kind_of(operand, scope, results) in _NUMBERS else Kind.ANY
        case ex.Binary(operator=ex.BinaryOperator.ADD, left=left, right=right):
            # A sum may be a number, a string or a list; of numbers it is a number.
            both = {kind_of(left, scope, results), kind_of(right, scope, results)}
            return Kind.NUMBER if both <= _NUMBERS else Kind.ANY
        case ex.Binary(operator=operator, left=left, right=right):
            if operator not in ARITHMETIC:
                return Kind.BOOL
            one, two = kind_of(left, scope, results), kind_of(right, scope, results)
            return Kind.ANY if _may_be_temporal(operator, one, two) else Kind.NUMBER
        case _:
            return Kind.ANY


def element_kind(
    expression: ex.Expression, scope: Mapping[str, Kind], results: Mapping[str, Kind]
) -> Kind:
    """What is known of all elements of a bound list."""
    if isinstance(expression, ex.FunctionCall):
        return _ELEMENTS.get(expression.name, Kind.ANY)
    if not isinstance(expression, ex.ListLiteral):
        return Kind.ANY
    kinds = {kind_of(item, scope, results) for item in expression.items} - {Kind.NULL}
    if len(kinds) == 1:
        return kinds.pop()
    return Kind.NUMBER if kinds and kinds <= _NUMBERS else Kind.ANY


_ELEMENTS = {
    "keys": Kind.STRING,
    "labels": Kind.STRING,
    "nodes": Kind.NODE,
    "range": Kind.INT,
    "relationships": Kind.EDGE,
    "split": Kind.STRING,
}


_MAYBE_TEMPORAL = UNKNOWN | {Kind.TEMPORAL}


def _may_be_temporal(operator: ex.BinaryOperator, left: Kind, right: Kind) -> bool:
    """Whether a duration, or what is moved by one, can come of it."""
    match operator:
        case ex.BinaryOperator.SUBTRACT:
            return left in _MAYBE_TEMPORAL and right in _MAYBE_TEMPORAL
        case ex.BinaryOperator.MULTIPLY:
            return left in _MAYBE_TEMPORAL or right in _MAYBE_TEMPORAL
        case ex.BinaryOperator.DIVIDE:
            return left in _MAYBE_TEMPORAL
        case _:
            return False
