"""Edges on the way into a graph: by their rows, in parts.

Above: `builder`, `edge_builder`, `engine/transfer`. Below: `engine/values`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column


@dataclass(frozen=True, slots=True)
class EdgePart:
    """Some edges.

    Args:
        sources, targets: int32|int64[n], numbers of nodes
        tokens: int32[n], places in the types; or int32[1], that of all
        values: key -> column[n]; a key that is missing has no values
    """

    sources: NDArray[Any]
    targets: NDArray[Any]
    tokens: NDArray[np.int32]
    values: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.sources)


class Edges:
    """Parts of edges, which whoever builds with them takes away: their memory is free before all is
    built."""

    def __init__(self, parts: Sequence[EdgePart]) -> None:
        self._parts = [part for part in parts if len(part)]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def taken(self) -> list[EdgePart]:
        """The parts that are not empty; they are gone here then."""
        parts, self._parts = self._parts, []
        return parts


def joined(parts: Sequence[EdgePart]) -> EdgePart:
    """The edges of all parts, at least one, as one; each has a token of its own."""
    return EdgePart(
        np.concatenate([part.sources for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([np.broadcast_to(part.tokens, len(part)) for part in parts]),
        {key: cols.concat(values_of(parts, key)) for key in keys_of(parts)},
    )


def keys_of(parts: Sequence[EdgePart]) -> tuple[str, ...]:
    """All keys of the parts."""
    return tuple(dict.fromkeys(key for part in parts for key in part.values))


def values_of(parts: Sequence[EdgePart], key: str) -> list[Column]:
    """The columns of one key, nulls where a part has none."""
    return [part.values.get(key) or cols.nulls(len(part)) for part in parts]
