"""The text of a cell as a value, and columns of texts as columns of values.

Above: `csv`, `repair`, `parquet`. Below: `layout`, `graph/tables`, `engine/values`.

    Bool                    true in any case; all else is false
    Byte, Short, Int, Long  decimal, within 8, 16, 32, 64 bits; kept as 64-bit integers
    Float, Double           decimal, also with an exponent; INF, -INF, Infinity, -Infinity, NaN
    Date, Datetime, LocalDateTime, LocalTime, Time, Duration
                            ISO 8601, as `values/temporal_parse` has it
    Any                     JSON objects {"value", "type"} separated by `;`: one value, or a list
    several values          separated by `;`, where `\\;` is a semicolon of a text

Texts that repeat are read once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from seaglass.base.errors import Invalid
from seaglass.engine.graph.tables import column_of
from seaglass.engine.transfer.layout import Type
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column
from seaglass.engine.values.temporal_parse import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_local_date_time,
    parse_local_time,
    parse_time,
)
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.transfer.layout import ColumnSpec
    from seaglass.engine.values.temporal import Date
    from seaglass.engine.values.types import Value

INTEGERS: dict[Type, tuple[int, pa.DataType]] = {
    Type.BYTE: (8, pa.int8()),
    Type.SHORT: (16, pa.int16()),
    Type.INT: (32, pa.int32()),
    Type.LONG: (64, pa.int64()),
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FLOAT_NAMES = {"inf", "infinity", "nan"}
_SPLIT = re.compile(r"(?<!\\);")
# The offset of Neptune's own forms has no colon.
_DATE_OFFSET = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([+-][0-9]{2})([0-9]{2})")


def _date(text: str) -> Date:
    """Raises: Invalid(illegal_argument)."""
    match = _DATE_OFFSET.fullmatch(text)
    if match is not None:
        text = f"{match[1]}{match[2]}:{match[3]}"
    return parse_date(text)


_TEMPORAL: dict[Type, Callable[[str], Value]] = {
    Type.DATE: _date,
    Type.DATETIME: parse_date_time,
    Type.LOCAL_DATETIME: parse_local_date_time,
    Type.LOCAL_TIME: parse_local_time,
    Type.TIME: parse_time,
    Type.DURATION: parse_duration,
}
_ANY_TYPES: dict[str, Type] = {
    "bool": Type.BOOL,
    "boolean": Type.BOOL,
    "byte": Type.BYTE,
    "short": Type.SHORT,
    "int": Type.INT,
    "long": Type.LONG,
    "float": Type.FLOAT,
    "double": Type.DOUBLE,
    "string": Type.STRING,
    **{kind.value: kind for kind in _TEMPORAL},
}
_UNSIGNED = {"unsignedbyte": 8, "unsignedshort": 16, "unsignedint": 32, "unsignedlong": 64}


class BadCell(ValueError):
    """A text that is no value of its type."""


def cell_value(spec: ColumnSpec, text: str) -> Value:
    """The value of one cell that is not empty.

    Raises: BadCell
    """
    if spec.many:
        return [_one(spec.type, _unescaped(part)) for part in _SPLIT.split(text)]
    return _one(spec.type, text)


def text_type(spec: ColumnSpec) -> pa.DataType | None:
    """Arrow's type that reads such cells itself; None where they come as texts."""
    if spec.many:
        return None
    if spec.type in INTEGERS:
        return INTEGERS[spec.type][1]
    match spec.type:
        case Type.BOOL:
            return pa.bool_()
        case Type.FLOAT | Type.DOUBLE:
            return pa.float64()
        case _:
            return None


def cells_column(spec: ColumnSpec, array: Any) -> Column:
    """Cells as a column: of their Arrow type, or texts; null where there is no value.

    Raises: BadCell when a text is none
    """
    plain = spec.type is Type.STRING and not spec.many
    if plain or text_type(spec) is not None:
        return column_of(spec.key, array)
    codes = array.dictionary_encode()
    texts = codes.dictionary.to_pylist()
    values = np.empty(len(texts) + 1, np.object_)
    values[-1] = None
    for place, text in enumerate(texts):
        # An empty text that is no string is no value.
        values[place] = cell_value(spec, text) if text else None
    indices = codes.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    valid = np.array([value is not None for value in values], np.bool_)[indices]
    if not valid.any():
        return cols.nulls(len(indices))
    return Column(Kind.MIXED, values[indices], None if valid.all() else valid)


def _one(kind: Type, text: str) -> Value:
    if kind is Type.STRING:
        return text
    if kind in INTEGERS:
        return _integer(text, INTEGERS[kind][0])
    match kind:
        case Type.BOOL:
            return text.lower() == "true"
        case Type.FLOAT | Type.DOUBLE:
            return _float(text)
        case Type.ANY:
            return _any(text)
        case _:
            try:
                return _TEMPORAL[kind](text)
            except Invalid:
                raise BadCell(text) from None


def _integer(text: str, bits: int) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise BadCell(text)
    number = int(text)
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise BadCell(text)
    return number


def _float(text: str) -> float:
    if _FLOAT.fullmatch(text) is None and text.lstrip("+-").lower() not in _FLOAT_NAMES:
        raise BadCell(text)
    return float(text)


def _any(text: str) -> Value:
    try:
        parts = orjson.loads(f"[{_between(text)}]")
    except orjson.JSONDecodeError:
        raise BadCell(text) from None
    values = [_any_one(part, text, nested=False) for part in parts]
    return values[0] if len(values) == 1 else values


def _between(text: str) -> str:
    """The objects of a cell separated by commas: semicolons outside of JSON's texts."""
    pieces = re.split(r'("(?:[^"\\]|\\.)*")', text)
    pieces[::2] = [piece.replace(";", ",") for piece in pieces[::2]]
    return "".join(pieces)


def _any_one(part: object, text: str, *, nested: bool) -> Value:
    if not isinstance(part, dict) or set(part) != {"value", "type"}:
        raise BadCell(text)
    name, value = str(part["type"]).lower(), part["value"]
    if name == "list" and not nested and isinstance(value, list):
        return [_any_one(item, text, nested=True) for item in value]
    if isinstance(value, list | dict) or value is None:
        raise BadCell(text)
    words = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if name in _UNSIGNED:
        number = int(words) if _INTEGER.fullmatch(words) else -1
        if not 0 <= number < 1 << _UNSIGNED[name] or not INT_MIN <= number <= INT_MAX:
            raise BadCell(text)
        return number
    if name not in _ANY_TYPES:
        raise BadCell(text)
    return _one(_ANY_TYPES[name], words)


def _unescaped(text: str) -> str:
    return text.replace("\\;", ";")
