"""Work of NumPy on very many rows, in parts between which a query may end.

Above: `column`, `order`, the executor's operators. Below: NumPy, Arrow.
A call of NumPy cannot be stopped, and tens of millions of rows take it more than a tenth of a
second, most of it for memory that is touched for the first time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Check = Callable[[], None]

Made = TypeVar("Made")

# Some milliseconds of work.
PART_ROWS = 1 << 20
# The same where each row is somewhere else in memory.
FAR_ROWS = 1 << 17
# The same where Python makes an object of each.
_OBJECTS_AT_ONCE = 1 << 14
# Of texts that are joined, so many are copied by one call.
_TEXT_BYTES_AT_ONCE = 8 * 1024 * 1024


def spans(rows: int, check: Check, most: int | None = None) -> Iterator[slice]:
    """Slices that cover so many rows, in order.

    Args:
        check: called before each but the first; raises when the query must end
        most: rows of a slice; PART_ROWS if not given
    """
    step = PART_ROWS if most is None else most
    for start in range(0, rows, step):
        if start:
            check()
        yield slice(start, min(start + step, rows))


def mapped(
    make: Callable[[NDArray[Any]], NDArray[Any]], array: NDArray[Any], check: Check
) -> NDArray[Any]:
    """What `make` gives for the array, a row for each of its rows. Raises: what `check` raises"""
    if len(array) <= FAR_ROWS:
        return make(array)
    return joined([make(array[span]) for span in spans(len(array), check, FAR_ROWS)], check)


def taken(array: NDArray[Any], places: NDArray[Any], check: Check) -> NDArray[Any]:
    """The array's items at the places. Raises: what `check` raises"""
    return mapped(lambda part: array[part], places, check)


def joined(arrays: Sequence[NDArray[Any]], check: Check) -> NDArray[Any]:
    """The arrays one after the other; all are of one dtype. Raises: what `check` raises"""
    rows = sum(map(len, arrays))
    if rows <= PART_ROWS:
        return np.concatenate(arrays)
    whole = np.empty(rows, arrays[0].dtype)
    begin = 0
    for array in arrays:
        check()
        for span in spans(len(array), check):
            whole[begin + span.start : begin + span.stop] = array[span]
        begin += len(array)
    return whole


def joined_texts(arrays: Sequence[pa.LargeStringArray], check: Check) -> pa.LargeStringArray:
    """The texts of all arrays, one after the other. Raises: what `check` raises"""
    if sum(array.nbytes for array in arrays) <= _TEXT_BYTES_AT_ONCE:
        return pa.concat_arrays(arrays)
    data: list[NDArray[np.uint8]] = []
    ends: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
    size = 0
    for array in arrays:
        if not len(array):
            continue
        _, offsets, texts = array.buffers()
        places = np.frombuffer(offsets, np.int64, len(array) + 1, 8 * array.offset)
        first, last = int(places[0]), int(places[-1])
        data.append(np.frombuffer(texts or b"", np.uint8)[first:last])
        ends.append(places[1:] + (size - first))
        size += last - first
    buffers = [pa.py_buffer(joined(ends, check)), pa.py_buffer(joined(data, check))]
    return pa.LargeStringArray.from_buffers(sum(map(len, arrays)), *buffers)


def objects(make: Callable[[int], Made], numbers: Sequence[int], check: Check) -> tuple[Made, ...]:
    """`make` of each number. Raises: what `check` raises"""
    if len(numbers) <= _OBJECTS_AT_ONCE:
        return tuple(map(make, numbers))
    found: list[Made] = []
    for span in spans(len(numbers), check, _OBJECTS_AT_ONCE):
        found += map(make, numbers[span])
    return tuple(found)


def numbered(rows: int, check: Check) -> NDArray[np.int64]:
    """int64[rows]: 0, 1, 2 ... Raises: what `check` raises"""
    if rows <= PART_ROWS:
        return np.arange(rows)
    whole = np.empty(rows, np.int64)
    for span in spans(rows, check):
        whole[span] = np.arange(span.start, span.stop)
    return whole


def bounds(numbers: NDArray[np.int64], check: Check) -> tuple[int, int]:
    """The least and the greatest number; there is at least one. Raises: what `check` raises"""
    if len(numbers) <= PART_ROWS:
        return int(numbers.min()), int(numbers.max())
    parts = [numbers[span] for span in spans(len(numbers), check)]
    low, high = int(parts[0].min()), int(parts[0].max())
    for part in parts[1:]:
        check()
        low, high = min(low, int(part.min())), max(high, int(part.max()))
    return low, high


def distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[k]: the numbers, each once, ascending.

    Cost: some 60 ns a number. NumPy's `unique` takes a microsecond where most of them differ.
    """
    ordered = np.sort(numbers)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))]
