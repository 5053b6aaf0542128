"""The temporal functions by name: the contents page of the family.

Above: `expressions/functions`. Below: `make`, `truncate`, `between`, `access`.
A function given null gives null. Without arguments a function gives the query's time, one instant
for the whole query; `.realtime` alone asks the clock anew.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.engine.exec import neptune
from seaglass.engine.exec.expressions.temporal import columns
from seaglass.engine.exec.expressions.temporal.access import part
from seaglass.engine.exec.expressions.temporal.between import (
    between,
    in_days,
    in_months,
    in_seconds,
)
from seaglass.engine.exec.expressions.temporal.make import (
    NAMES,
    epoch,
    make,
    make_duration,
    now_as,
)
from seaglass.engine.exec.expressions.temporal.truncate import truncate
from seaglass.engine.exec.expressions.values import located, rows_of, values_of, wrong_type
from seaglass.engine.values import column as cols
from seaglass.engine.values.packed import Times
from seaglass.engine.values.temporal import INSTANTS, Date, DateTime, LocalDateTime
from seaglass.engine.values.temporal_parse import parse_zone
from seaglass.engine.values.zones import at_offset, check_zone, stored_datetime

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.exec.expressions.functions import Call
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.temporal import Instant
    from seaglass.engine.values.types import Value


_UTC = 0
_NO_FIELDS: dict[str, Value] = {}


def _mapped(call: Call, function: Callable[..., Value]) -> Column:
    """`function` of the arguments of each row, null where one is null; errors say where."""
    rows = rows_of(*call.operands)
    pairs = zip(*(values_of(operand, rows) for operand in call.operands), strict=True)
    try:
        return cols.from_values([None if None in row else function(*row) for row in pairs])
    except Invalid as error:
        raise located(error, call.at) from None


def _made(kind: type, call: Call) -> Column:
    """`date()`, `date(value)`."""
    now_ns = call.context.now_ns()
    if not call.operands:
        return cols.from_values([now_as(kind, now_ns, _UTC)])
    if call.context.options.neptune:
        return _mapped(call, partial(_neptune_made, kind, call))
    return _mapped(call, lambda value: make(kind, value, now_ns))


def _neptune_made(kind: type, call: Call, value: Value) -> Instant:
    text = neptune.check_instant_text(value, call.at)
    made = make(kind, text, call.context.now_ns())
    neptune.check_instant_form(text, call.at)
    return stored_datetime(made) if isinstance(made, DateTime) else made


def _now(kind: type, call: Call) -> Column:
    """`date.statement()`, `date.transaction()`, with a time zone if wanted."""
    return _clock(kind, call, call.context.now_ns())


def _real_now(kind: type, call: Call) -> Column:
    return _clock(kind, call, call.context.clock_ns())


def _clock(kind: type, call: Call, now_ns: int) -> Column:
    def shown(zone: Value) -> Instant:
        if not isinstance(zone, str):
            raise wrong_type(f"{NAMES[kind]}()", "the name of a time zone", zone, None)
        known = parse_zone(zone)
        return now_as(kind, now_ns, known if isinstance(known, int) else check_zone(known))

    if not call.operands:
        return cols.from_values([now_as(kind, now_ns, _UTC)])
    return _mapped(call, shown)


def _truncated(kind: type, call: Call) -> Column:
    """`date.truncate(unit)`, with a value and with fields if wanted."""
    if len(call.operands) == 2 and len(call.operands[0]) == 1:
        found = columns.truncated(kind, call.operands[0].value(0), call.operands[1])
        if found is not None:
            return found
    now = now_as(kind, call.context.now_ns(), _UTC)

    def one(unit: Value, value: Value = now, fields: Value = _NO_FIELDS) -> Instant:
        return truncate(kind, unit, value, fields)

    return _mapped(call, one)


def _from_epoch(call: Call) -> Column:
    def one(seconds: Value, nanos: Value) -> DateTime:
        return epoch(*_integers("datetime.fromepoch()", seconds, nanos))

    return _mapped(call, one)


def _from_epoch_millis(call: Call) -> Column:
    def one(millis: Value) -> DateTime:
        (number,) = _integers("datetime.fromepochmillis()", millis)
        return epoch(0, number * 1_000_000)

    return _mapped(call, one)


def _integers(what: str, *values: Value) -> list[int]:
    numbers: list[int] = []
    for value in values:
        if type(value) is not int:
            raise wrong_type(what, "an integer", value, None)
        numbers.append(value)
    return numbers


def _duration(call: Call) -> Column:
    found = columns.durations(call.operands[0])
    if found is not None:
        return found
    return _mapped(call, make_duration)


def _between(name: str, call: Call) -> Column:
    found = columns.lengths(name, *call.operands)
    if found is not None:
        return found
    function = _LENGTHS[name]

    def one(first: Value, second: Value) -> Value:
        for value in (first, second):
            if not isinstance(value, INSTANTS):
                raise wrong_type(f"{name}()", "a temporal instant", value, None)
        assert isinstance(first, INSTANTS)
        assert isinstance(second, INSTANTS)
        return function(first, second)

    return _mapped(call, one)


_LENGTHS = {
    "duration.between": between,
    "duration.inMonths": in_months,
    "duration.inDays": in_days,
    "duration.inSeconds": in_seconds,
}


def _calendar_part(name: str, call: Call) -> Column:
    """Neptune's year(), month() and day(): of a datetime, in UTC."""
    (operand,) = call.operands
    if isinstance(operand, Times) and operand.form.type in (Date, LocalDateTime):
        found = columns.part_of(operand, name)
        if found is not None:
            return found

    def one(value: Value) -> Value:
        if isinstance(value, DateTime):
            return part(at_offset(value, _UTC), name)
        if isinstance(value, Date | LocalDateTime):
            return part(value, name)
        raise wrong_type(f"{name}()", "a date or datetime", value, None)

    return _mapped(call, one)


def _epoch_millis(call: Call) -> Column:
    """Neptune's epochMillis(datetime)."""

    def one(value: Value) -> Value:
        if not isinstance(value, DateTime):
            raise wrong_type("epochMillis()", "a datetime", value, None)
        return part(value, "epochMillis")

    return _mapped(call, one)


TEMPORAL_FUNCTIONS: dict[str, Callable[[Call], Column]] = {
    **{name: partial(_made, kind) for kind, name in NAMES.items()},
    **{f"{name}.statement": partial(_now, kind) for kind, name in NAMES.items()},
    **{f"{name}.transaction": partial(_now, kind) for kind, name in NAMES.items()},
    **{f"{name}.realtime": partial(_real_now, kind) for kind, name in NAMES.items()},
    **{f"{name}.truncate": partial(_truncated, kind) for kind, name in NAMES.items()},
    "datetime.fromepoch": _from_epoch,
    "datetime.fromepochmillis": _from_epoch_millis,
    "duration": _duration,
    **{name: partial(_between, name) for name in _LENGTHS},
    **{name: partial(_calendar_part, name) for name in ("day", "month", "year")},
    "epochMillis": _epoch_millis,
}
