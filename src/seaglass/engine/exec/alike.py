"""Entities that have the same keys, told from the columns of all keys.

Above: `json`, `engine/records`. Below: `engine/graph/name_sets`, `values/column`.
Nodes of one label mostly have the same keys. What is made of these is made for all of them at once, and looks at no
key that they lack.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.graph.name_sets import sets_of_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column

# With fewer rows a set of keys than this, going through the keys of each row is quicker.
_ROWS_A_SET = 16


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows that have the same keys.

    Args:
        rows: int64[m]: which they are; None: all
        columns: of each key that they have, its m values, of which none is null
    """

    rows: NDArray[np.int64] | None
    columns: dict[str, Column]


def alike(columns: Mapping[str, Column], rows: int) -> Iterator[Alike] | None:
    """The rows by the keys that they have; None where there are too many sets of keys.

    Args: columns: by key, in the order that keys shall have, of `rows` values each
    """
    numbers, sets = sets_of_names(((key, column.valid) for key, column in columns.items()), rows)
    if len(sets) * _ROWS_A_SET > max(rows, _ROWS_A_SET):
        return None
    return _parts(columns, numbers, sets)


def _parts(
    columns: Mapping[str, Column], numbers: NDArray[np.int64], sets: list[tuple[str, ...]]
) -> Iterator[Alike]:
    if len(sets) == 1:
        yield Alike(None, {key: columns[key] for key in sets[0]})
        return
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=len(sets))).tolist()
    for keys, (begin, end) in zip(sets, pairwise([0, *ends]), strict=True):
        some = order[begin:end]
        yield Alike(some, {key: columns[key].take(some) for key in keys})
