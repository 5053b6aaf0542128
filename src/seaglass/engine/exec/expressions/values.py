"""Tools of the mixed path: columns as Python values, functions of values mapped over rows.

Above: the families of expressions. Below: `engine/values`.
An operand is a column of the frame's length, or of one row where the expression is constant: such a
column stands for every row. `rows_of` says how long the result of some operands is.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.values import column as cols
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.types import Edge, Kind, Node
from seaglass.engine.values.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

# Longer texts than this are not numbered to stand in many rows: who asks for all of them would copy them.
_WORD_CHARS = 64


def rows_of(*operands: Column) -> int:
    """How many rows an expression of these operands has: their one length, where 1 fits every
    length."""
    rows = 1
    for operand in operands:
        if len(operand) != 1:
            rows = len(operand)
    return rows


def stretch(column: Column, rows: int) -> Column:
    """The operand with `rows` rows."""
    if len(column) == rows:
        return column
    if column.kind is Kind.STRING and column.valid is None:
        text = str(column.value(0))
        if len(text) <= _WORD_CHARS:
            return Words(np.zeros(rows, np.int64), (text,), None)
    return cols.taken(column, np.zeros(rows, np.int64))


def values_of(operand: Column, rows: int, check: Check | None = None) -> Iterable[Value]:
    """Its values, a constant repeated. Args: check: called while one long list becomes values"""
    if len(operand) == 1 and check is not None:
        return repeat(only_value(operand, check), rows)
    if len(operand) == rows:
        return operand.to_list()
    return repeat(operand.value(0), rows)


def only_value(operand: Column, check: Check) -> Value:
    """The one value of an operand, of a long list a part at a time. Raises: what `check` raises"""
    if isinstance(operand, Lists):
        return operand.only(check)
    return operand.value(0)


def map_one(function: Callable[[Value], Value], operand: Column) -> Column:
    """`function` of every value, null for null."""
    return cols.from_values(
        [None if value is None else function(value) for value in operand.to_list()]
    )


def map_two(
    function: Callable[[Value, Value], Value],
    left: Column,
    right: Column,
    check: Check | None = None,
) -> Column:
    """`function` of the values of two operands; it sees nulls. Args: check: as `values_of`"""
    rows = rows_of(left, right)
    pairs = zip(values_of(left, rows, check), values_of(right, rows, check), strict=True)
    return cols.from_values([function(one, two) for one, two in pairs])


def both_valid(left: Column, right: Column, rows: int) -> NDArray[np.bool_] | None:
    """bool[rows] where neither operand is null, None where that is everywhere."""
    if left.valid is None and right.valid is None:
        return None
    valid = np.ones(rows, np.bool_)
    if left.valid is not None:
        valid &= left.valid
    if right.valid is not None:
        valid &= right.valid
    return valid


def numbers_of(column: Column, kind: Kind, what: str) -> NDArray[np.int64]:
    """int64[n]: the numbers of the nodes (or edges, by `kind`) in the column, -1 for null.

    Raises: Invalid(illegal_argument) when a value is something else; `what` says where it stood
    """
    if column.kind is kind:
        numbers: NDArray[np.int64] = column.data
        return numbers if column.valid is None else np.where(column.valid, numbers, -1)
    if column.kind is Kind.NULL:
        return np.full(len(column), -1, np.int64)
    wanted = Node if kind is Kind.NODE else Edge
    found = np.empty(len(column), np.int64)
    for row, value in enumerate(column.to_list()):
        if value is not None and not isinstance(value, wanted):
            name = "a node" if kind is Kind.NODE else "a relationship"
            message = f"{what} needs {name}, but got {type_name(value)}."
            raise Invalid("illegal_argument", message, code=Code.VALUE_TYPE)
        found[row] = -1 if value is None else value.number
    return found


def wrong_type(
    what: str,
    expected: str,
    value: Value,
    at: Position | None,
    code: Code = Code.VALUE_TYPE,
) -> Invalid:
    """The error for a value of a type that `what` does not take."""
    message = f"{what} expected {expected}, but got {type_name(value)}"
    return Invalid("illegal_argument", f"{message}{place(at)}.", code=code)


def located(error: Invalid, at: Position | None) -> Invalid:
    """The error of values, with the place of the expression that met them."""
    message = error.message.removesuffix(".")
    return Invalid(error.kind, f"{message}{place(at)}.", code=error.code)


def place(at: Position | None) -> str:
    """Where in the text, for the end of a message."""
    if at is None:
        return ""
    return f" (line {at.line}, column {at.column} (offset: {at.offset}))"
