"""What a property's value must be, as ranges of numbers, of texts, and of keys of other values.

Above: `value_index`, `seek`, the executor's look-ups. Below: `engine/values`.
A condition such as `n.age > 90`, `n.born < date('2000-01-01')` or `n.x IN [1, 'a', true]` is true
only for numbers in some ranges, texts in some ranges, and booleans and temporal values in some
ranges. Of lists nothing is said: they may fulfil it.

Texts are compared as UTF-8 bytes, whose order is that of their characters; booleans and temporal
values by their `order_key`, whose first byte is their type.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seaglass.base import limits
from seaglass.engine.values.order import order_key, text_order_key
from seaglass.engine.values.temporal import Instant, Temporal
from seaglass.engine.values.types import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seaglass.engine.values.types import Value

Bound = int | float | bytes


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers, or texts, or keys, from `low` to `high`; None: without an end; NaN is no bound.

    Args: low_in / high_in: whether the bound itself belongs to it
    """

    low: Bound | None
    high: Bound | None
    low_in: bool
    high_in: bool

    @classmethod
    def point(cls, value: Bound) -> Range:
        return cls(value, value, low_in=True, high_in=True)

    def holds(self, value: Bound) -> bool:
        """Whether a value of the kind of the bounds is in it; NaN never."""
        low, high = self.low, self.high
        if low is not None and not (value >= low if self.low_in else value > low):  # type: ignore[operator]
            return False
        if high is not None and not (value <= high if self.high_in else value < high):  # type: ignore[operator]
            return False
        return value == value

    def meets(self, least: Bound, greatest: Bound) -> bool:
        """Whether some value between the two, these included, may be in it."""
        low, high = self.low, self.high
        if low is not None and not (greatest >= low if self.low_in else greatest > low):  # type: ignore[operator]
            return False
        return high is None or (least <= high if self.high_in else least < high)  # type: ignore[operator]

    def and_(self, other: Range) -> Range:
        """What is in both."""
        low, low_in = _inner(self.low, self.low_in, other.low, other.low_in, 1)
        high, high_in = _inner(self.high, self.high_in, other.high, other.high_in, -1)
        return Range(low, high, low_in, high_in)


