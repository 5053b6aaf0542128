"""What operators hold: charged to the query's budget, and given back however they end.

Above: the operators. Below: `context`, for its budget; `engine/values`.
Memory of values is an estimate: exact for typed columns, by kinds and samples for mixed ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from seaglass.engine.values.column import Column, Packed
from seaglass.engine.values.types import Kind, Path
from seaglass.engine.values.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Budget
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

# CPython's sizes: a number or entity with its place; the empty containers; an entry of each.
_OBJECT_BYTES = 40
_TEXT_BYTES = 57
_LIST_BYTES = 64
_MAP_BYTES = 200
_ENTRY_BYTES = 8
_MAP_ENTRY_BYTES = 60
# A change is held until the commit and stands in the version; the entry of the log that it becomes is
# there as it was, sealed, and in its frame.
_WRITTEN_TIMES = 5
# Of these types all values take _OBJECT_BYTES.
_PLAIN = frozenset({type(None), bool, int, float})
_PLAIN_OR_TEXT = _PLAIN | {str}
_MAPS = {dict}
# Elements of a list that stand for all of it.
_SAMPLES = 16
# The same for a column of more rows than a frame has.
_SAMPLED_ROWS = 8_192
_COUNTED_ROWS = 65_536
# 2^64 divided by the golden ratio: its multiples lie scattered.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Held:
    """What one operator holds; as a context manager it gives all of it back at the end."""

    __slots__ = ("_budget", "_bytes", "_check")

    def __init__(self, budget: Budget | None, check: Callable[[], None]) -> None:
        """check: called between many frames; raises when the query must end"""
        self._budget = budget
        self._bytes = 0
        self._check = check

    def add(self, amount_bytes: int) -> None:
        """Counts so much more; a negative amount gives it back.

        Raises: Exhausted(memory) past the limit
        """
        if self._budget is not None:
            self._bytes += amount_bytes
            self._budget.charge(amount_bytes)

    def set(self, amount_bytes: int) -> None:
        """Counts so much, instead of what was counted before. Raises: as `add`."""
        self.add(amount_bytes - self._bytes)

    def keep(self, frame: Frame) -> None:
        """Counts a frame as well. Raises: as `add`."""
        if self._budget is not None:
            self.add(frame_bytes(frame))

    def keep_only(self, frames: Iterable[Frame]) -> None:
        """Counts these frames, instead of what was counted before. Raises: as `add`; Interrupted"""
        if self._budget is not None:
            total = 0
            for frame in frames:
                self._check()
                total += frame_bytes(frame)
            self.set(total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bytes:
            self.set(0)


def written_bytes(change: Change) -> int:
    """About how much memory a change takes until it is committed."""
    parts = [getattr(change, name) for name in type(change).__slots__]
    size = _MAP_BYTES
    for part in parts:
        if isinstance(part, np.ndarray):
            size += part.nbytes
        elif isinstance(part, Column):
            size += column_bytes(part)
        elif isinstance(part, Mapping):
            size += sum(map(column_bytes, part.values()))
    return _WRITTEN_TIMES * size


def frame_bytes(frame: Frame) -> int:
    """About how much memory a frame takes."""
    total = 0
    for column in frame.columns.values():
        total += column_bytes(column)
    return total


def column_bytes(column: Column) -> int:
    """About how much memory a column takes."""
    if column.kind is Kind.MIXED and isinstance(column, Packed):
        size = column.nbytes + sum(map(column_bytes, column.within))
        return size if column.valid is None else size + column.valid.nbytes
    if len(column) == 1:
        return value_bytes(column.value(0))
    if isinstance(column, Words):
        return column.nbytes if column.valid is None else column.nbytes + column.valid.nbytes
    if column.kind is Kind.MIXED:
        values = column.data
        if len(values) > _COUNTED_ROWS:
            return _about_bytes(values)
        if len(values) > 1 and values[0] is values[1]:
            # Rows that hold the same, as behind an UNWIND, hold it together.
            distinct = list({id(value): value for value in values}.values())
            return values_bytes(distinct) + _ENTRY_BYTES * (len(values) - len(distinct))
        return values_bytes(values)
    size = int(column.data.nbytes)
    return size if column.valid is None else size + column.valid.nbytes


def _about_bytes(values: NDArray[np.object_]) -> int:
    """As large as samples say: a step of Python for each of millions takes seconds."""
    # Scattered, since what comes again and again in the rows may do so in any step.
    mixed = np.arange(_SAMPLED_ROWS, dtype=np.uint64) * _GOLDEN >> np.uint64(32)
    samples: list[Value] = values[(mixed % len(values)).astype(np.int64)].tolist()
    distinct = list({id(value): value for value in samples}.values())
    if 2 * len(distinct) <= len(samples):
        # Rows that hold the same hold it together.
        return values_bytes(distinct) + _ENTRY_BYTES * len(values)
    return values_bytes(samples) * len(values) // len(samples)


def values_bytes(values: Sequence[Value]) -> int:
    """About how much memory these values take, and a list of them."""
    if set(map(type, values)) == _MAPS:
        return _maps_bytes(values) + _ENTRY_BYTES * len(values)
    return sum(map(value_bytes, values)) + _ENTRY_BYTES * len(values)


def _maps_bytes(maps: Sequence[Any], known: dict[int, int] | None = None) -> int:
    """`value_bytes` of all of these maps, without a step of Python for each: rows that are given as
    parameters come by the hundred thousand."""
    items = list(chain.from_iterable(map(dict.values, maps)))
    kinds = set(map(type, items))
    if kinds <= _PLAIN:
        inside = _OBJECT_BYTES * len(items)
    elif kinds <= _PLAIN_OR_TEXT:
        texts = [item for item in items if type(item) is str]
        inside = _OBJECT_BYTES * (len(items) - len(texts)) + _TEXT_BYTES * len(texts)
        inside += sum(map(len, texts))
    else:
        inside = _inside_bytes(items, known)
    return _MAP_BYTES * len(maps) + _MAP_ENTRY_BYTES * len(items) + inside


def _inside_bytes(items: Sequence[Value], known: dict[int, int] | None) -> int:
    """What the items of a list or map take. What stands in it several times counts as often, but is
    gone through once: `[s, s]` forty times inside itself has 2 ** 40 items."""
    known = {} if known is None else known
    total = 0
    for item in items:
        if type(item) is list or type(item) is dict:
            size = known.get(id(item))
            if size is None:
                size = known[id(item)] = value_bytes(item, known)
            total += size
        else:
            total += value_bytes(item)
    return total


def value_bytes(value: Value, known: dict[int, int] | None = None) -> int:
    """About how much memory a value takes. A long list is as large as its samples say.

    Args: known: what lists and maps around it are known to take, by `id`
    """
    if type(value) in _PLAIN:
        return _OBJECT_BYTES
    if isinstance(value, dict):
        return _maps_bytes((value,), known)
    if isinstance(value, str):
        return _TEXT_BYTES + len(value)
    if isinstance(value, list):
        count = len(value)
        if count <= _SAMPLES:
            return _LIST_BYTES + _inside_bytes(value, known) + _ENTRY_BYTES * count
        step = count // _SAMPLES
        samples = value[:: step + 1]
        each = _inside_bytes(samples, known) // len(samples) + _ENTRY_BYTES
        return _LIST_BYTES + each * count
    if isinstance(value, Path):
        return _LIST_BYTES + (_OBJECT_BYTES + _ENTRY_BYTES) * (len(value.nodes) + len(value.edges))
    return _OBJECT_BYTES
