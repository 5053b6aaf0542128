"""Lists and maps: indexing, slicing and the list functions; `long_lists` has those that compare items.

Above: `evaluate`, `functions`. Below: `values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base import limits
from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.values.types import INT_MAX

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.types import Value


def _items(name: str, value: Value, at: Position) -> list[Value]:
    if not isinstance(value, list):
        raise wrong_type(f"{name}()", "a list", value, at)
    return value


def item(items: list[Value], index: Value, at: Position) -> Value:
    """`items[index]`, from the end where negative, null outside."""
    if type(index) is not int:
        raise wrong_type("A list index", "an integer", index, at)
    return items[index] if -len(items) <= index < len(items) else None


def slice_of(at: Position, items: Value, start: Value, stop: Value) -> Value:
    """`items[start..stop]`; the ends are cut to the list."""
    if items is None or start is None or stop is None:
        return None
    if not isinstance(items, list):
        raise wrong_type("A slice", "a list", items, at)
    if type(start) is not int or type(stop) is not int:
        end = stop if type(start) is int else start
        raise wrong_type("A slice", "an integer as its end", end, at)
    return items[start:stop]


def head(at: Position, items: Value) -> Value:
    found = _items("head", items, at)
    return found[0] if found else None


def last(at: Position, items: Value) -> Value:
    found = _items("last", items, at)
    return found[-1] if found else None


def tail(at: Position, items: Value) -> Value:
    return _items("tail", items, at)[1:]


def size(at: Position, value: Value) -> Value:
    if not isinstance(value, list | str | dict):
        raise wrong_type("size()", "a list, string or map", value, at)
    return len(value)


def is_empty(at: Position, value: Value) -> Value:
    if not isinstance(value, list | str | dict):
        raise wrong_type("isEmpty()", "a list, string or map", value, at)
    return not value


def reverse(at: Position, value: Value) -> Value:
    if not isinstance(value, list | str):
        raise wrong_type("reverse()", "a list or string", value, at)
    return value[::-1]


def integers(at: Position, start: Value, stop: Value, step: Value = 1) -> Value:
    """`range(start, stop, step)`, both ends included."""
    return list(short_range(at, start, stop, step))


def short_range(at: Position, start: Value, stop: Value, step: Value = 1) -> range:
    """The numbers of a call of range() that a list can hold. Raises: as `number_range`"""
    numbers = number_range(at, start, stop, step)
    if len(numbers) > limits.LIST_ITEMS_MAX:
        raise Invalid(
            "illegal_argument",
            f"range() would give {len(numbers)} items, more than {limits.LIST_ITEMS_MAX}{place(at)}.",
        )
    return numbers


def number_range(at: Position, start: Value, stop: Value, step: Value = 1) -> range:
    """The numbers of a call of range(), not made yet.

    Raises: Invalid(illegal_argument) for arguments that range() does not take
    """
    for end in (start, stop, step):
        if type(end) is not int:
            raise wrong_type("range()", "an integer", end, at, Code.RANGE_TYPE)
    if step == 0:
        message = f"range() needs a step that is not 0{place(at)}."
        raise Invalid("illegal_argument", message, code=Code.OUT_OF_RANGE)
    numbers = range(start, stop + (1 if step > 0 else -1), step)  # type: ignore[operator, arg-type]
    # Python cannot count the items of a longer one.
    if (numbers.stop - numbers.start) // numbers.step > INT_MAX:
        raise Invalid("illegal_argument", f"range() would give too many items{place(at)}.")
    return numbers


def without_key(at: Position, mapping: Value, key: Value) -> Value:
    """removeKeyFromMap."""
    if not isinstance(mapping, dict):
        raise wrong_type("removeKeyFromMap()", "a map", mapping, at)
    if not isinstance(key, str):
        raise wrong_type("removeKeyFromMap()", "a string as key", key, at)
    return {name: value for name, value in mapping.items() if name != key}
