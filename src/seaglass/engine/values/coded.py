"""MIXED columns of few different values: a number for each row, and a table of the values.

Above: `order`, `engine/graph/entities` (lists of labels), `exec/expressions`. Below: `column`, `words`.
Nodes of a graph have few different sets of labels, however many nodes there are. What is asked of such a
column is asked of its table.

Invariants: as `column` says; the values of the table differ from each other and are not null; `codes` are
places in it (any, where a row is null).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.values.column import Column, Packed, mixed
from seaglass.engine.values.types import Kind
from seaglass.engine.values.words import looked_up, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.types import Value

# Columns whose tables together are longer than this are joined as objects.
_TABLE_MAX = 64
_VALUE_BYTES = 200


class Coded(Packed):
    """Args: codes: int64[n]; table: at least one value"""

    __slots__ = ("codes", "table")

    def __init__(
        self, codes: NDArray[np.int64], table: tuple[Value, ...], valid: NDArray[np.bool_] | None
    ) -> None:
        assert table
        self.kind = Kind.MIXED  # type: ignore[misc]
        self.valid = valid  # type: ignore[misc]
        self.codes = codes
        self.table = table

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes + _VALUE_BYTES * len(self.table)

    def to_list(self) -> list[Value]:
        return looked_up(self.codes, self.table, self.valid)

    def reader(self) -> Callable[[int], Value]:
        return lambda row: (
            self.table[self.codes[row]] if self.valid is None or self.valid[row] else None
        )

    def take(self, rows: NDArray[np.int64]) -> Column:
        return self._with(self.codes[rows], None if self.valid is None else self.valid[rows])

    def slice(self, start: int, stop: int) -> Column:
        valid = None if self.valid is None else self.valid[start:stop]
        return self._with(self.codes[start:stop], valid)

    def masked(self, valid: NDArray[np.bool_]) -> Column:
        return self._with(self.codes, valid)

    def joined(self, parts: Sequence[Column]) -> Column | None:
        table: list[Value] = []
        codes: list[NDArray[np.int64]] = []
        for part in parts:
            if part.kind is Kind.NULL:
                codes.append(np.zeros(len(part), np.int64))
                continue
            if not isinstance(part, Coded) or len(table) + len(part.table) > _TABLE_MAX:
                return None
            places = np.empty(len(part.table), np.int64)
            for place, value in enumerate(part.table):
                if value not in table:
                    table.append(value)
                places[place] = table.index(value)
            codes.append(places[part.codes])
        valid = np.concatenate([~part.is_null() for part in parts])
        return Coded(np.concatenate(codes), tuple(table), None if valid.all() else valid)

    def replaced(self, rows: NDArray[np.int64], values: Column) -> Column | None:
        del rows, values  # Nothing that is stored is such a column.
        return None

    def mapped(self, function: Callable[[Column], Column]) -> Column:
        """What a function of columns, which goes row by row, gives: it is asked of the table."""
        found = function(mixed(self.table))
        if found.kind is Kind.STRING:
            texts: list[Any] = found.to_list()
            words = words_of(texts, self.codes, self.valid)
            if words is not None:
                return words
        return found.take_or_null(np.where(self.is_null(), -1, self.codes))

    def _with(self, codes: NDArray[np.int64], valid: NDArray[np.bool_] | None) -> Coded:
        """A column of the same table. Args: valid: may be all True"""
        return Coded(codes, self.table, None if valid is None or valid.all() else valid)
