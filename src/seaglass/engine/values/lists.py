"""MIXED columns of lists, held as one column of all their elements.

Above: `engine/exec`, `json`, `records`, `arrow`. Below: `column`, `coded`.
What split(), collect() and their kin make is mostly taken apart again by UNWIND, size() or `[0]`: here no
element is an object in between.

    row     its list is `items[starts[row] : starts[row] + counts[row]]`

Lists may overlap: a row that is taken many times, as behind an UNWIND, is a place and a length each time.

Invariants: as `column` says; where a row is null, its count is 0; elements that no row has do not make up
most of `items` for long: `take` leaves them behind.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.column import Column, Packed
from seaglass.engine.values.parts import spans
from seaglass.engine.values.types import Kind
from seaglass.engine.values.words import Words, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

    Numbers = NDArray[np.int64]

# Elements are left behind where there are so many times as many as are in use.
_LEFT_SHARE = 4
# Elements that become objects between two looks at whether the query shall end.
_OBJECTS_AT_ONCE = 1 << 14


class Lists(Packed):
    """Args: starts, counts: int64[n]; items: the elements"""

    __slots__ = ("_ends", "counts", "items", "starts")
    _ends: Numbers

    def __init__(
        self, starts: Numbers, counts: Numbers, items: Column, valid: NDArray[np.bool_] | None
    ) -> None:
        self.kind = Kind.MIXED  # type: ignore[misc]
        self.valid = valid  # type: ignore[misc]
        self.starts: Final = starts
        self.counts: Final = counts
        self.items: Final = items

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def nbytes(self) -> int:
        return self.starts.nbytes + self.counts.nbytes

    @property
    def within(self) -> tuple[Column, ...]:
        return (self.items,)

    @property
    def ends(self) -> Numbers:
        """int64[n]: where the elements of each row end, counted over all rows."""
        try:
            return self._ends
        except AttributeError:
            self._ends = np.cumsum(self.counts)
            return self._ends

    @property
    def total(self) -> int:
        """How many elements all rows have."""
        return int(self.ends[-1]) if len(self) else 0

    @property
    def base(self) -> int | None:
        """Where in `items` the elements of all rows stand one after the other; None where they do not."""
        rows = np.flatnonzero(self.counts)
        if not len(rows):
            return 0
        befores = self.starts[rows] - (self.ends[rows] - self.counts[rows])
        return int(befores[0]) if (befores == befores[0]).all() else None

    def to_list(self) -> list[Value]:
        if _LEFT_SHARE * self.total < len(self.items):
            return self.alone().to_list()
        flat = self.items.to_list()
        pairs = zip(self.starts.tolist(), self.counts.tolist(), strict=True)
        values: list[Value]
        if self.total > len(flat):
            # A list that stands in many rows is one object in all of them.
            known: dict[tuple[int, int], list[Value]] = {}
            values = []
            for pair in pairs:
                found = known.get(pair)
                if found is None:
                    found = known[pair] = flat[pair[0] : pair[0] + pair[1]]
                values.append(found)
        else:
            values = [flat[start : start + count] for start, count in pairs]
        if self.valid is not None:
            for row in np.flatnonzero(~self.valid).tolist():
                values[row] = None
        return values

    def reader(self) -> Callable[[int], Value]:
        def read(row: int) -> Value:
            if self.valid is not None and not self.valid[row]:
                return None
            start = int(self.starts[row])
            return self.items.slice(start, start + int(self.counts[row])).to_list()

        return read

    def only(self, check: Check) -> Value:
        """The value of the only row, a part at a time. Raises: what `check` raises"""
        if self.valid is not None:
            return None
        found: list[Value] = []
        for span in spans(self.total, check, _OBJECTS_AT_ONCE):
            start = int(self.starts[0]) + span.start
            found += self.items.slice(start, start + span.stop - span.start).to_list()
        return found

    def take(self, rows: NDArray[np.int64]) -> Column:
        valid = None if self.valid is None else self.valid[rows]
        found = self._with(self.starts[rows], self.counts[rows], valid)
        return found.alone() if _LEFT_SHARE * found.total < len(self.items) else found

    def slice(self, start: int, stop: int) -> Column:
        valid = None if self.valid is None else self.valid[start:stop]
        starts, counts = self.starts[start:stop], self.counts[start:stop]
        rows = np.flatnonzero(counts)
        if len(rows):
            low, high = int(starts[rows].min()), int((starts[rows] + counts[rows]).max())
            if counts.sum() <= high - low < len(self.items):
                # Lists that stand in many rows keep their elements, so that parts are joined again
                # without making them many.
                starts = np.where(counts > 0, starts - low, 0)
                return Lists(starts, counts, self.items.slice(low, high), _tidy(valid))
        return self._with(starts, counts, valid)

    def masked(self, valid: NDArray[np.bool_]) -> Column:
        return self._with(self.starts, np.where(valid, self.counts, 0), valid)

    def joined(self, parts: Sequence[Column]) -> Column | None:
        starts: list[Numbers] = []
        counts: list[Numbers] = []
        # By identity, with where its elements begin.
        places: dict[int, int] = {}
        items: list[Column] = []
        length = 0
        for part in parts:
            if part.kind is Kind.NULL:
                starts.append(np.zeros(len(part), np.int64))
                counts.append(starts[-1])
                continue
            if not isinstance(part, Lists):
                return None
            place = places.get(id(part.items))
            if place is None:
                place = places[id(part.items)] = length
                items.append(part.items)
                length += len(part.items)
            starts.append(part.starts + place)
            counts.append(part.counts)
        valid = np.concatenate([~part.is_null() for part in parts])
        return Lists(
            np.concatenate(starts), np.concatenate(counts), cols.concat(items), _tidy(valid)
        )

    def replaced(self, rows: NDArray[np.int64], values: Column) -> Column | None:
        del rows, values  # Nothing that is stored is such a column.
        return None

    def elements(self, start: int, stop: int) -> tuple[Numbers, Column]:
        """Elements `start <= place < stop`, counted over all rows in order, and the row of each; narrow
        where they are not."""
        ends = self.ends
        first, last = np.searchsorted(ends, (start, stop - 1), "right").tolist()
        counts = self.counts[first : last + 1].copy()
        counts[0] = ends[first] - start
        counts[-1] -= ends[last] - stop
        rows = np.repeat(np.arange(first, last + 1), counts)
        base = self.base
        if base is not None:
            found = self.items.slice(base + start, base + stop)
        else:
            begins = self.starts + self.counts - ends
            places = begins[rows] + np.arange(start, stop)
            words = isinstance(self.items, Words)
            found = self.items.take(places) if words else cols.taken(self.items, places)
        return rows, _narrow(found)

    def element(self, rows: Numbers, position: int) -> Column:
        """One element of each of some rows, which have so many."""
        return _narrow(self.items.take(self.starts[rows] + position))

    def at(self, indexes: Numbers | int) -> Column:
        """The element of each row at an index, from the end where negative; null outside.

        Args: indexes: int64[n], or the same for all rows
        """
        counted = np.where(np.asarray(indexes) < 0, indexes + self.counts, indexes)
        inside = (counted >= 0) & (counted < self.counts)
        return _narrow(self.items.take_or_null(np.where(inside, self.starts + counted, -1)))

    def cut(self, start: int, stop: int) -> Lists:
        """`list[start..stop]` of each row, as Python cuts it."""
        low, high = (
            np.clip(np.where(end < 0, self.counts + end, end), 0, self.counts)
            for end in (start, stop)
        )
        return self._with(self.starts + low, np.maximum(high - low, 0), self.valid)

    def alone(self) -> Lists:
        """The same with no elements but those in use, each row with its own."""
        ends = self.ends
        begins = self.starts + self.counts - ends
        places = np.repeat(begins, self.counts) + np.arange(self.total)
        return Lists(ends - self.counts, self.counts, self.items.take(places), self.valid)

    def _with(self, starts: Numbers, counts: Numbers, valid: NDArray[np.bool_] | None) -> Lists:
        """Lists of the same elements. Args: valid: may be all True"""
        return Lists(starts, counts, self.items, _tidy(valid))


def _few(texts: Column) -> Column:
    """Elements of a table as words, where they are texts: as many rows share each."""
    if texts.kind is not Kind.STRING:
        return texts
    values: list[Any] = texts.to_list()
    return words_of(values, np.arange(len(values)), None) or texts


def _narrow(column: Column) -> Column:
    if column.kind is not Kind.MIXED or isinstance(column, Packed):
        return column
    return cols.from_values(column.to_list())


def _tidy(valid: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    return None if valid is None or valid.all() else valid


def listed(counts: Numbers, items: Column, valid: NDArray[np.bool_] | None = None) -> Lists:
    """Lists of so many elements each, which stand one after the other.

    Args: valid: may be all True; where it is not, the count is 0
    """
    return Lists(np.cumsum(counts) - counts, counts, items, _tidy(valid))


def lists_of(column: Column) -> Lists | None:
    """The column as lists; None where a value is neither a list nor null.

    Cost: some 10 ns a row and element where it is not such a column; a list that stands in many rows
        counts once
    """
    if isinstance(column, Lists):
        return column
    if column.kind is Kind.NULL:
        nothing = np.zeros(len(column), np.int64)
        return Lists(nothing, nothing, cols.nulls(0), column.valid)
    if column.kind is not Kind.MIXED:
        return None
    if isinstance(column, Coded):
        table = _of_values(list(column.table), None) if _only_lists(column.table) else None
        if table is None:
            return None
        codes = np.where(column.is_null(), 0, column.codes)
        counts = np.where(column.is_null(), 0, table.counts[codes])
        return Lists(table.starts[codes], counts, _few(_narrow(table.items)), column.valid)
    values = column.data.tolist()
    return _of_values(values, column.valid) if _only_lists(values) else None


def _only_lists(values: Sequence[Value]) -> bool:
    return set(map(type, values)) <= {list, type(None)}


def _of_values(values: list[Any], valid: NDArray[np.bool_] | None) -> Lists:
    places: dict[int, int] = {}
    distinct: list[list[Value]] = []
    codes = np.empty(len(values), np.int64)
    for row, value in enumerate(values):
        place = places.setdefault(id(value), len(places))
        if place == len(distinct):
            distinct.append(value or [])
        codes[row] = place
    counts = np.fromiter(map(len, distinct), np.int64, len(distinct))
    items = cols.mixed(list(chain.from_iterable(distinct)))
    return Lists((np.cumsum(counts) - counts)[codes], counts[codes], items, valid)
