"""How much memory the queries of a process may hold: one purse a query, one memory for all.

Above: database, live_graph, running. Below: base.
Operators charge a purse for rows that they keep, and give back what they let go. A purse asks the
memory for whole pieces, so that small queries never meet its lock; what a purse has is given back
when its query leaves. The memory refuses what would go past its limit: the query that asked fails,
and nothing has been allocated yet. Where it is told how large the process is (a worker is), the
graph itself and all else in the process count too.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.errors import Exhausted, Invalid, SeaglassError
from seaglass.base.limits import MEMORY_PIECE_BYTES, MEMORY_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable

_CGROUP = Path("/sys/fs/cgroup/memory.max")


class Memory:
    """What all queries of a process share.

    Args:
        limit_bytes: what they, or the whole process, may hold
        process_bytes: how large the process is now; None where only queries count
        free: has the process give back memory that it holds for nothing
    """

    def __init__(
        self,
        limit_bytes: int,
        process_bytes: Callable[[], int] | None = None,
        free: Callable[[], None] = lambda: None,
    ) -> None:
        self.limit_bytes = limit_bytes
        self._process_bytes = process_bytes
        self._free = free
        self._guard = threading.Lock()
        self._granted_bytes = 0

    @property
    def granted_bytes(self) -> int:
        """What all purses have together."""
        return self._granted_bytes

    def grant(self, amount_bytes: int) -> bool:
        """Gives a purse so much more, or nothing where it does not fit."""
        with self._guard:
            if self._granted_bytes + amount_bytes > self.limit_bytes:
                return False
            self._granted_bytes += amount_bytes
        if self._fits(amount_bytes):
            return True
        self.give_back(amount_bytes)
        return False

    def give_back(self, amount_bytes: int) -> None:
        with self._guard:
            self._granted_bytes -= amount_bytes

    def _fits(self, amount_bytes: int) -> bool:
        """Whether the process can grow by so much."""
        if self._process_bytes is None or self._process_bytes() + amount_bytes <= self.limit_bytes:
            return True
        self._free()
        return self._process_bytes() + amount_bytes <= self.limit_bytes


class Purse:
    """What one query holds.

    Attributes: held_bytes: as its operators have charged; granted_bytes: what the memory has given
    """

    __slots__ = ("_memory", "granted_bytes", "held_bytes")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.granted_bytes = 0
        self.held_bytes = 0

    def charge(self, amount_bytes: int) -> None:
        """Counts bytes that an operator keeps; a negative amount gives them back.

        Raises: Exhausted(memory) when there is no room for them; they count all the same, so that
            whoever charges gives back what it charged
        """
        self.held_bytes += amount_bytes
        missing = self.held_bytes - self.granted_bytes
        if missing > 0 and amount_bytes > 0:
            self._grow(missing)
        elif missing < -8 * MEMORY_PIECE_BYTES:
            # A phase that held much is over: others may have it.
            spare = -missing - MEMORY_PIECE_BYTES
            self.granted_bytes -= spare
            self._memory.give_back(spare)

    def close(self) -> None:
        """Gives back what is left; the query has ended."""
        granted, self.granted_bytes = self.granted_bytes, 0
        if granted:
            self._memory.give_back(granted)

    def _grow(self, missing_bytes: int) -> None:
        pieces = -(-missing_bytes // MEMORY_PIECE_BYTES)
        wanted = pieces * MEMORY_PIECE_BYTES
        # The last bytes below the limit may be less than a piece.
        for amount in (wanted, missing_bytes):
            if self._memory.grant(amount):
                self.granted_bytes += amount
                return
        raise memory_exhausted(self._memory.limit_bytes)


def memory_exhausted(limit_bytes: int | None = None) -> Exhausted:
    """What a query that runs out of memory raises."""
    limit = "" if limit_bytes is None else f" The limit is {limit_bytes:,} bytes."
    return Exhausted(
        "memory",
        f"The query needs more memory than there is.{limit} Ask for less at once, e.g. with LIMIT.",
    )


# What Python raises where memory, or its stack, comes to an end.
ENDS = (MemoryError, RecursionError)


def ended(error: BaseException) -> SeaglassError:
    """What a query raises that met one of `ENDS`."""
    if isinstance(error, RecursionError):
        return Invalid(
            "illegal_argument",
            "A value is nested too deep: lists and maps inside each other, some hundreds at most. "
            "Build it flat.",
        )
    return memory_exhausted()


def memory_of(limit_bytes: int | None) -> Memory:
    """The memory of queries with a limit; where nobody says, a share of the machine's."""
    return Memory(default_limit_bytes() if limit_bytes is None else limit_bytes)


def default_limit_bytes() -> int:
    """A share of the machine's memory."""
    return int(machine_bytes() * MEMORY_SHARE)


def machine_bytes() -> int:
    """The memory of this machine, or of the container that the process is in."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(total, int(_CGROUP.read_text()))
    except (OSError, ValueError):
        # No container, or one without a limit ("max").
        return total
