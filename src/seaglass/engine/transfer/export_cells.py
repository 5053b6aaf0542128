"""Values as cells: columns of properties as Arrow arrays that CSV and Parquet files take.

Above: `export_files`, `export`. Below: `export_types`, `engine/values`.

    Bool, Byte ... Double     Arrow's own types; in CSV infinities as INF and -INF
    Date                      yyyy-MM-dd, with an offset as +hhmm
    Datetime                  XSD dateTime, always with seconds; a zone's name in brackets
    LocalDateTime, LocalTime, Time, Duration
                              ISO 8601, as toString gives it
    Any                       {"value", "type"}; several values separated by `;`; a list that this
                              would not tell apart as {"value": [...], "type": "List"}
    several values            in CSV separated by `;`, with `\\;` for a semicolon; in Parquet a list

Texts read back as the same values (`cells`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.transfer.export_types import SCALARS, OutType, Scalar
from seaglass.engine.values.calendar import SECOND_NANOS
from seaglass.engine.values.column import STRING
from seaglass.engine.values.temporal import TEMPORALS, Date, DateTime
from seaglass.engine.values.temporal_text import date_text, offset_text, text_of, time_text
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.temporal import Temporal
    from seaglass.engine.values.types import Value

_BITS = {Scalar.BYTE: 8, Scalar.SHORT: 16, Scalar.INT: 32, Scalar.LONG: 64}
_ARROW: dict[Scalar, Any] = {
    Scalar.BOOL: pa.bool_(),
    Scalar.BYTE: pa.int8(),
    Scalar.SHORT: pa.int16(),
    Scalar.INT: pa.int32(),
    Scalar.LONG: pa.int64(),
    Scalar.FLOAT: pa.float32(),
    Scalar.DOUBLE: pa.float64(),
}
_FLOAT_MAX = float(np.finfo(np.float32).max)
# Columns of these kinds are written as they are.
_SAME = {
    (Kind.BOOL, Scalar.BOOL),
    (Kind.INT, Scalar.LONG),
    (Kind.FLOAT, Scalar.DOUBLE),
    (Kind.STRING, Scalar.STRING),
}


class Unfit(ValueError):
    """A value that its column cannot hold. Attributes: row: where it is; value"""

    def __init__(self, row: int, value: object) -> None:
        super().__init__(row, value)
        self.row = row
        self.value = value


def arrow_type(out: OutType, *, csv: bool) -> Any:
    """The Arrow type of a column."""
    if out.scalar is Scalar.VECTOR:
        return STRING if csv else pa.list_(pa.float32())
    scalar = _ARROW.get(out.scalar, STRING)
    if out.many:
        return STRING if csv else pa.list_(scalar)
    return scalar


def cells(column: Column, out: OutType, *, csv: bool) -> Any:
    """The cells of a column; null where there is no value.

    Raises: Unfit for a value that the type cannot hold; of a list the first is taken where the type
        is for one value
    """
    kind = arrow_type(out, csv=csv)
    if column.kind is Kind.NULL:
        return pa.nulls(len(column), kind)
    if not out.many and (column.kind, out.scalar) in _SAME:
        return _texts_of_infinities(_plain(column), csv=csv)
    values = column.to_list()
    made: list[Any] = [None] * len(values)
    for row, value in enumerate(values):
        if value is not None:
            try:
                made[row] = _cell(value, out, csv=csv)
            except ValueError:
                raise Unfit(row, value) from None
    array = pa.array(made, kind)
    return array if out.many else _texts_of_infinities(array, csv=csv)


def any_text(value: Value) -> str:
    """A value that says its type. Raises: ValueError when no type of a cell holds it."""
    if isinstance(value, list) and len(value) > 1 and all(type(one) in SCALARS for one in value):
        return ";".join(orjson.dumps(_any(one)).decode() for one in value)
    return orjson.dumps(_any(value)).decode()


def _any(value: Value) -> dict[str, Any]:
    if isinstance(value, list):
        return {"value": [_any(item) for item in value], "type": "List"}
    if isinstance(value, dict):
        return {"value": {key: _any(item) for key, item in value.items()}, "type": "Map"}
    scalar = SCALARS.get(type(value))
    if scalar is None:
        raise ValueError(value)
    if isinstance(value, TEMPORALS):
        return {"value": temporal_text(value), "type": str(scalar)}
    if isinstance(value, float) and not np.isfinite(value):
        return {"value": _float_text(value), "type": str(scalar)}
    return {"value": value, "type": str(scalar)}


def temporal_text(value: Temporal) -> str:
    """The text of a temporal value, in Neptune's forms where it has some."""
    if isinstance(value, Date) and value.offset:
        day, offset = date_text(value.days), offset_text(value.offset)
        # A year of more than four digits has no form of Neptune's.
        return day + (offset if day[0] in "+-" else offset.replace(":", ""))
    if isinstance(value, DateTime):
        clock = time_text(value.nanos)
        seconds = ":00" if value.nanos % (60 * SECOND_NANOS) == 0 else ""
        zone = "" if value.zone is None else f"[{value.zone}]"
        return f"{date_text(value.days)}T{clock}{seconds}{offset_text(value.offset)}{zone}"
    return text_of(value)


