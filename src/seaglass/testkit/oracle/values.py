"""What two values are to each other, by the text of openCypher 9: one case after the other.

Above: functions, expressions. Below: `engine/values/types`. None stands for unknown as for null.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NoReturn

from seaglass.engine.values.temporal import INSTANTS, Date, DateTime, LocalDateTime, Time
from seaglass.engine.values.types import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from seaglass.engine.values.temporal import Instant
    from seaglass.engine.values.types import Value


class Wrong(Exception):
    """The query fails at run time."""


class TooMany(Exception):
    """The query is more work than the oracle can do in a short time."""


ROWS_MAX = 1000
# Of all parts of a query together, subqueries once for each of their rows: some seconds.
WORK_MAX = 100_000


class Work:
    """What a query has done so far."""

    def __init__(self) -> None:
        self._rows = 0

    def count(self, rows: int) -> None:
        """Raises: TooMany where these are too many rows, or all rows up to now."""
        self._rows += rows + 1
        if rows > ROWS_MAX or self._rows > WORK_MAX:
            raise TooMany


def wrong(what: str) -> NoReturn:
    raise Wrong(what)


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equals(one: Value, two: Value) -> bool | None:
    """`one = two`."""
    if one is None or two is None:
        return None
    if is_number(one) and is_number(two):
        return one == two
    if type(one) is not type(two):
        return False
    if isinstance(one, list) and isinstance(two, list):
        return _all_equal(list(zip(one, two, strict=False)), len(one) == len(two))
    if isinstance(one, dict) and isinstance(two, dict):
        pairs = [(one[key], two[key]) for key in one if key in two]
        return _all_equal(pairs, one.keys() == two.keys())
    return one == two


def _all_equal(pairs: list[tuple[Value, Value]], same_shape: bool) -> bool | None:
    if not same_shape:
        return False
    found = [equals(one, two) for one, two in pairs]
    if False in found:
        return False
    return None if None in found else True


def less(one: Value, two: Value) -> bool | None:
    """`one < two`."""
    if is_number(one) and is_number(two):
        return one < two  # type: ignore[operator]
    if isinstance(one, list) and isinstance(two, list):
        for left, right in zip(one, two, strict=False):
            # Values that have no order, such as maps, leave it unknown, also where they are equal.
            before = less(left, right)
            if before is None or not equals(left, right):
                return before
        return len(one) < len(two)
    if type(one) is type(two) and isinstance(one, str | bool):
        return one < two  # type: ignore[operator]
    if type(one) is type(two) and isinstance(one, INSTANTS):
        return moment(one) < moment(two)  # type: ignore[arg-type]
    return None


def moment(value: Instant) -> int:
    """Nanoseconds in UTC since 1970, or of the day; what has no offset is taken as UTC."""
    days = value.days if isinstance(value, Date | LocalDateTime | DateTime) else 0
    nanos = 0 if isinstance(value, Date) else value.nanos
    offset = value.offset if isinstance(value, Time | DateTime) else 0
    return (days * 86_400 - offset) * 10**9 + nanos


def compares(operator: str, one: Value, two: Value) -> bool | None:
    """`one operator two` for the operators of comparison."""
    match operator:
        case "=":
            return equals(one, two)
        case "<>":
            return invert(equals(one, two))
        case "<":
            return less(one, two)
        case ">":
            return less(two, one)
        case "=~":
            if isinstance(one, str) and isinstance(two, str):
                return re.fullmatch(two, one) is not None
            return None
        case "<=":
            return _or_equal(one, two, less(one, two))
        case _:
            return _or_equal(one, two, less(two, one))


def _or_equal(one: Value, two: Value, before: bool | None) -> bool | None:
    if before is None:
        return None
    return before or equals(one, two)


def invert(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def contains(items: Value, value: Value) -> bool | None:
    """`value IN items`."""
    if items is None:
        return None
    if not isinstance(items, list):
        wrong("IN needs a list")
    found = [equals(value, item) for item in items]
    if True in found:
        return True
    return None if None in found else False


def calculate(operator: str, one: Value, two: Value) -> Value:
    """`one operator two` for `+ - * / % ^`."""
    if one is None or two is None:
        return None
    if operator == "+" and (isinstance(one, list) or isinstance(two, list)):
        left = one if isinstance(one, list) else [one]
        return left + (two if isinstance(two, list) else [two])
    if operator == "+" and (isinstance(one, str) or isinstance(two, str)):
        return _joined(one, two)
    if not (is_number(one) and is_number(two)):
        wrong(f"{operator} of {one!r} and {two!r}")
    if isinstance(one, int) and isinstance(two, int) and operator != "^":
        return fit(_integers(operator, one, two))
    return _floats(operator, float(one), float(two))  # type: ignore[arg-type]


def _joined(one: Value, two: Value) -> str:
    texts = []
    for value in (one, two):
        if not (isinstance(value, str) or is_number(value)):
            wrong(f"{value!r} in a sum of texts")
        texts.append(value if isinstance(value, str) else number_text(value))
    return "".join(texts)


def number_text(value: Value) -> str:
    """A number as toString() writes it; tests have no floats that Python writes with an exponent."""
    if isinstance(value, float) and math.isinf(value):
        return "INF" if value > 0 else "-INF"
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    return repr(value)


def fit(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        wrong("overflow")
    return value


def _integers(operator: str, one: int, two: int) -> int:
    match operator:
        case "+":
            return one + two
        case "-":
            return one - two
        case "*":
            return one * two
    if two == 0:
        wrong("division by zero")
    quotient = abs(one) // abs(two)
    quotient = quotient if (one < 0) == (two < 0) else -quotient
    return quotient if operator == "/" else one - quotient * two


def _floats(operator: str, one: float, two: float) -> float:
    match operator:
        case "+":
            return one + two
        case "-":
            return one - two
        case "*":
            return one * two
        case "/":
            return _divided(one, two)
        case "%":
            if two == 0 or math.isinf(one) or math.isnan(one) or math.isnan(two):
                return math.nan
            return math.fmod(one, two)
        case _:
            return _power(one, two)


def _divided(one: float, two: float) -> float:
    if two != 0:
        return one / two
    if one == 0 or math.isnan(one):
        return math.nan
    return math.copysign(math.inf, one) * math.copysign(1.0, two)


def _power(one: float, two: float) -> float:
    try:
        return math.pow(one, two)
    except OverflowError:
        odd = two == int(two) and int(two) % 2 == 1
        return -math.inf if one < 0 and odd else math.inf
    except ValueError:
        # A root of a negative number, or zero to a negative power.
        if one != 0:
            return math.nan
        odd = two == int(two) and int(two) % 2 == 1
        return math.copysign(math.inf, one) if odd else math.inf
