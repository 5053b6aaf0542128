"""Turns: in order, but for those that somebody waits for, and none is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from seaglass.server.control.lifecycle import GraphState
from seaglass.server.control.turns import Turns
from tests.server.control.support import SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from pathlib import Path


class Line:
    """Those who want a turn, and the order in which they had it."""

    def __init__(self, count: int) -> None:
        self.turns = Turns(count)
        self.had: list[str] = []
        self.go = asyncio.Event()

    async def come(self, key: str) -> asyncio.Task[None]:
        async def have() -> None:
            async with self.turns.turn(key):
                self.had.append(key)
                await self.go.wait()

        task = asyncio.create_task(have())
        await asyncio.sleep(0)
        return task


def test_who_is_wanted_is_next() -> None:
    async def work() -> None:
        line = Line(2)
        line.turns.want("d")
        tasks = [await line.come(key) for key in "abcdef"]
        assert line.had == ["a", "b"]
        line.turns.want("e")
        line.turns.want("nobody")
        line.go.set()
        await asyncio.gather(*tasks)
        assert line.had == ["a", "b", "e", "c", "d", "f"]
        # Nothing is remembered of it.
        line.go.clear()
        tasks = [await line.come(key) for key in "abce"]
        line.go.set()
        await asyncio.gather(*tasks)
        assert line.had[6:] == ["a", "b", "c", "e"]

    run(work())


def test_a_turn_of_one_that_has_left_goes_to_the_next() -> None:
    async def work() -> None:
        line = Line(1)
        first, second, third, fourth = [await line.come(key) for key in "abcd"]
        second.cancel()
        await asyncio.sleep(0)
        line.go.set()
        await asyncio.sleep(0)
        # Its turn has come, and it is cancelled in the same moment.
        assert first.done()
        third.cancel()
        await fourth
        assert line.had == ["a", "d"]
        await (await line.come("e"))

    run(work())


def test_a_graph_that_is_asked_is_started_before_others(tmp_path: Path) -> None:
    settings = replace(
        SETTINGS, database_url=f"sqlite:///{tmp_path / 'control.db'}", boot_parallel_max=1
    )

    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet, settings) as plane:
            ids = [(await plane.create_graph(named(f"g{number}"))).id for number in range(6)]
            for graph_id in ids:
                while (await plane.get_graph(graph_id)).state is not GraphState.AVAILABLE:
                    await asyncio.sleep(0.01)
        again = FakeFleet(fleet.world)
        again.hold.add("start")
        async with opened(again, settings) as plane:
            while not again.calls:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            started = again.calls[0][1]
            wanted = [graph_id for graph_id in ids if graph_id != started][-1]
            asked = asyncio.create_task(plane.serving_graph(wanted))
            await asyncio.sleep(0.1)
            again.release()
            assert (await asked).id == wanted
            assert again.calls[1] == ("start", wanted)

    run(work())
