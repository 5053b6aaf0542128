"""The text of a cell as a value, and columns of texts as columns of values.

Above: `csv`, `repair`, `parquet`. Below: `batch`, `header`, `layout`, `graph/tables`, `engine/values`.

    Bool                    true in any case; all else is false
    Byte, Short, Int, Long  decimal, within 8, 16, 32, 64 bits; kept as 64-bit integers
    Float, Double           decimal, also with an exponent; INF, -INF, Infinity, -Infinity, NaN
    Date, Datetime, LocalDateTime, LocalTime, Time, Duration
                            ISO 8601, as `values/temporal_parse` has it
    Any                     JSON objects {"value", "type"} separated by `;`: one value, or a list
    Vector                  numbers separated by `;`, of 32 bits, as many as the graph's vectors have
    several values          separated by `;`, where `\\;` is a semicolon of a text

Texts that repeat are read once.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.errors import Invalid
from seaglass.base.limits import NEPTUNE_STRING_BYTES_MAX
from seaglass.engine.graph.tables import column_of
from seaglass.engine.transfer.batch import RowVectors
from seaglass.engine.transfer.header import TYPES
from seaglass.engine.transfer.issues import ErrorClass, shown
from seaglass.engine.transfer.layout import Type
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column
from seaglass.engine.values.packed import times_of
from seaglass.engine.values.temporal import DateTime
from seaglass.engine.values.temporal_parse import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_local_date_time,
    parse_local_time,
    parse_time,
)
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind
from seaglass.engine.values.zones import stored_datetime

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
# Arrow takes what begins so for an integer, too; here integers are decimal.
HEX_MARKS = (b"0x", b"0X")
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FLOAT_NAMES = {"inf", "infinity", "nan"}
_SHOWN_NUMBERS = 32
_XSD = "http://www.w3.org/2001/XMLSchema#"
_XSD_NAMES = {Type.BOOL: "boolean", Type.DATETIME: "dateTime"}
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
# `Any` has the types of headers but vectors, and all temporal ones.
_ANY_TYPES: dict[str, Type] = {
    **{word: kind for word, kind in TYPES.items() if kind is not Type.VECTOR},
    **{kind.value: kind for kind in _TEMPORAL},
}
_UNSIGNED = {"unsignedbyte": 8, "unsignedshort": 16, "unsignedint": 32, "unsignedlong": 64}


class BadCell(ValueError):
    """A cell that is no value of its type. Args: told: what is wrong, where there is a text for it"""

    def __init__(
        self, text: str, told: str = "", kind: ErrorClass = ErrorClass.PARSING_ERROR
    ) -> None:
        super().__init__(text)
        self.told = told
        self.kind = kind


def cell_value(spec: ColumnSpec, text: str) -> Value:
    """The value of one cell that is not empty.

    Raises: BadCell
    """
    if spec.type is Type.VECTOR:
        return _vector(spec, text)
    parts = [_unescaped(part) for part in _SPLIT.split(text)] if spec.many else [text]
    values = [_one(spec.type, part) for part in parts]
    value = values if spec.many else values[0]
    return _as_neptune(value) if spec.neptune else value


def bad_value(spec: ColumnSpec, error: BadCell, cell: str, file: str) -> tuple[ErrorClass, str]:
    """What is told of a bad cell; `{record}` stands for its line."""
    if error.told:
        return error.kind, error.told
    value = shown(cell)
    if spec.type is Type.DATE:
        return error.kind, f'Could not process value of type: date for value: "{value}".'
    name = _XSD_NAMES.get(spec.type, str(spec.type))
    return error.kind, (
        f"Could not process value of type:`{_XSD}{name}` for value: `{value}` when parsing line"
        f" `[{{record}}]` in [{file}]."
    )


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
    """Cells as a column: texts, or already of some other Arrow type; null where there is no value.

    Raises: BadCell when a cell is no value; Invalid(illegal_argument) when no property can hold it
    """
    assert spec.type is not Type.VECTOR
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_map(array.type):
        return cols.mixed([None if pairs is None else dict(pairs) for pairs in array.to_pylist()])
    if spec.type is not Type.STRING and pa.types.is_nested(array.type):
        return _lists(spec, array.to_pylist())
    plain = spec.type is Type.STRING and not spec.many
    if plain or not (pa.types.is_large_string(array.type) or pa.types.is_string(array.type)):
        return _stored(spec, column_of(spec.key, array))
    codes = array.dictionary_encode()
    # An empty text that is no string is no value.
    texts = codes.dictionary.to_pylist()
    distinct = [cell_value(spec, text) if text else None for text in texts]
    values = np.fromiter((*distinct, None), np.object_, len(texts) + 1)
    indices = codes.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    valid = np.array([value is not None for value in values], np.bool_)[indices]
    if not valid.any():
        return cols.nulls(len(indices))
    packed = times_of(distinct)
    if packed is not None:
        return packed.take_or_null(np.where(valid, indices, -1))
    return Column(Kind.MIXED, values[indices], None if valid.all() else valid)


def _lists(spec: ColumnSpec, rows: list[list[Any] | None]) -> Column:
    """Lists of texts that are values of another type."""
    one = replace(spec, many=False)
    return cols.mixed(
        [
            None if texts is None else [cell_value(one, str(text)) for text in texts]
            for texts in rows
        ]
    )


def _stored(spec: ColumnSpec, column: Column) -> Column:
    """The column, as Neptune Analytics keeps it where that is wanted.

    Raises: BadCell when a text is too long
    """
    if spec.neptune and column.kind is Kind.STRING:
        # Few texts together can be as long as one may be.
        if column.data.nbytes > NEPTUNE_STRING_BYTES_MAX:
            longest = pc.max(pc.binary_length(column.data)).as_py()
            if longest > NEPTUNE_STRING_BYTES_MAX:
                raise _too_long(longest)
    elif spec.neptune and column.kind is Kind.MIXED:
        return cols.from_values([_as_neptune(value) for value in column.to_list()])
    return column


def _as_neptune(value: Value) -> Value:
    if isinstance(value, DateTime):
        try:
            return stored_datetime(value)
        except Invalid:
            raise BadCell(str(value)) from None
    if isinstance(value, list):
        return [_as_neptune(item) for item in value]
    if isinstance(value, str) and len(value.encode()) > NEPTUNE_STRING_BYTES_MAX:
        raise _too_long(len(value.encode()))
    return value


def _too_long(size_bytes: int) -> BadCell:
    text = f"A text of {size_bytes} bytes is longer than {NEPTUNE_STRING_BYTES_MAX}."
    return BadCell("", text, ErrorClass.LARGE_STRING_ERROR)


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


def vector_cells(spec: ColumnSpec, array: Any) -> RowVectors:
    """Embeddings: texts of numbers separated by `;`, or lists of numbers; null where there is none.

    Raises: BadCell when a cell is none of the graph's dimension
    """
    rows = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
    present = array.drop_null()
    if len(present) == 0:
        return RowVectors(rows, np.zeros((0, spec.dimension), np.float32))
    try:
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            present = pc.split_pattern(present, ";")
            numbers = pc.utf8_trim_whitespace(present.flatten()).cast(pa.float32())
        else:
            numbers = present.flatten().cast(pa.float32(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, AttributeError):
        raise BadCell("") from None
    flat = numbers.to_numpy(zero_copy_only=False)
    lengths = pc.list_value_length(present)
    if pc.any(pc.not_equal(lengths, spec.dimension)).as_py() or not np.isfinite(flat).all():
        raise _bad_vector(spec, flat[: spec.dimension + 1].tolist())
    return RowVectors(rows, flat.reshape(-1, spec.dimension))


def _vector(spec: ColumnSpec, text: str) -> list[Value]:
    parts = [part.strip() for part in text.split(";")]
    # What is too large for 32 bits becomes infinite.
    with np.errstate(over="ignore"):
        numbers = np.array([_finite(part) for part in parts], np.float64).astype(np.float32)
    if len(parts) != spec.dimension or not np.isfinite(numbers).all():
        raise _bad_vector(spec, parts)
    return list(numbers.tolist())


def _bad_vector(spec: ColumnSpec, parts: list[Any]) -> BadCell:
    what = "dimensionality" if len(parts) != spec.dimension else "value"
    vector = shown(",".join(map(str, parts[:_SHOWN_NUMBERS])))
    return BadCell(
        "", f"Could not load vector embedding: `[{vector}]`. Check the {what} for this vector."
    )


def _finite(text: str) -> float:
    return float(text) if _FLOAT.fullmatch(text) else math.nan


def _integer(text: str, bits: int) -> int:
    text = text.strip()
    if _INTEGER.fullmatch(text) is None:
        raise BadCell(text)
    number = int(text)
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise BadCell(text)
    return number


def _float(text: str) -> float:
    text = text.strip()
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
