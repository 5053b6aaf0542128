"""Columns <-> bytes; the words are those of `binary`, and for chunks of layout 2 of `adaptive`.

Above: `codec` (chunks), `change_codec` (the log). Below: `text_codec`, `binary`, `engine/values`.

    column = u8 kind: 0 NULL | 1 BOOL | 2 INT | 3 FLOAT | 4 STRING | 5 MIXED
             uint rows
             kind 0: nothing more
             u8 1 if nulls follow, else 0;  if 1: bits[rows], 1 = valid, at least one 0
             kind 1: bits[rows]
             kind 2: packed[rows]
             kind 3: f64[rows]
             kind 4: texts[rows] (`text_codec`)
             kind 5: value[rows]
    Where a row is null the data hold 0, false, '' or null.

Invariants: a decoded column is what was encoded, kind included; equal columns give equal bytes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.pace import breathe
from seaglass.engine.graph.adaptive import AdaptiveReader
from seaglass.engine.graph.binary import Reader, Writer, damaged
from seaglass.engine.graph.text_codec import read_texts, write_one_text, write_texts
from seaglass.engine.values.column import STRING, Column, One, mixed, nulls
from seaglass.engine.values.narrow import of_narrowest
from seaglass.engine.values.packed import times_of
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS = (Kind.NULL, Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.STRING, Kind.MIXED)
_NUMBER_OF = {kind: number for number, kind in enumerate(_KINDS)}
_FLOAT = np.dtype("<f8")
# Each takes half a microsecond or more.
_VALUES_A_STEP = 256


def write_column(writer: Writer, column: Column) -> Column | None:
    """Args: column: of any kind but NODE and EDGE, which are not stored

    Returns: another column of the same kind with the same least and greatest value and fewer rows,
        where one is known now
    Raises: Invalid(illegal_argument) as Writer.value.
    """
    if isinstance(column, One):
        _write_one(writer, column)
        return None
    valid = column.valid
    writer.byte(_NUMBER_OF[column.kind])
    writer.uint(len(column))
    if column.kind is Kind.NULL:
        return None
    if valid is None:
        writer.byte(0)
    else:
        writer.byte(1)
        writer.bits(valid)
    match column.kind:
        case Kind.STRING:
            few = write_texts(writer, _cleared_texts(column.data, valid))
            return None if few is None or valid is not None else Column(Kind.STRING, few, None)
        case Kind.MIXED:
            values = column.to_list()
            for start in range(0, len(values), _VALUES_A_STEP):
                for value in values[start : start + _VALUES_A_STEP]:
                    writer.value(value)
                breathe()
        case Kind.BOOL:
            writer.bits(_cleared(column.data, valid))
        case Kind.INT:
            within = writer.packed(_cleared(column.data, valid))
            if within is not None and valid is None:
                return Column(Kind.INT, np.array(within[:2]), None)
        case _:
            writer.raw(_cleared(column.data, valid).astype(_FLOAT, copy=False).tobytes())
    return None


def _write_one(writer: Writer, column: One) -> None:
    """The same bytes for a column of one value, without an array."""
    value: Any = column.value(0)
    writer.raw(bytes((_NUMBER_OF[column.kind], 1, 0)))
    match column.kind:
        case Kind.STRING:
            write_one_text(writer, value)
        case Kind.MIXED:
            writer.value(value)
        case Kind.BOOL:
            writer.byte(value)
        case Kind.INT:
            writer.packed_few([value])
        case _:
            writer.raw(struct.pack("<d", value))


def read_column(reader: Reader, rows_max: int) -> Column:
    """Raises: Corrupt when the bytes are no column of at most `rows_max` rows."""
    number = reader.byte()
    rows = reader.uint()
    if number >= len(_KINDS) or rows > rows_max:
        raise damaged(f"a column of kind {number} with {rows} rows")
    kind = _KINDS[number]
    if kind is Kind.NULL:
        return nulls(rows)
    valid = _read_valid(reader, rows) if reader.flag() else None
    if kind is Kind.MIXED:
        values = [reader.value() for _ in range(rows)]
        column = mixed(values)
        if not np.array_equal(column.is_null(), Column(kind, column.data, valid).is_null()):
            raise damaged("a mixed column whose nulls are not where it says")
        return times_of(values) or column
    if kind is Kind.INT and rows and isinstance(reader, AdaptiveReader):
        # A chunk's: wide ones would be made only to be made narrow.
        numbers = reader.packed_narrowest(rows)
        _check_nulls(numbers, valid)
        return of_narrowest(numbers, valid)
    return Column(kind, _read_data(reader, kind, rows, valid), valid)


def _read_data(reader: Reader, kind: Kind, rows: int, valid: NDArray[np.bool_] | None) -> Any:
    shown: NDArray[Any]
    match kind:
        case Kind.STRING:
            texts = read_texts(reader, rows)
            data, shown = texts, np.diff(text_buffers(texts)[1])
        case Kind.BOOL:
            data = shown = reader.bits(rows)
        case Kind.INT:
            data = shown = reader.packed(rows)
        case _:
            data = shown = np.frombuffer(reader.raw(8 * rows), _FLOAT).astype(np.float64)
    _check_nulls(shown, valid)
    return data


def _check_nulls(shown: NDArray[Any], valid: NDArray[np.bool_] | None) -> None:
    if valid is not None and shown[~valid].any():
        raise damaged("a column with something where it says that nothing is")


def _read_valid(reader: Reader, rows: int) -> NDArray[np.bool_]:
    valid = reader.bits(rows)
    if valid.all():
        raise damaged("a null bitmap without nulls")
    return valid


def _cleared(data: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[Any]:
    """What stands where a row is null must not decide the bytes."""
    return data if valid is None else np.where(valid, data, np.zeros(1, data.dtype))


def _cleared_texts(
    texts: pa.LargeStringArray, valid: NDArray[np.bool_] | None
) -> pa.LargeStringArray:
    if valid is None or not np.diff(text_buffers(texts)[1])[~valid].any():
        return texts
    return pc.if_else(pa.array(valid), texts, pa.scalar("", STRING))
