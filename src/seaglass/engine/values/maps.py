"""MIXED columns of maps that all have the same keys, held as a column for each key.

Above: `engine/exec`, `json`, `records`. Below: `column`, `dicts`.
What a query's `{id: n.id, name: n.name}` makes is mostly shown, or collected and shown: here no map is an
object in between.

Invariants: as `column` says; keys differ from each other; where a row is null, the columns hold anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column, Packed
from seaglass.engine.values.dicts import dicts
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.types import Value


class Maps(Packed):
    """Args: keys: at least one; columns: one for each, of one length"""

    __slots__ = ("columns", "keys")

    def __init__(
        self, keys: tuple[str, ...], columns: tuple[Column, ...], valid: NDArray[np.bool_] | None
    ) -> None:
        assert keys
        assert len(keys) == len(columns)
        self.kind = Kind.MIXED  # type: ignore[misc]
        self.valid = valid  # type: ignore[misc]
        self.keys = keys
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def nbytes(self) -> int:
        return 0

    @property
    def within(self) -> tuple[Column, ...]:
        return self.columns

    def under(self, key: str) -> Column:
        """What each map has under a key; null where it lacks it, or is null itself."""
        if key not in self.keys:
            return cols.nulls(len(self))
        found = self.columns[self.keys.index(key)]
        if self.valid is None:
            return found
        return cols.masked(found, self.valid if found.valid is None else self.valid & found.valid)

    def to_list(self) -> list[Value]:
        values: list[Any] = dicts(self.keys, [column.to_list() for column in self.columns])
        if self.valid is not None:
            for row in np.flatnonzero(~self.valid).tolist():
                values[row] = None
        return values

    def reader(self) -> Callable[[int], Value]:
        def read(row: int) -> Value:
            if self.valid is not None and not self.valid[row]:
                return None
            pairs = zip(self.keys, self.columns, strict=True)
            return {key: column.value(row) for key, column in pairs}

        return read

    def take(self, rows: NDArray[np.int64]) -> Column:
        valid = None if self.valid is None else self.valid[rows]
        return self._with([cols.taken(column, rows) for column in self.columns], valid)

    def slice(self, start: int, stop: int) -> Column:
        valid = None if self.valid is None else self.valid[start:stop]
        return self._with([column.slice(start, stop) for column in self.columns], valid)

    def masked(self, valid: NDArray[np.bool_]) -> Column:
        return self._with(self.columns, valid)

    def joined(self, parts: Sequence[Column]) -> Column | None:
        known: list[Sequence[Column]] = []
        for part in parts:
            if part.kind is Kind.NULL:
                known.append([cols.nulls(len(part))] * len(self.keys))
            elif isinstance(part, Maps) and part.keys == self.keys:
                known.append(part.columns)
            else:
                return None
        columns = [cols.concat(some) for some in zip(*known, strict=True)]
        return self._with(columns, np.concatenate([~part.is_null() for part in parts]))

    def replaced(self, rows: NDArray[np.int64], values: Column) -> Column | None:
        del rows, values  # Nothing that is stored is such a column.
        return None

    def _with(self, columns: Sequence[Column], valid: NDArray[np.bool_] | None) -> Maps:
        """Maps of the same keys. Args: valid: may be all True"""
        return Maps(self.keys, tuple(columns), None if valid is None or valid.all() else valid)


def maps_of(keys: Sequence[str], columns: Sequence[Column]) -> Maps | None:
    """Maps of so many columns; None for a few rows, of which objects are made sooner, and where a key
    comes twice."""
    if not columns or len(columns[0]) <= cols.SMALL_ROWS or len(set(keys)) < len(keys):
        return None
    return Maps(tuple(keys), tuple(columns), None)