def _plain(column: Column) -> Any:
    if column.kind is Kind.STRING:
        if column.valid is None:
            return column.data
        return pc.if_else(pa.array(column.valid), column.data, pa.scalar(None, STRING))
    return pa.array(column.data, mask=None if column.valid is None else ~column.valid)


def _texts_of_infinities(array: Any, *, csv: bool) -> Any:
    """In CSV, numbers as texts where some of them are infinite, which have names of their own."""
    if not csv or not pa.types.is_floating(array.type):
        return array
    if not pc.any(pc.is_inf(array)).as_py():
        return array
    texts = [None if value is None else _float_text(value) for value in array.to_pylist()]
    return pa.array(texts, STRING)


def _float_text(value: float) -> str:
    """A number without an exponent, which headers' types do not take."""
    if value != value:
        return "NaN"
    if np.isinf(value):
        return "INF" if value > 0 else "-INF"
    return format(Decimal(repr(value)), "f")


def _cell(value: Value, out: OutType, *, csv: bool) -> Any:
    """Raises: ValueError when the type cannot hold the value."""
    if out.scalar is Scalar.ANY and not out.many:
        return any_text(value)
    if not out.many:
        single = (value[0] if value else None) if isinstance(value, list) else value
        return None if single is None else _scalar(single, out.scalar)
    values = [_scalar(one, out.scalar) for one in (value if isinstance(value, list) else [value])]
    return _joined(values) if csv else values


def _joined(values: Sequence[Any]) -> str | None:
    """Several values in one cell of CSV; None for no value, which is the same there."""
    return ";".join(_text(one).replace(";", "\\;") for one in values) or None


def _scalar(value: Value, scalar: Scalar) -> Any:
    if scalar is Scalar.ANY:
        return any_text(value)
    if scalar is Scalar.BOOL:
        truth = {"true": True, "false": False}.get(_text(value).lower())
        if truth is None:
            raise ValueError(value)
        return truth
    if scalar in _BITS:
        return _integer(value, _BITS[scalar])
    if scalar in (Scalar.FLOAT, Scalar.DOUBLE):
        return _float(value, scalar)
    return _text(value)


def _integer(value: Value, bits: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    if isinstance(value, float) and not np.isfinite(value):
        raise ValueError(value)
    number = int(value)
    # What an integer type cannot hold is not cut to what it can.
    if isinstance(value, float) and number != value:
        raise ValueError(value)
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise ValueError(value)
    return number


def _float(value: Value, scalar: Scalar) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    number = float(value)
    if scalar is Scalar.FLOAT and np.isfinite(number) and abs(number) > _FLOAT_MAX:
        raise ValueError(value)
    return number


def _text(value: Value) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case _ if isinstance(value, TEMPORALS):
            return temporal_text(value)
        case _:
            return any_text(value)
