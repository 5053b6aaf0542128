"""Admission: how many queries of one graph run, how many wait, and whose turn is next.

Above: `graph`. Below: base. First come, first served. The deadline of a query counts from its
arrival here, so waiting is part of it. A ticket is in the table from arrival to the end of the
answer, so that a query can be listed and cancelled at any moment of its life. One whose client takes nothing
of the answer computes nothing: it leaves its place to the next, up to a number of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, Interrupted, SeaglassError, Throttled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.server.fleet.process import WorkerProcess


# For a client to take a part of an answer, until its query leaves its place.
TAKEN_SECONDS_MAX = 1.0
# Of the queries that may run, as many again may have left their places. Each holds some parts of its answer.
ASIDE_TIMES_MAX = 2


class Ticket:
    """One query between its arrival and its end."""

    __slots__ = (
        "arrived",
        "aside",
        "cancelled",
        "query_id",
        "started",
        "text",
        "timeout_ms",
        "turn",
        "worker",
    )

    def __init__(self, query_id: str, text: str, timeout_ms: int) -> None:
        loop = asyncio.get_running_loop()
        self.query_id = query_id
        self.text = text
        self.timeout_ms = timeout_ms
        self.arrived = loop.time()
        self.started: float | None = None
        self.cancelled = False
        # Whether it has left its place.
        self.aside = False
        # Who runs it, once somebody does.
        self.worker: WorkerProcess | None = None
        # Of one that waits.
        self.turn: asyncio.Future[None]

    @property
    def elapsed_ms(self) -> int:
        """Time since the arrival."""
        return _milliseconds(asyncio.get_running_loop().time() - self.arrived)

    @property
    def waited_ms(self) -> int:
        """Time from the arrival to the start, or to now."""
        if self.started is None:
            return self.elapsed_ms
        return _milliseconds(self.started - self.arrived)

    @property
    def left_ms(self) -> int:
        """Time that is left before the deadline; at least one millisecond."""
        waited = asyncio.get_running_loop().time() - self.arrived
        return max(1, self.timeout_ms - int(waited * 1000))

    def row(self, known: Mapping[str, object] | None) -> Mapping[str, object]:
        """Describe the query; what its worker knows of it goes before what is known here."""
        state, waited_in_worker = "WAITING", 0
        if known is not None:
            state = str(known["state"])
            waited_in_worker = int(str(known["waited"]))
        if self.cancelled:
            state = "CANCELLING"
        return {
            "id": self.query_id,
            "queryString": self.text,
            "waited": self.waited_ms + waited_in_worker,
            "elapsed": self.elapsed_ms,
            "state": state,
        }


class Admitted:
    """A query from its turn to its end. A class, not a generator: every query pays for it."""

    __slots__ = ("_admission", "_ticket")

    def __init__(self, admission: Admission, ticket: Ticket) -> None:
        self._admission = admission
        self._ticket = ticket

    async def __aenter__(self) -> Ticket:
        ticket = self._ticket
        if not self._admission.enters(ticket):
            await self._admission.enter(ticket)
        return ticket

    async def __aexit__(self, *_: object) -> None:
        self._admission.leave(self._ticket)


class Admission:
    """The queries of one graph."""

    def __init__(self, running_max: int, waiting_max: int) -> None:
        self._running_max = running_max
        self._waiting_max = waiting_max
        self._running = 0
        self._tickets: dict[str, Ticket] = {}
        self._waiting: dict[str, Ticket] = {}
        self._aside = 0

    @property
    def tickets(self) -> Sequence[Ticket]:
        """All queries, in order of arrival."""
        return tuple(self._tickets.values())

    @property
    def load(self) -> tuple[int, int]:
        """How many run, with those that have left their places, and how many wait for their turn."""
        return self._running + self._aside, len(self._waiting)

    def __len__(self) -> int:
        """How many queries there are."""
        return len(self._tickets)

    def find(self, query_id: str) -> Ticket | None:
        """Return the query of this id, if it is here."""
        return self._tickets.get(query_id)

    def admit(self, query_id: str, text: str, timeout_ms: int) -> Admitted:
        """Wait for the turn of a query in `async with`, and give it up at the end.

        Raises: Throttled(queries) when too many wait; Interrupted(timeout), Interrupted(cancelled)
        while it waits.
        """
        return Admitted(self, Ticket(query_id, text, timeout_ms))

    def enters(self, ticket: Ticket) -> bool:
        """Put a query into the table if it need not wait, as nearly all; say whether it has its turn."""
        if self._running >= self._running_max or ticket.query_id in self._tickets:
            return False
        self._tickets[ticket.query_id] = ticket
        self._running += 1
        ticket.started = ticket.arrived
        return True

    async def enter(self, ticket: Ticket) -> None:
        """Put a query into the table, and wait for its turn."""
        if ticket.query_id in self._tickets:
            raise Conflict(
                "query", f"A query with the id {ticket.query_id} is running. Use another id."
            )
        self._tickets[ticket.query_id] = ticket
        try:
            await self._turn(ticket)
        except BaseException:
            del self._tickets[ticket.query_id]
            raise
        ticket.started = asyncio.get_running_loop().time()

    def leave(self, ticket: Ticket) -> None:
        """Take a query that had its turn out of the table."""
        if ticket.aside:
            self._aside -= 1
        else:
            self._pass_on()
        del self._tickets[ticket.query_id]

    def gives(self, ticket: Ticket) -> asyncio.TimerHandle:
        """A query gives a part of its answer. Unless the handle is cancelled soon, it leaves its place."""
        return asyncio.get_running_loop().call_later(TAKEN_SECONDS_MAX, self._step_aside, ticket)

    def _step_aside(self, ticket: Ticket) -> None:
        here = self._tickets.get(ticket.query_id) is ticket
        if here and not ticket.aside and self._aside < ASIDE_TIMES_MAX * self._running_max:
            ticket.aside = True
            self._aside += 1
            self._pass_on()

    def cancel(self, ticket: Ticket) -> bool:
        """Mark a query as cancelled; say whether that ended it, because it still waited."""
        ticket.cancelled = True
        return self._refuse(
            ticket, Interrupted("cancelled", f"The query {ticket.query_id} was cancelled.")
        )

    def refuse_all(self, error: SeaglassError) -> None:
        """End every query that waits."""
        for ticket in tuple(self._waiting.values()):
            self._refuse(ticket, error)

    async def _turn(self, ticket: Ticket) -> None:
        if self._running < self._running_max:
            self._running += 1
            return
        if len(self._waiting) >= self._waiting_max:
            raise Throttled(
                "queries",
                f"{len(self._waiting)} queries wait for this graph already, which is the limit. "
                "Try again later.",
            )
        ticket.turn = asyncio.get_running_loop().create_future()
        self._waiting[ticket.query_id] = ticket
        try:
            async with asyncio.timeout(ticket.timeout_ms / 1000):
                await ticket.turn
        except BaseException as error:
            if ticket.turn.done() and not ticket.turn.cancelled() and not ticket.turn.exception():
                # The turn came in the same moment in which nobody wanted it any more.
                self._pass_on()
            if isinstance(error, TimeoutError):
                raise Interrupted(
                    "timeout",
                    f"The query waited for its turn past its time limit of {ticket.timeout_ms} ms. "
                    "Give it more time, or send fewer queries at once.",
                ) from None
            raise
        finally:
            self._waiting.pop(ticket.query_id, None)

    def _pass_on(self) -> None:
        """Give a turn that ends to the query that waited longest."""
        while self._waiting:
            ticket = self._waiting.pop(next(iter(self._waiting)))
            if not ticket.turn.done():
                ticket.turn.set_result(None)
                return
        self._running -= 1

    def _refuse(self, ticket: Ticket, error: SeaglassError) -> bool:
        if self._waiting.pop(ticket.query_id, None) is None or ticket.turn.done():
            return False
        ticket.turn.set_exception(error)
        return True


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
