"""Lists and maps: indexing, slicing and the list functions.

Above: `evaluate`, `functions`. Below: `values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base import limits
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.values.order import order_key
from seaglass.engine.values.types import Path

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.types import Value

# A list longer than this is a mistake in the query; it would fill the memory before anything could
# count it.
limits.RANGE_ITEMS_MAX = 50_000_000


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


def length(at: Position, value: Value) -> Value:
    if isinstance(value, Path):
        return len(value.edges)
    if isinstance(value, list | str):
        return len(value)
    raise wrong_type("length()", "a path", value, at)


def reverse(at: Position, value: Value) -> Value:
    if not isinstance(value, list | str):
        raise wrong_type("reverse()", "a list or string", value, at)
    return value[::-1]


def nodes(at: Position, path: Value) -> Value:
    if not isinstance(path, Path):
        raise wrong_type("nodes()", "a path", path, at)
    return list(path.nodes)


def relationships(at: Position, path: Value) -> Value:
    if not isinstance(path, Path):
        raise wrong_type("relationships()", "a path", path, at)
    return list(path.edges)


def integers(at: Position, start: Value, stop: Value, step: Value = 1) -> Value:
    """`range(start, stop, step)`, both ends included."""
    for end in (start, stop, step):
        if type(end) is not int:
            raise wrong_type("range()", "an integer", end, at)
    if step == 0:
        raise Invalid("illegal_argument", f"range() needs a step that is not 0{place(at)}.")
    numbers = range(start, stop + (1 if step > 0 else -1), step)  # type: ignore[operator, arg-type]
    if len(numbers) > limits.RANGE_ITEMS_MAX:
        raise Invalid(
            "illegal_argument",
            f"range() would give {len(numbers)} items, more than {limits.RANGE_ITEMS_MAX}{place(at)}.",
        )
    return list(numbers)


def unique(at: Position, items: Value) -> Value:
    """collToSet: the first of equivalent elements, in order."""
    found: dict[bytes, Value] = {}
    for value in _items("collToSet", items, at):
        found.setdefault(order_key(value), value)
    return list(found.values())


def subtract(at: Position, first: Value, second: Value) -> Value:
    removed = {order_key(value) for value in _items("collSubtract", second, at)}
    kept = {order_key(value): value for value in _items("collSubtract", first, at)}
    return [value for key, value in kept.items() if key not in removed]


def intersection(at: Position, first: Value, second: Value) -> Value:
    other = {order_key(value) for value in _items("collIntersection", second, at)}
    kept = {order_key(value): value for value in _items("collIntersection", first, at)}
    return [value for key, value in kept.items() if key in other]


def without_key(at: Position, mapping: Value, key: Value) -> Value:
    """removeKeyFromMap."""
    if not isinstance(mapping, dict):
        raise wrong_type("removeKeyFromMap()", "a map", mapping, at)
    if not isinstance(key, str):
        raise wrong_type("removeKeyFromMap()", "a string as key", key, at)
    return {name: value for name, value in mapping.items() if name != key}