def _inner(
    one: Bound | None, one_in: bool, two: Bound | None, two_in: bool, sign: int
) -> tuple[Bound | None, bool]:
    """The narrower of two bounds; `sign`: 1 where the larger one is."""
    if one is None or two is None:
        return (two, two_in) if one is None else (one, one_in)
    if one == two:
        return one, one_in and two_in
    larger = one > two  # type: ignore[operator]
    return (one, one_in) if larger is (sign > 0) else (two, two_in)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The numbers, the texts, and the keys of booleans and temporal values for which a condition
    may be true."""

    numbers: tuple[Range, ...]
    texts: tuple[Range, ...]
    keyed: tuple[Range, ...]

    def may_hold(self, value: Value) -> bool:
        """Whether the condition may be true for a value; exact but for lists."""
        match value:
            case None:
                return False
            case bool():
                return self._holds_key(order_key(value))
            case int() | float():
                return any(part.holds(value) for part in self.numbers)
            case str():
                encoded = _encoded(value)
                return any(part.holds(encoded) for part in self.texts)
            case list():
                return True
            case _:
                return self._holds_key(order_key(value))

    def _holds_key(self, key: bytes) -> bool:
        return any(part.holds(key) for part in self.keyed)

    def as_keys(self) -> list[Range]:
        """All of it as ranges of `order_key`."""
        parts = [_of_rank(_NUMBER_RANK, _up_to_infinity(part), order_key) for part in self.numbers]
        parts += [_of_rank(_TEXT_RANK, part, text_order_key) for part in self.texts]
        return [*parts, *self.keyed]

    def and_(self, other: Wanted) -> Wanted | None:
        """Where both conditions may be true; None where that would be too many ranges."""
        numbers = [one.and_(two) for one in self.numbers for two in other.numbers]
        texts = [one.and_(two) for one in self.texts for two in other.texts]
        keyed = [one.and_(two) for one in self.keyed for two in other.keyed]
        if max(len(numbers), len(texts), len(keyed)) > limits.VALUE_RANGES_MAX:
            return None
        return Wanted(tuple(numbers), tuple(texts), tuple(keyed))


NOTHING = Wanted((), (), ())
_NUMBER_RANK, _TEXT_RANK = order_key(0)[:1], order_key("")[:1]


def _of_rank(rank: bytes, part: Range, key: Callable[[Any], bytes]) -> Range:
    """A range as one of keys, all of which begin with `rank`."""
    low = rank if part.low is None else key(part.low)
    high = _after(rank) if part.high is None else key(part.high)
    return Range(low, high, part.low_in, part.high_in)


def _up_to_infinity(part: Range) -> Range:
    """A range of numbers whose keys leave out that of NaN, which comes after all others."""
    return part if part.high is not None else replace(part, high=math.inf, high_in=True)


def _after(rank: bytes) -> bytes:
    """What follows all keys that begin with the rank."""
    return bytes([rank[0] + 1])


def equal_to(values: Iterable[Value]) -> Wanted | None:
    """`n.key = value` for one of the values; None where they are too many."""
    numbers: list[Range] = []
    texts: list[Range] = []
    keyed: list[Range] = []
    for value in values:
        bound = _bound(value)
        if bound is not None:
            (texts if isinstance(bound, bytes) else numbers).append(Range.point(bound))
        elif isinstance(value, bool | Temporal):
            keyed.append(Range.point(order_key(value)))
        if max(len(numbers), len(texts), len(keyed)) > limits.VALUE_RANGES_MAX:
            return None
    return Wanted(tuple(numbers), tuple(texts), tuple(keyed))


def above(value: Value, *, included: bool) -> Wanted:
    """`n.key > value`, or `>=`."""
    if isinstance(value, bool | Instant):
        key = order_key(value)
        return Wanted((), (), (Range(key, _after(key), included, high_in=False),))
    bound = _bound(value)
    return _of(None if bound is None else Range(bound, None, included, high_in=False))


def below(value: Value, *, included: bool) -> Wanted:
    """`n.key < value`, or `<=`."""
    if isinstance(value, bool | Instant):
        key = order_key(value)
        return Wanted((), (), (Range(key[:1], key, low_in=True, high_in=included),))
    bound = _bound(value)
    return _of(None if bound is None else Range(None, bound, low_in=False, high_in=included))


def starting_with(value: Value) -> Wanted:
    """`n.key STARTS WITH value`."""
    if not isinstance(value, str):
        return NOTHING
    low = _encoded(value)
    if not low:
        return _of(Range(low, None, low_in=True, high_in=False))
    # No byte of UTF-8 is 255, so that the last can always be one more.
    return _of(Range(low, low[:-1] + bytes([low[-1] + 1]), low_in=True, high_in=False))


def _of(part: Range | None) -> Wanted:
    if part is None:
        return NOTHING
    bound = part.high if part.low is None else part.low
    return Wanted((), (part,), ()) if isinstance(bound, bytes) else Wanted((part,), (), ())


def _bound(value: Value) -> Bound | None:
    """A number or text as a bound; None of what is neither, and where nothing compares with it."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return None if math.isnan(value) else value
        case str():
            return _encoded(value)
        case _:
            return None


def _encoded(text: str) -> bytes:
    """UTF-8; of a lone surrogate too, which a query may name, at its place in the order."""
    return text.encode("utf-8", "surrogatepass")


def integers(part: Range) -> tuple[int, int] | None:
    """The least and the greatest 64-bit integer in a range of numbers; None where none is."""
    low, high = part.low, part.high
    least, greatest = INT_MIN, INT_MAX
    if isinstance(low, float):
        if low == math.inf:
            return None
        if low != -math.inf:
            least = math.ceil(low) + (low.is_integer() and not part.low_in)
    elif isinstance(low, int):
        least = low + (not part.low_in)
    if isinstance(high, float):
        if high == -math.inf:
            return None
        if high != math.inf:
            greatest = math.floor(high) - (high.is_integer() and not part.high_in)
    elif isinstance(high, int):
        greatest = high - (not part.high_in)
    least, greatest = max(least, INT_MIN), min(greatest, INT_MAX)
    return (least, greatest) if least <= greatest else None


def floats(part: Range) -> tuple[float, bool, float, bool]:
    """The floats of a range of numbers: the least, whether it is in it, the greatest, and the same
    of it; those with no end reach to infinity."""
    low, low_in = -math.inf, True
    if isinstance(part.low, int | float):
        low, low_in = float(part.low), part.low_in
        # No float is the integer itself: the nearest one stands for it, on one side or the other.
        if low != part.low:
            low_in = low > part.low
    high, high_in = math.inf, True
    if isinstance(part.high, int | float):
        high, high_in = float(part.high), part.high_in
        if high != part.high:
            high_in = high < part.high
    return low, low_in, high, high_in
