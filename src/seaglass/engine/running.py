"""The table of a graph's queries: who waits, who runs, cancel, deadlines.

Above: live_graph, result. Below: deadlines, memory, base.
The clock of a deadline starts when a query enters the table: time in the queue counts. A query leaves the table when
its result is read to the end, closed, or has failed.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from seaglass.base.errors import Conflict, Interrupted, NotFound
from seaglass.base.ids import new_query_id
from seaglass.engine.deadlines import Deadlines
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.memory import Purse

if TYPE_CHECKING:
    from seaglass.base.clock import Clock
    from seaglass.base.rng import Rng
    from seaglass.engine.kernels.stopping import Flag
    from seaglass.engine.memory import Memory


class State(StrEnum):
    """What a query does now."""

    RUNNING = "RUNNING"
    WAITING = "WAITING"
    CANCELLING = "CANCELLING"


# The order in which lists of queries show them.
_ORDER = tuple(State)


@dataclass(frozen=True, slots=True)
class QueryInfo:
    """One row of the table."""

    id: str
    text: str
    state: State
    waited_ms: int
    elapsed_ms: int


@dataclass(frozen=True, slots=True)
class _Naming:
    """What makes ids. Args: lock: held while one is made, so that a query gets one for good; the
    collector may drop a result meanwhile, which asks for the id of another query
    """

    lock: threading.RLock
    rng: Rng


_Shared: TypeAlias = tuple[Deadlines, "Memory", _Naming]


class RunningQuery:
    """One query in the table: the interrupt that its operators check, and the budget that they
    charge.

    Attributes: entered: monotonic seconds
    """

    __slots__ = (
        "_cancelled",
        "_clock",
        "_deadline",
        "_deadlines",
        "_flag",
        "_id",
        "_memory",
        "_naming",
        "_purse",
        "_started",
        "entered",
        "text",
        "timeout_ms",
    )

    def __init__(
        self,
        query_id: str | None,
        text: str,
        timeout_ms: int | None,
        clock: Clock,
        shared: _Shared,
    ) -> None:
        self._id = query_id
        self.text = text
        self.timeout_ms = timeout_ms
        self._clock = clock
        self._deadlines, self._memory, self._naming = shared
        # Most queries are small, and need none.
        self._purse: Purse | None = None
        self._flag: Flag | None = None
        self._cancelled = False
        self.entered = clock.monotonic()
        self._deadline = None if timeout_ms is None else self.entered + timeout_ms / 1000
        # Only who waits has not begun.
        self._started: float | None = self.entered

    @property
    def id(self) -> str:
        """Its name in the table; made when somebody asks for it, who is nobody for most queries."""
        if self._id is None:
            with self._naming.lock:
                self._id = self._id or new_query_id(self._naming.rng)
        return self._id

    def check(self) -> None:
        """Raises: Interrupted(cancelled); Interrupted(timeout)."""
        if self._cancelled:
            raise Interrupted("cancelled", f"The query {self.id} was cancelled.")
        if self._deadline is not None and self._clock.monotonic() >= self._deadline:
            raise Interrupted(
                "timeout",
                f"The query ran past its time limit of {self.timeout_ms} ms, waiting included. "
                "Give it more time, or make it smaller.",
            )

    @property
    def flag(self) -> Flag:
        """Raised from soon after `check` raises; made when a kernel first needs it."""
        flag = self._flag
        if flag is None:
            flag = self._flag = new_flag()
            # Looked at after the flag can be seen: a cancel that comes now raises it, or has been.
            if self._cancelled:
                flag[0] = 1
            if self._deadline is not None:
                self._deadlines.add(self)
        return flag

    def charge(self, amount_bytes: int) -> None:
        """Counts what operators keep, as `Purse.charge`. Raises: Exhausted(memory)"""
        purse = self._purse
        if purse is None:
            purse = self._purse = Purse(self._memory)
        purse.charge(amount_bytes)

    def raise_flag_if_over(self) -> bool:
        """Raises the flag when the time is over; whether it is."""
        over = self._deadline is not None and self._clock.monotonic() >= self._deadline
        if over and self._flag is not None:
            self._flag[0] = 1
        return over

    def leave(self) -> None:
        """The query has ended: it holds nothing, and its time is watched no longer."""
        if self._purse is not None:
            self._purse.close()
        if self._flag is not None:
            self._deadlines.remove(self)

    def wait(self) -> None:
        """The query waits, from when it was entered until `start`."""
        self._started = None

    def start(self) -> None:
        """The query waits no longer."""
        self._started = self._clock.monotonic()

    def no_deadline(self) -> None:
        """Its changes are durable: only a cancel keeps the answer from the client now."""
        self._deadline = None

    def cancel(self) -> None:
        self._cancelled = True
        flag = self._flag
        if flag is not None:
            flag[0] = 1

    def info(self) -> QueryInfo:
        now, started = self._clock.monotonic(), self._started
        waited_ms = int(((now if started is None else started) - self.entered) * 1000)
        state = State.WAITING if started is None else State.RUNNING
        if self._cancelled:
            state = State.CANCELLING
        elapsed_ms = int((now - self.entered) * 1000)
        return QueryInfo(self.id, self.text, state, waited_ms, elapsed_ms)


class RunningQueries:
    """The queries of one graph that have not ended."""

    def __init__(self, clock: Clock, rng: Rng, memory: Memory) -> None:
        self._clock = clock
        # Guards that no two queries are given the same id.
        self._lock = threading.Lock()
        # In the order in which they came. Each look and each change is one call, and so needs no lock.
        self._queries: dict[RunningQuery, None] = {}
        self._entered = -math.inf
        self._shared: _Shared = (Deadlines(), memory, _Naming(threading.RLock(), rng))

    def enter(self, text: str, query_id: str | None, timeout_ms: int | None) -> RunningQuery:
        """Puts a query into the table, as one that runs until it says that it waits.

        Raises: Conflict(query) when the id is that of a query in the table.
        """
        query = RunningQuery(query_id or None, text, timeout_ms, self._clock, self._shared)
        self._entered = query.entered
        if not query_id:
            self._queries[query] = None
            return query
        with self._lock:
            if any(other.id == query_id for other in list(self._queries)):
                raise Conflict(
                    "query", f"A query with the id {query_id} is running. Use another id."
                )
            self._queries[query] = None
        return query

    def seen_within(self, seconds: float, since: float) -> bool:
        """Whether a query is in the table, or was entered so lately, after `since` (monotonic)."""
        entered = self._entered
        return bool(self._queries) or (
            entered > since and self._clock.monotonic() - entered < seconds
        )

    def leave(self, query: RunningQuery) -> None:
        """Takes the query out; it may have left before."""
        self._queries.pop(query, None)
        query.leave()

    def list(self) -> list[QueryInfo]:
        """All queries: running, then waiting, then cancelling; the oldest first."""
        infos = [query.info() for query in list(self._queries)]
        return sorted(infos, key=lambda info: _ORDER.index(info.state))

    def get(self, query_id: str) -> QueryInfo:
        """Raises: NotFound(query)."""
        return self._find(query_id).info()

    def cancel(self, query_id: str) -> None:
        """Asks a query to end; it does at its next check.

        Raises: NotFound(query).
        """
        self._find(query_id).cancel()

    def cancel_all(self) -> None:
        for query in list(self._queries):
            query.cancel()

    def _find(self, query_id: str) -> RunningQuery:
        for query in list(self._queries):
            if query.id == query_id:
                return query
        raise NotFound("query", f"There is no running query {query_id!r}.")
