"""What `=` and `<` say about two values: true, false, or None for unknown.

Above: `exec/expressions` (the mixed path of every comparison). Below: `types`.
Numbers compare by their exact mathematical value, integer with float too; NaN is equal to nothing
and neither smaller nor larger than a number. Values of different types are unequal and have no
order. Lists compare element by element, the first difference decides. Temporal values are equal
where all that they show is; those of one type compare as `temporal.sort_key` says. Durations, maps,
nodes, edges and paths have no order.

Source: openCypher 9, "Comparability and equality"; CIP2016-06-14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.values.temporal import INSTANTS, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

# What `compare` gives when a NaN takes part: both sides are numbers, yet no comparison of them
# holds.
UNORDERED = 2
# Items that are compared between two looks at whether the query shall end: some 10 ms.
_MANY_ITEMS = 32_768


def equal(left: Value, right: Value, check: Check | None = None) -> bool | None:
    """`left = right`. Args: check: called between many items of lists; raises when the query must end"""
    if left is None or right is None:
        return None
    kind = type(left)
    if kind is type(right):
        if kind is list:
            return _equal_lists(left, right, check)  # type: ignore[arg-type]
        if kind is dict:
            return _equal_maps(left, right, check)  # type: ignore[arg-type]
        return left == right
    if kind in (int, float) and type(right) in (int, float):
        return left == right
    return False


def compare(left: Value, right: Value, check: Check | None = None) -> int | None:
    """-1, 0 or 1 as `left` is smaller, equal or larger; UNORDERED with NaN; None where there is no
    order. Args: check: as `equal` says"""
    if left is None or right is None:
        return None
    kind, other = type(left), type(right)
    if kind in (int, float) and other in (int, float):
        if left != left or right != right:
            return UNORDERED
        return (left > right) - (left < right)  # type: ignore[operator]
    if kind is not other:
        return None
    if kind is str or kind is bool:
        return (left > right) - (left < right)  # type: ignore[operator]
    if kind is list:
        return _compare_lists(left, right, check)  # type: ignore[arg-type]
    if isinstance(left, INSTANTS) and isinstance(right, INSTANTS):
        one, two = sort_key(left), sort_key(right)
        return (one > two) - (one < two)
    return None


def _equal_lists(left: list[Value], right: list[Value], check: Check | None) -> bool | None:
    if len(left) != len(right):
        return False
    unknown = False
    for one, two in _pairs(left, right, check):
        same = equal(one, two, check)
        if same is False:
            return False
        unknown = unknown or same is None
    return None if unknown else True


def _equal_maps(
    left: dict[str, Value], right: dict[str, Value], check: Check | None
) -> bool | None:
    if left.keys() != right.keys():
        return False
    return _equal_lists(list(left.values()), [right[key] for key in left], check)


def _compare_lists(left: list[Value], right: list[Value], check: Check | None) -> int | None:
    for one, two in _pairs(left, right, check):
        order = compare(one, two, check)
        if order != 0:
            return order
    return (len(left) > len(right)) - (len(left) < len(right))


def _pairs(
    left: list[Value], right: list[Value], check: Check | None
) -> Iterable[tuple[Value, Value]]:
    """The items side by side, as far as both go."""
    if check is None or min(len(left), len(right)) <= _MANY_ITEMS:
        return zip(left, right, strict=False)
    return _looked_at(left, right, check)


def _looked_at(
    left: list[Value], right: list[Value], check: Check
) -> Iterator[tuple[Value, Value]]:
    for start in range(0, min(len(left), len(right)), _MANY_ITEMS):
        check()
        end = start + _MANY_ITEMS
        yield from zip(left[start:end], right[start:end], strict=False)
