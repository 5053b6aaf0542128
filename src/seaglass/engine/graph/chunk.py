"""Chunks and the lazy references that hold them.

Above: everything that keeps a piece of a version: groups, adjacency, the `~id` index, snapshots.
Below: `engine/values`.

A payload is a `Column`, a `Bitmap`, a `CsrSegment` (adjacency), an `IdPartition` (id_index) or a
`VectorChunk` (vectors).

Invariants: a payload never changes; a reference gives the same payload for ever, whether it was
made in this process or is loaded when first asked for; `digest` is set at most once, when the
payload has been stored under it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import numpy as np

from seaglass.engine.kernels.matching import least_and_greatest
from seaglass.engine.values.column import Column
from seaglass.engine.values.narrow import held
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Payload = TypeVar("Payload")

# Bounds are kept in manifests, so longer texts have none.
_BOUND_CHARS_MAX = 64


class All(Enum):
    """Says that a bitmap has every bit that it may have, without storing it."""

    ALL = "all"


ALL: Literal[All.ALL] = All.ALL


@dataclass(frozen=True, slots=True, eq=False)
class Bitmap:
    """One bit for each row of a group. Args: bits: bool[rows]"""

    bits: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.bits)


@dataclass(frozen=True, slots=True)
class ChunkStats:
    """What is known of a chunk without loading it.

    Args:
        rows: of a column or bitmap; 0 of other payloads
        nulls: rows without a value; of a bitmap, bits that are not set
        low / high: least and greatest value of an INT, FLOAT (NaN apart) or STRING column; None
            where it has none or it is not known
    """

    rows: int
    nulls: int
    low: int | float | str | None
    high: int | float | str | None


class ChunkRef(Generic[Payload]):
    """A chunk that is in memory, or is loaded when it is first asked for."""

    __slots__ = ("_digest", "_load", "_lock", "_payload", "_stats", "derived", "described")

    def __init__(
        self,
        payload: Payload | None,
        load: Callable[[], Payload] | None,
        digest: bytes | None,
        stats: ChunkStats | None,
    ) -> None:
        self._payload = payload
        self._load = load
        self._digest = digest
        self._stats = stats
        self._lock = threading.Lock() if load is not None else None
        # What a reader above computed of the payload and keeps with it; as long-lived, and as true.
        self.derived: object | None = None
        # What manifests say of it, once it is stored.
        self.described: list[Any] | None = None

    @classmethod
    def of(cls, payload: Payload) -> ChunkRef[Payload]:
        """A chunk that is in memory and not stored yet."""
        return cls(payload, None, None, None)

    @classmethod
    def lazy(
        cls, load: Callable[[], Payload], digest: bytes, stats: ChunkStats
    ) -> ChunkRef[Payload]:
        """A stored chunk.

        Args: load: gives the payload, verified against `digest`; called until it has given it once
        """
        return cls(None, load, digest, stats)

    def get(self) -> Payload:
        """The payload, loaded if need be.

        Raises: what `load` raises, Corrupt above all
        """
        payload = self._payload
        return payload if payload is not None else self._get_loaded()

    def _get_loaded(self) -> Payload:
        assert self._lock is not None
        with self._lock:
            if self._payload is None:
                assert self._load is not None
                self._payload = self._load()
                self._load = None
            return self._payload

    @property
    def loaded(self) -> bool:
        return self._payload is not None

    @property
    def digest(self) -> bytes | None:
        """What the chunk is stored under; None until it is stored."""
        return self._digest

    def seal(self, digest: bytes) -> None:
        """Notes that the chunk is stored under `digest`."""
        assert self._digest in (None, digest)
        self._digest = digest

    @property
    def stats(self) -> ChunkStats:
        """Known without loading for a stored chunk, computed once for one that is in memory."""
        if self._stats is None:
            self._stats = stats_of(self.get())
        return self._stats

    def note_stats(self, stats: ChunkStats) -> None:
        """Spares `stats` the work, for whoever knows them already."""
        self._stats = stats

    @property
    def known_stats(self) -> ChunkStats | None:
        """The statistics if they cost nothing now, else None."""
        return self._stats

    def __repr__(self) -> str:
        return f"ChunkRef({self._payload!r}, digest={self._digest!r})"


Bits: TypeAlias = "ChunkRef[Bitmap] | Literal[All.ALL]"


def stats_of(payload: object) -> ChunkStats:
    """The statistics of a payload. Cost: one pass."""
    match payload:
        case Bitmap(bits):
            return ChunkStats(len(bits), len(bits) - int(np.count_nonzero(bits)), None, None)
        case Column():
            nulls = 0 if payload.valid is None else len(payload) - int(payload.valid.sum())
            return ChunkStats(len(payload), nulls, *_bounds(payload))
        case _:
            return ChunkStats(0, 0, None, None)


def _bounds(column: Column) -> tuple[int | float | str | None, int | float | str | None]:
    match column.kind:
        case Kind.INT | Kind.FLOAT:
            data = held(column) if column.kind is Kind.INT else column.data
            shown = data if column.valid is None else data[column.valid]
            if column.kind is Kind.FLOAT:
                shown = shown[~np.isnan(shown)]
            return (shown.min().item(), shown.max().item()) if len(shown) else (None, None)
        case Kind.STRING:
            bounds = text_bounds(column)
            if bounds is None or max(map(len, bounds)) > _BOUND_CHARS_MAX:
                return None, None
            return bounds
        case _:
            return None, None


def text_bounds(column: Column) -> tuple[str, str] | None:
    """The least and the greatest text of a STRING column; None where it has none. Cost: one pass."""
    data = column.data if column.valid is None else column.data.filter(column.valid)
    if len(data) == 0:
        return None
    low, high = least_and_greatest(*text_buffers(data))
    return data[low].as_py(), data[high].as_py()
