"""Mathematics: rounding, logarithms, trigonometry.

Above: `functions`. Below: `values`.
Functions of floats follow IEEE 754: what is undefined is NaN, never an error.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.values.types import INT_MIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.types import Value


def _number(name: str, value: Value, at: Position) -> int | float:
    if type(value) not in (int, float):
        raise wrong_type(f"{name}()", "a number", value, at)
    return value  # type: ignore[return-value]


def absolute(at: Position, value: Value) -> Value:
    number = _number("abs", value, at)
    if number == INT_MIN and isinstance(number, int):
        raise Invalid(
            "illegal_argument", f"The result of abs({number}) overflows 64 bits{place(at)}."
        )
    return abs(number)


def sign(at: Position, value: Value) -> Value:
    number = _number("sign", value, at)
    return (number > 0) - (number < 0)


def _rounding(name: str, function: Callable[[float], float]) -> Callable[..., Value]:
    def apply(at: Position, value: Value) -> Value:
        number = float(_number(name, value, at))
        # Beyond 2**52 every float is whole, and NaN and infinities have no whole neighbour.
        return function(number) if abs(number) < 2.0**52 else number

    return apply


def _half_up(number: float) -> float:
    # Not the floor of number + 0.5: that sum may be rounded itself.
    below = math.floor(number)
    return float(below + (number - below >= 0.5))


ceil = _rounding("ceil", lambda number: float(math.ceil(number)))
floor = _rounding("floor", lambda number: float(math.floor(number)))
_whole = _rounding("round", _half_up)


def round_half_up(at: Position, value: Value, decimals: Value = 0) -> Value:
    """`round(2.675, 2)` is 2.68: what is rounded are the digits that a float shows.

    A half goes up; where `decimals` are wanted, away from 0.
    """
    if type(decimals) is not int:
        raise wrong_type("round()", "a number of decimals", decimals, at)
    if decimals < 0:
        raise Invalid(
            "illegal_argument",
            f"round() needs a number of decimals >= 0, but got {decimals}{place(at)}.",
            code=Code.OUT_OF_RANGE,
        )
    if decimals == 0:
        return _whole(at, value)
    number = float(_number("round", value, at))
    # Where as many digits are shown, or it is no number, nothing is to be rounded.
    shown = Decimal(repr(number))
    exponent = shown.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= decimals:
        return number
    return float(shown.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _analytic(name: str, function: Callable[[float], float]) -> Callable[..., Value]:
    def apply(at: Position, value: Value) -> Value:
        number = float(_number(name, value, at))
        try:
            return function(number)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return apply


def _log(number: float) -> float:
    return -math.inf if number == 0 else math.log(number)


def _log10(number: float) -> float:
    return -math.inf if number == 0 else math.log10(number)


def _cot(number: float) -> float:
    tangent = math.tan(number)
    return math.inf if tangent == 0 else 1.0 / tangent


def is_nan(at: Position, value: Value) -> Value:
    return math.isnan(_number("isNaN", value, at))


exponential = _analytic("exp", math.exp)
haversin = _analytic("haversin", lambda number: (1.0 - math.cos(number)) / 2.0)
log = _analytic("log", _log)
log10 = _analytic("log10", _log10)
sqrt = _analytic("sqrt", math.sqrt)
acos = _analytic("acos", math.acos)
asin = _analytic("asin", math.asin)
atan = _analytic("atan", math.atan)
cos = _analytic("cos", math.cos)
cot = _analytic("cot", _cot)
degrees = _analytic("degrees", math.degrees)
radians = _analytic("radians", math.radians)
sin = _analytic("sin", math.sin)
tan = _analytic("tan", math.tan)


def atan2(at: Position, one: Value, two: Value) -> Value:
    return math.atan2(float(_number("atan2", one, at)), float(_number("atan2", two, at)))
