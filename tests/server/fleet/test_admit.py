"""Admission: order, limits, deadlines and cancelling of queries that wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Conflict, Interrupted, Throttled
from seaglass.server.fleet import admit
from seaglass.server.fleet.admit import Admission

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Desk:
    """Queries that stay until they are let go, and the order in which they started."""

    def __init__(self, running_max: int, waiting_max: int) -> None:
        self.admission = Admission(running_max, waiting_max)
        self.started: list[str] = []
        self.go: dict[str, asyncio.Event] = {}

    async def send(self, name: str, timeout_ms: int = 60_000) -> asyncio.Task[None]:
        async def run() -> None:
            async with self.admission.admit(name, f"text of {name}", timeout_ms):
                self.started.append(name)
                await self.go[name].wait()

        self.go[name] = asyncio.Event()
        task = asyncio.create_task(run())
        await asyncio.sleep(0)
        return task

    async def finish(self, *tasks: asyncio.Task[None]) -> None:
        for event in self.go.values():
            event.set()
        await asyncio.gather(*tasks)
        assert not self.admission.tickets


def scenario(body: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 20))


def test_queries_run_in_order_of_arrival_and_no_more_at_once_than_may() -> None:
    async def body() -> None:
        desk = Desk(running_max=2, waiting_max=10)
        tasks = [await desk.send(name) for name in "abcde"]
        assert desk.started == ["a", "b"]
        desk.go["b"].set()
        await tasks[1]
        await asyncio.sleep(0)
        assert desk.started == ["a", "b", "c"]
        await desk.finish(*tasks)
        assert desk.started == ["a", "b", "c", "d", "e"]

    scenario(body)


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_the_queue_has_a_limit(limit: int) -> None:
    async def body() -> None:
        desk = Desk(running_max=1, waiting_max=limit)
        tasks = [await desk.send(str(number)) for number in range(1 + limit)]
        with pytest.raises(Throttled, match="Try again later"):
            await (await desk.send("one too many"))
        await desk.finish(*tasks)
        assert len(desk.started) == 1 + limit

    scenario(body)


def test_waiting_counts_towards_the_deadline() -> None:
    async def body() -> None:
        desk = Desk(running_max=1, waiting_max=1)
        first = await desk.send("first")
        with pytest.raises(Interrupted) as caught:
            await (await desk.send("second", timeout_ms=10))
        assert caught.value.kind == "timeout"
        third = await desk.send("third")
        await desk.finish(first, third)
        assert desk.started == ["first", "third"]

    scenario(body)


def test_a_query_that_waits_is_cancelled_at_once_and_one_that_runs_is_marked() -> None:
    async def body() -> None:
        desk = Desk(running_max=1, waiting_max=5)
        first, second = await desk.send("first"), await desk.send("second")
        running, waiting = desk.admission.find("first"), desk.admission.find("second")
        assert running is not None
        assert waiting is not None
        assert desk.admission.cancel(waiting)
        with pytest.raises(Interrupted, match="cancelled"):
            await second
        assert not desk.admission.cancel(running)
        assert running.cancelled
        await desk.finish(first)

    scenario(body)


def test_a_turn_that_nobody_wants_any_more_goes_to_the_next() -> None:
    async def body() -> None:
        desk = Desk(running_max=1, waiting_max=5)
        tasks = [await desk.send(name) for name in "abc"]
        desk.go["a"].set()
        await asyncio.sleep(0)
        # The turn of "b" has come, but its task has not run yet.
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
        await desk.finish(tasks[0], tasks[2])
        assert desk.started == ["a", "c"]
        await desk.finish(await desk.send("d"))

    scenario(body)


def test_who_waits_for_its_client_leaves_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admit, "TAKEN_SECONDS_MAX", 0.02)

    async def body() -> None:
        desk = Desk(running_max=1, waiting_max=10)
        tasks = [await desk.send(name) for name in "abcdef"]
        gone = desk.admission.find("a")
        assert gone is not None
        # What is taken soon leaves nothing.
        desk.admission.gives(gone).cancel()
        await asyncio.sleep(0.05)
        assert desk.started == ["a"]
        for name, next_name in ("ab", "bc"):
            ticket = desk.admission.find(name)
            assert ticket is not None
            for _ in range(2):
                desk.admission.gives(ticket)
                await asyncio.sleep(0.05)
            assert desk.started[-1] == next_name
        assert desk.admission.load == (3, 3)
        # Only so many leave their places.
        third = desk.admission.find("c")
        assert third is not None
        desk.admission.gives(third)
        await asyncio.sleep(0.05)
        assert desk.started == ["a", "b", "c"]
        # Who has left has no place to pass on, also if its client has gone before it would leave.
        desk.go["a"].set()
        await tasks[0]
        desk.admission.gives(gone)
        await asyncio.sleep(0.05)
        assert desk.started == ["a", "b", "c"]
        assert desk.admission.load == (2, 3)
        desk.go["c"].set()
        await tasks[2]
        await asyncio.sleep(0)
        assert desk.started == ["a", "b", "c", "d"]
        await desk.finish(*tasks)
        assert desk.admission.load == (0, 0)

    scenario(body)


def test_two_queries_of_one_id_are_refused() -> None:
    async def body() -> None:
        desk = Desk(running_max=2, waiting_max=2)
        first = await desk.send("same")
        with pytest.raises(Conflict):
            async with desk.admission.admit("same", "", 1_000):
                pass
        await desk.finish(first)

    scenario(body)


def test_all_that_wait_can_be_refused() -> None:
    async def body() -> None:
        desk = Desk(running_max=1, waiting_max=5)
        tasks = [await desk.send(name) for name in "abc"]
        desk.admission.refuse_all(Conflict("state", "stopped"))
        outcomes = await asyncio.gather(*tasks[1:], return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Conflict, Conflict]
        await desk.finish(tasks[0])

    scenario(body)
