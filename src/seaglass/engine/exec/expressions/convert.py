"""Conversions: toInteger, toFloat, toBoolean, toString, and their forms for lists and with null.

Above: `functions`, `arithmetic`. Below: `values`.
Text that does not read as the type gives null; a value of a type that cannot be converted is an
error.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.values.temporal import TEMPORALS
from seaglass.engine.values.temporal_text import text_of
from seaglass.engine.values.types import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.types import Value

# Of an integer of 64 bits.
_DIGITS_MAX = 19
_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


def to_integer(at: Position, value: Value) -> Value:
    """Floats lose their fraction; what is too large becomes the nearest 64-bit integer."""
    if type(value) is int:
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return _whole(value)
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.match(text):
            # Python reads no text of some thousand digits.
            digits = text.lstrip("+-0")
            most = INT_MIN if text[0] == "-" else INT_MAX
            whole = int(digits or "0") if len(digits) <= _DIGITS_MAX else abs(most)
            return max(INT_MIN, -whole) if most == INT_MIN else min(INT_MAX, whole)
        return _whole(float(text)) if _NUMBER.match(text) else None
    raise wrong_type("toInteger()", "a number, string or boolean", value, at, Code.VALUE)


def _whole(value: float) -> int | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return INT_MAX if value > 0 else INT_MIN
    return max(INT_MIN, min(INT_MAX, int(value)))


def to_float(at: Position, value: Value) -> Value:
    if type(value) in (int, float):
        return float(value)  # type: ignore[arg-type]
    if isinstance(value, str):
        text = value.strip()
        return float(text) if _NUMBER.match(text) else _SPECIAL.get(text)
    raise wrong_type("toFloat()", "a number or string", value, at, Code.VALUE)


_SPECIAL = {
    "NaN": math.nan,
    **dict.fromkeys(("INF", "Infinity"), math.inf),
    **dict.fromkeys(("-INF", "-Infinity"), -math.inf),
}


def to_boolean(at: Position, value: Value) -> Value:
    if isinstance(value, bool):
        return value
    if type(value) is int:
        return value != 0
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    raise wrong_type("toBoolean()", "a boolean, string or integer", value, at, Code.VALUE)


def to_string(at: Position, value: Value) -> Value:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, TEMPORALS):
        return text_of(value)
    expected = "a number, string, boolean or temporal value"
    raise wrong_type("toString()", expected, value, at, Code.VALUE)


def float_text(value: float) -> str:
    """The shortest text that reads back as the float, never with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    text = repr(value)
    if "e" not in text:
        return text
    plain = f"{Decimal(text):f}"
    return plain if "." in plain else f"{plain}.0"


def or_null(convert: Callable[[Position, Value], Value]) -> Callable[[Position, Value], Value]:
    """The conversion with null for a value of a type that it does not take."""

    def apply(at: Position, value: Value) -> Value:
        try:
            return convert(at, value)
        except Invalid:
            return None

    return apply


def each(name: str, convert: Callable[[Position, Value], Value]) -> Callable[..., Value]:
    """The conversion of every element of a list, null for what it does not take."""
    one = or_null(convert)

    def apply(at: Position, values: Value) -> Value:
        if not isinstance(values, list):
            raise wrong_type(f"{name}()", "a list", values, at)
        return [None if value is None else one(at, value) for value in values]

    return apply
