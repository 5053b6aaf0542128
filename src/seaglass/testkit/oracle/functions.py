"""Functions of values and aggregates, as openCypher's and Neptune's texts say.

Above: expressions. Below: values. Functions that need the graph are in `expressions`. A function
gets its arguments as they are; those in `_NULL_IN_NULL_OUT` are not asked where one is null.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from seaglass.engine.values.order import order_key
from seaglass.engine.values.temporal import TEMPORALS, Date
from seaglass.engine.values.types import Path
from seaglass.testkit.oracle import temporal
from seaglass.testkit.oracle.values import calculate, fit, is_number, number_text, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.values.types import Value


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else wrong("a list is needed")


def _text(value: Value) -> str:
    return value if isinstance(value, str) else wrong("a text is needed")


def _integer(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        wrong("an integer is needed")
    return value


def _number(value: Value) -> int | float:
    if not is_number(value):
        wrong("a number is needed")
    return value  # type: ignore[return-value]


def _path(value: Value) -> Path:
    return value if isinstance(value, Path) else wrong("a path is needed")


def _count(value: Value) -> int:
    return _integer(value) if _integer(value) >= 0 else wrong("a length is not negative")


def _size(value: Value) -> int:
    if isinstance(value, list | str | dict):
        return len(value)
    return wrong("size()")


def _range(start: Value, stop: Value, step: Value = 1) -> Value:
    first, last, by = _integer(start), _integer(stop), _integer(step)
    if by == 0:
        wrong("a step of 0")
    items: list[Value] = []
    while first <= last if by > 0 else first >= last:
        items.append(first)
        first += by
    return items


def _sign(value: Value) -> Value:
    number = _number(value)
    return (number > 0) - (number < 0)


def _to_string(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, TEMPORALS):
        return temporal.text(value)
    return number_text(value) if is_number(value) else wrong("toString()")


def _to_boolean(value: Value) -> Value:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    if isinstance(value, int):
        # The TCK leaves integers out of what is refused; zero is false.
        return value != 0
    return value if isinstance(value, bool) else wrong("toBoolean()")


def _reverse(value: Value) -> Value:
    return value[::-1] if isinstance(value, str | list) else wrong("reverse()")


def _substring(text: Value, start: Value, length: Value = 10**9) -> Value:
    return _text(text)[_count(start) : _count(start) + _count(length)]


def _left(text: Value, length: Value) -> Value:
    return _text(text)[: _count(length)]


def _right(text: Value, length: Value) -> Value:
    return _text(text)[max(0, len(_text(text)) - _count(length)) :]


def _split(text: Value, by: Value) -> Value:
    parts: list[Value] = [*(_text(text).split(_text(by)) if by else _text(text))]
    return parts


def _unique(items: Value) -> list[Value]:
    found: dict[bytes, Value] = {}
    for item in _list(items):
        found.setdefault(order_key(item), item)
    return list(found.values())


def _without(one: Value, two: Value) -> Value:
    others = [order_key(item) for item in _list(two)]
    return [item for item in _unique(one) if order_key(item) not in others]


def _common(one: Value, two: Value) -> Value:
    others = [order_key(item) for item in _list(two)]
    return [item for item in _unique(one) if order_key(item) in others]


_NULL_IN_NULL_OUT: dict[str, Callable[..., Value]] = {
    "size": _size,
    "head": lambda items: _list(items)[0] if _list(items) else None,
    "last": lambda items: _list(items)[-1] if _list(items) else None,
    "tail": lambda items: _list(items)[1:],
    "reverse": _reverse,
    "range": _range,
    "abs": lambda value: fit(abs(value)) if isinstance(_number(value), int) else abs(value),
    "sign": _sign,
    "tostring": _to_string,
    "toboolean": _to_boolean,
    "toupper": lambda text: _text(text).upper(),
    "tolower": lambda text: _text(text).lower(),
    "trim": lambda text: _text(text).strip(),
    "ltrim": lambda text: _text(text).lstrip(),
    "rtrim": lambda text: _text(text).rstrip(),
    "left": _left,
    "right": _right,
    "substring": _substring,
    "colltoset": _unique,
    "collsubtract": _without,
    "collintersection": _common,
    "date": lambda text: Date((dt.date.fromisoformat(_text(text)) - dt.date(1970, 1, 1)).days),
    "date.truncate": lambda unit, value: temporal.truncated(_text(unit), value),
    "localdatetime.truncate": lambda unit, value: temporal.truncated(_text(unit), value),
    "datetime.truncate": lambda unit, value: temporal.truncated(_text(unit), value),
    "duration.between": lambda one, two: temporal.between(one, two, "months"),
    "duration.indays": lambda one, two: temporal.between(one, two, "days"),
    "duration.inseconds": lambda one, two: temporal.between(one, two, "seconds"),
    "split": _split,
    "replace": lambda text, old, new: _text(text).replace(_text(old), _text(new)),
    "isempty": lambda value: _size(value) == 0,
    "nodes": lambda path: list(_path(path).nodes),
    "relationships": lambda path: list(_path(path).edges),
    "length": lambda path: len(_path(path).edges),
}


def call(name: str, arguments: list[Value]) -> Value:
    """The function of this name in small letters.

    Raises: Wrong for arguments that it does not take; KeyError where the oracle has no such function
    """
    if name == "coalesce":
        return next((value for value in arguments if value is not None), None)
    function = _NULL_IN_NULL_OUT[name]
    return None if any(value is None for value in arguments) else function(*arguments)


AGGREGATES = frozenset(
    {"count", "collect", "sum", "avg", "min", "max", "percentilecont", "percentiledisc"}
)


def percentile(name: str, numbers: list[Value], share: Value) -> Value:
    """percentileDisc: the number at least so many are not above; percentileCont: between two."""
    ordered = sorted(_number(number) for number in numbers if number is not None)
    if not ordered:
        return None
    part = float(_number(share))
    if name == "percentiledisc":
        return ordered[max(0, math.ceil(part * len(ordered)) - 1)]
    at = part * (len(ordered) - 1)
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    return low + (high - low) * (at - math.floor(at)) if low != high else float(low)


def aggregate(name: str, values: list[Value], *, distinct: bool) -> Value:
    """An aggregate over the values of a group, of which it leaves nulls out."""
    given: list[Value] = [value for value in values if value is not None]
    if distinct:
        given = _unique(given)
    match name:
        case "count":
            return len(given)
        case "collect":
            return given
        case "sum":
            total: Value = 0
            for value in given:
                total = calculate("+", total, _number(value))
            return total
        case "avg":
            return sum(map(_number, given)) / len(given) if given else None
        case _:
            ranked = sorted(given, key=order_key, reverse=name == "max")
            return ranked[0] if ranked else None
