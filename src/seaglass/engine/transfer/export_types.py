"""Types of exported columns: what the values of a property are, and what is written for them.

Above: `export_filter`, `export_cells`, `export`. Below: `engine/values`. A column has the one type
that its values have, or Any, which says the type of each value; `many` columns hold several values
in a cell, as `Long[]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Invalid
from seaglass.engine.values.packed import Times
from seaglass.engine.values.temporal import Date, DateTime, Duration, LocalDateTime, LocalTime, Time
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column


class Scalar(StrEnum):
    """The type of one value; the names are those of headers."""

    BOOL = "Bool"
    BYTE = "Byte"
    SHORT = "Short"
    INT = "Int"
    LONG = "Long"
    FLOAT = "Float"
    DOUBLE = "Double"
    STRING = "String"
    DATE = "Date"
    DATETIME = "Datetime"
    LOCAL_DATETIME = "LocalDateTime"
    LOCAL_TIME = "LocalTime"
    TIME = "Time"
    DURATION = "Duration"
    ANY = "Any"
    VECTOR = "Vector"


@dataclass(frozen=True, slots=True)
class OutType:
    """The type of a column."""

    scalar: Scalar
    many: bool = False

    def __str__(self) -> str:
        return f"{self.scalar}[]" if self.many else str(self.scalar)


ANY = OutType(Scalar.ANY)
SCALARS: dict[type, Scalar] = {
    bool: Scalar.BOOL,
    int: Scalar.LONG,
    float: Scalar.DOUBLE,
    str: Scalar.STRING,
    Date: Scalar.DATE,
    DateTime: Scalar.DATETIME,
    LocalDateTime: Scalar.LOCAL_DATETIME,
    LocalTime: Scalar.LOCAL_TIME,
    Time: Scalar.TIME,
    Duration: Scalar.DURATION,
}
_OF_KIND = {
    Kind.BOOL: Scalar.BOOL,
    Kind.INT: Scalar.LONG,
    Kind.FLOAT: Scalar.DOUBLE,
    Kind.STRING: Scalar.STRING,
}


def output_type(text: str) -> OutType:
    """The `outputType` of a filter.

    Raises: Invalid(illegal_argument)
    """
    scalar, many = text.removesuffix("[]"), text.endswith("[]")
    scalar = "Bool" if scalar == "Boolean" else scalar
    names = ("Any", "Byte", "Short", "Int", "Long", "Float", "Double", "String", "Bool")
    if scalar not in names or (many and scalar not in ("Float", "Double")):
        raise Invalid(
            "illegal_argument",
            f"There is no outputType {text!r}: it is one of {', '.join(names)}, Boolean, Float[] "
            "and Double[].",
        )
    return OutType(Scalar(scalar), many)


def types_of(column: Column, rows: NDArray[np.int64] | None) -> set[OutType]:
    """The types of the values in some rows of a column (None: in all).

    Cost: for typed columns some nanoseconds a row
    """
    if column.kind is Kind.NULL:
        return set()
    if column.kind is not Kind.MIXED:
        known = column.valid if rows is None or column.valid is None else column.valid[rows]
        some = (len(column) if rows is None else len(rows)) if known is None else known.any()
        return {OutType(_OF_KIND[column.kind])} if some else set()
    if isinstance(column, Times) and column.valid is None:
        return {OutType(SCALARS[column.form.type])} if rows is None or len(rows) else set()
    values = column.data if rows is None else column.data[rows]
    kinds = set(map(type, values.tolist()))
    found = {OutType(SCALARS[kind]) for kind in kinds if kind in SCALARS}
    if kinds - set(SCALARS) - {type(None), list}:
        found.add(ANY)
    if list in kinds:
        found |= {_list_type(value) for value in values.tolist() if isinstance(value, list)}
    return found


def _list_type(values: list[Any]) -> OutType:
    """The type of a cell with several values; Any where it could not be told from others."""
    kinds = set(map(type, values))
    scalar = SCALARS.get(kinds.pop()) if len(kinds) == 1 else None
    if scalar is None:
        return ANY
    if scalar is Scalar.STRING and (values == [""] or any(v.endswith("\\") for v in values)):
        return ANY
    return OutType(scalar, many=True)


def one_type(found: Iterable[OutType]) -> OutType:
    """The type of a column whose values have these types."""
    types = set(found)
    if not types:
        return OutType(Scalar.STRING)
    return types.pop() if len(types) == 1 else ANY


def element_type(found: Iterable[OutType]) -> Scalar:
    """The type of single values, where lists are taken apart."""
    scalars = {one.scalar for one in found}
    if not scalars:
        return Scalar.STRING
    return scalars.pop() if len(scalars) == 1 else Scalar.ANY
