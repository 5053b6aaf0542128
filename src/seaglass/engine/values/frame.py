"""A frame: named columns of one length, what operators pass to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value


@dataclass(slots=True, eq=False)
class Frame:
    """`columns[name]` has `rows` rows, for every name. A frame may have rows and no columns.

    `Final` for frozen, as in `column`.
    """

    columns: Final[Mapping[str, Column]]
    rows: Final[int]

    def take(self, rows: NDArray[np.int64]) -> Frame:
        """The rows in the order named; a row may repeat. A long text is then not copied for each row."""
        return Frame(
            {name: cols.taken(column, rows) for name, column in self.columns.items()}, len(rows)
        )

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


class Row(Frame):
    """One row, held as Python values; its columns are made when somebody asks for them.

    Small queries end in one row that goes out as values: a column for each would only be in between.
    """

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Value]) -> None:
        self.values = values
        self.rows = 1  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:
        # The slot of `columns` is empty until now.
        if name != "columns":
            raise AttributeError(name)
        columns = {key: cols.one(value) for key, value in self.values.items()}
        self.columns = columns  # type: ignore[misc]
        return columns


UNIT = Frame({}, 1)
