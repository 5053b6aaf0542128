"""The seam to whatever holds the objects: a local folder, memory, a bucket.

Above: sealed, engine/snapshot/gc. Below: nothing.

Invariants: an object is immutable: its name (64 hex digits, a digest) decides its bytes. What was
put, or found by `refresh`, is durable after `sync`. The time of change is the time when an object
was last put or refreshed: who deletes by age does not delete what someone has just relied on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One stored object.

    Args:
        modified: in epoch seconds
        bundle: what holds it together with others; to delete these together costs less. "" for none
    """

    name: str
    size_bytes: int
    modified: float
    bundle: str = ""


class ObjectStore(Protocol):
    """A set of named, immutable byte strings. Safe to share between threads and processes."""

    @property
    def where(self) -> str:
        """The place, for people."""
        ...

    @property
    def threads(self) -> int:
        """How many calls at a time keep it busy."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Store an object, whole or not at all; over one of that name it changes nothing else."""
        ...

    @property
    def together_bytes(self) -> int:
        """How much `put_all` had better take at a time; 0 where it gains nothing over `put`."""
        ...

    def put_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        """`put` for each of different objects, waiting once; after an error some are there."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes of an object.

        Raises: NotFound(object)
        """
        ...

    def expect(self, names: Sequence[str]) -> int:
        """Hear that these are read soon, in this order, and have one more file near, where that can be.

        Returns: how many of them, the first, are near now, or cannot be
        """
        ...

    def refresh(self, name: str) -> bool:
        """Whether the object is there; if so, it is as young as one put just now."""
        ...

    def refresh_all(self, names: Sequence[str]) -> list[bool]:
        """`refresh` for each, in the order of the names."""
        ...

    def list(self) -> Iterator[ObjectInfo]:
        """All objects, by name."""
        ...

    def delete(self, name: str) -> bool:
        """Remove an object; whether it was there. Durable after `sync`."""
        ...

    def delete_older(
        self, names: Sequence[str], before: float, check: Callable[[], None]
    ) -> frozenset[str]:
        """Remove those that were last put or refreshed at that time or before; gives their names.

        Args: check: called between the look at their ages and what deletes them; may raise
        """
        ...

    def sync(self) -> None:
        """Make everything that was put, refreshed or deleted so far durable."""
        ...

    def remove_leftovers(self, before: float) -> int:
        """Remove what writers that died before that time left half done; how many."""
        ...
