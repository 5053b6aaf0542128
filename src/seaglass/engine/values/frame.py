"""A frame: named columns of one length, what operators pass to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """`columns[name]` has `rows` rows, for every name. A frame may have rows and no columns."""

    columns: Mapping[str, Column]
    rows: int

    def take(self, rows: NDArray[np.int64]) -> Frame:
        """The rows in the order named; a row may repeat."""
        return Frame({name: column.take(rows) for name, column in self.columns.items()}, len(rows))

    def slice(self, start: int, stop: int) -> Frame:
        """Rows start <= row < stop, sharing memory."""
        columns = {name: column.slice(start, stop) for name, column in self.columns.items()}
        return Frame(columns, stop - start)

    def without(self, names: tuple[str, ...]) -> Frame:
        """This frame without these columns, of which it need not have any."""
        if not names:
            return self
        columns = {name: column for name, column in self.columns.items() if name not in names}
        return Frame(columns, self.rows)

    def where(self, keep: NDArray[np.bool_]) -> Frame:
        """The rows for which `keep` is true."""
        return self if keep.all() else self.take(np.flatnonzero(keep))

    def with_columns(self, added: Mapping[str, Column]) -> Frame:
        """This frame with more (or other) columns of the same length."""
        return Frame({**self.columns, **added}, self.rows)


UNIT = Frame({}, 1)
