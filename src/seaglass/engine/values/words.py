"""STRING columns of few different texts: a number for each row, and a table of the texts.

Above: `order`, `engine/graph/entities` (types of relationships), `exec/expressions`. Below: `column`.
What a CASE chooses, the types of relationships and one of the labels of nodes are mostly grouped, counted or shown: by
their numbers, and no text is copied. Who asks for `data` gets the array of all rows, which is made then.

Invariants: as `column` says; the texts of the table differ from each other, and there is one at least; `codes` are
places in it (any, where a row is null).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.values.column import STRING, Column
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.types import Value

    Numbers = NDArray[np.int64]
    Bits = NDArray[np.bool_]

# Columns whose tables together are longer than this are joined as texts.
_TABLE_MAX = 256


def looked_up(codes: Numbers, table: Sequence[Any], valid: Bits | None) -> list[Any]:
    """Of each row what a table has at its place; None for null."""
    values = [table[code] for code in codes.tolist()]
    if valid is not None:
        for row in np.flatnonzero(~valid).tolist():
            values[row] = None
    return values


class Words(Column):
    """Args: codes: int64[n]; table: at least one text"""

    __slots__ = ("codes", "table")

    def __init__(self, codes: Numbers, table: tuple[str, ...], valid: Bits | None) -> None:
        assert table
        self.kind = Kind.STRING  # type: ignore[misc]
        self.valid = None if valid is None or valid.all() else valid  # type: ignore[misc]
        self.codes: Final = codes
        self.table: Final = table

    def __getattr__(self, name: str) -> Any:
        # The slot of `data` is empty until now.
        if name != "data":
            raise AttributeError(name)
        data = pa.array(self.table, STRING).take(pa.array(self.codes))
        if self.valid is not None:
            data = pc.if_else(pa.array(self.valid), data, pa.scalar("", STRING))
        self.data = data  # type: ignore[misc]
        return data

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def nbytes(self) -> int:
        """What the rows take; texts are shared with others."""
        return int(self.codes.nbytes)

    def to_list(self) -> list[Value]:
        return self.mapped(self.table)

    def mapped(self, table: Sequence[Any]) -> list[Any]:
        """Of each row what another table has at its place; None for null."""
        return looked_up(self.codes, table, self.valid)

    def reader(self) -> Callable[[int], Value]:
        return lambda row: (
            self.table[self.codes[row]] if self.valid is None or self.valid[row] else None
        )

    def take(self, rows: Numbers) -> Column:
        return Words(self.codes[rows], self.table, None if self.valid is None else self.valid[rows])

    def slice(self, start: int, stop: int) -> Column:
        valid = None if self.valid is None else self.valid[start:stop]
        return Words(self.codes[start:stop], self.table, valid)

    def joined(self, parts: Sequence[Column]) -> Column | None:
        places: dict[str, int] = {}
        codes: list[Numbers] = []
        for part in parts:
            if part.kind is Kind.NULL:
                codes.append(np.zeros(len(part), np.int64))
                continue
            if not isinstance(part, Words) or len(places) + len(part.table) > _TABLE_MAX:
                return None
            own = [places.setdefault(text, len(places)) for text in part.table]
            codes.append(np.array(own, np.int64)[part.codes])
        valid = np.concatenate([~part.is_null() for part in parts])
        return Words(np.concatenate(codes), tuple(places), valid)

    def order_codes(self) -> Numbers:
        """int64[n] that sorts as the texts do."""
        # The order of code points is that of their UTF-8.
        ranks = {text: rank for rank, text in enumerate(sorted(self.table))}
        found: Numbers = np.array([ranks[text] for text in self.table], np.int64)[self.codes]
        return found


def words_of(texts: Sequence[str | None], codes: Numbers, valid: Bits | None) -> Words | None:
    """The text at the place that each row names; None where all texts are null, or these are many.

    Args: texts: may repeat; codes: int64[n], places in it; valid: bool[n], rows that are null besides
    """
    places: dict[str, int] = {}
    own = [-1 if text is None else places.setdefault(text, len(places)) for text in texts]
    if not places or len(places) > _TABLE_MAX:
        return None
    found = np.array(own, np.int64)[codes]
    known = found >= 0
    return Words(np.maximum(found, 0), tuple(places), known if valid is None else known & valid)
