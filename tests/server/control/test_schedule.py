"""Snapshots by a schedule: when one is taken, and which are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Conflict, Exhausted, Invalid
from seaglass.server.control import schedule, tags
from seaglass.server.control.lifecycle import GraphState, SnapshotState
from seaglass.server.control.schedule import EVERY, KEEP, PINNED, SCHEDULED
from seaglass.server.control.tags import graph_arn, snapshot_arn
from tests.server.control.support import SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.control.tables import SnapshotRecord

HOUR = 60 * 60


@pytest.fixture(autouse=True)
def _only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 3_600)


async def made(plane: ControlPlane, name: str, **told: str) -> str:
    keys = {"every": EVERY, "keep": KEEP}
    given = {keys[key]: value for key, value in told.items()}
    graph = await plane.create_graph(named(name, tags=given))
    assert (await plane.get_graph(graph.id)).state is GraphState.AVAILABLE
    return graph.id


async def looked(plane: ControlPlane) -> Sequence[SnapshotRecord]:
    """One look at the schedules, and the snapshots when all of its work has ended."""
    await plane.scheduler.look()
    found = []
    for one in (await plane.list_snapshots(None, None, 100)).records:
        try:
            found.append(await plane.get_snapshot(one.id))
        except Exception:
            continue
    for graph in (await plane.list_graphs(None, 100)).records:
        await plane.get_graph(graph.id)
    return found


def test_a_snapshot_is_taken_whenever_one_is_due() -> None:
    async def work() -> None:
        clock = ManualClock()
        async with opened(FakeFleet(), clock=clock) as plane:
            graph = await made(plane, "social", every="1h")
            await made(plane, "other")
            (first,) = await looked(plane)
            assert first.name.startswith("scheduled-social-")
            assert (first.source_graph_id, first.state) == (graph, SnapshotState.AVAILABLE)
            tags = await plane.list_tags(snapshot_arn(SETTINGS.owner, first.id))
            assert tags == {SCHEDULED: "true"}
            assert len(await looked(plane)) == 1
            clock.advance(HOUR - 1)
            assert len(await looked(plane)) == 1
            clock.advance(1)
            assert len(await looked(plane)) == 2
            # However long the server was down, one is taken.
            clock.advance(100 * HOUR)
            assert len(await looked(plane)) == 3
            await plane.untag(graph_arn(SETTINGS.owner, graph), [EVERY])
            clock.advance(HOUR)
            assert len(await looked(plane)) == 3

    run(work())


@pytest.mark.parametrize("hours", [-10, 10])
def test_a_clock_that_was_wrong_stops_no_schedule_and_costs_no_snapshot(hours: int) -> None:
    async def work() -> None:
        clock = ManualClock()
        fleet = FakeFleet()
        async with opened(fleet, clock=clock) as plane:
            await made(plane, "social", every="1h", keep="last=2")
            right = clock.now()
            before = {one.id for one in await looked(plane)}
            clock.set_now(right + hours * HOUR)
            wrong = {one.id for one in await looked(plane)} - before
            assert len(wrong) == 1
            fleet.refuse["check"] = [Conflict("state", "the key is disabled")]
            clock.advance(HOUR)
            await looked(plane)
            clock.set_now(right + HOUR)
            # Neither the snapshot nor the refusal of later than now holds up the next.
            first = {one.id for one in await looked(plane)} - before - wrong
            assert len(first) == 1
            assert first <= {one.id for one in await looked(plane)}
            clock.advance(HOUR)
            after = {one.id for one in await looked(plane)}
            assert len(after - first - before - wrong) == 1
            # Two of its own time, beside what the clock has dated later than now.
            assert first <= after
            assert (wrong <= after) is (hours > 0)

    run(work())


def test_a_failure_does_not_cost_a_whole_interval() -> None:
    async def work() -> None:
        clock = ManualClock()
        fleet = FakeFleet()
        async with opened(fleet, clock=clock) as plane:
            await made(plane, "social", every="8h")
            fleet.refuse["snapshot"] = [Exhausted("storage", "the disk is full")]
            assert [one.state for one in await looked(plane)] == [SnapshotState.FAILED]
            clock.advance(HOUR - 1)
            assert len(await looked(plane)) == 1
            clock.advance(1)
            states = {one.state for one in await looked(plane)}
            assert states == {SnapshotState.FAILED, SnapshotState.AVAILABLE}
            clock.advance(8 * HOUR - 1)
            assert len(await looked(plane)) == 2

    run(work())


def test_a_stopped_graph_waits_for_its_snapshot() -> None:
    async def work() -> None:
        async with opened(FakeFleet(), clock=ManualClock()) as plane:
            graph = await made(plane, "social")
            await plane.tag(graph_arn(SETTINGS.owner, graph), {EVERY: "1d"})
            await plane.stop_graph(graph)
            await plane.get_graph(graph)
            assert await looked(plane) == []
            await plane.start_graph(graph)
            await plane.get_graph(graph)
            assert len(await looked(plane)) == 1

    run(work())


def test_only_what_a_schedule_took_and_nobody_pinned_is_removed() -> None:
    async def work() -> None:
        clock = ManualClock()
        async with opened(FakeFleet(), clock=clock) as plane:
            graph = await made(plane, "social", every="1h", keep="last=2")
            mine = await plane.create_snapshot(graph, "mine", {})
            await plane.get_snapshot(mine.id)
            (pinned, _) = sorted(await looked(plane), key=lambda one: one.name == "mine")
            await plane.tag(snapshot_arn(SETTINGS.owner, pinned.id), {PINNED: "true"})
            for _ in range(5):
                clock.advance(HOUR)
                await looked(plane)
            left = await looked(plane)
            ids = [one.id for one in left]
            assert mine.id in ids
            assert pinned.id in ids
            newest = [one.created_ms for one in left if one.id not in (mine.id, pinned.id)]
            assert newest == [int((clock.now() - hours * HOUR) * 1000) for hours in (1, 0)]

    run(work())


def test_a_failure_is_tried_again_later_and_removed_once_a_snapshot_was_taken() -> None:
    async def work() -> None:
        clock = ManualClock()
        fleet = FakeFleet()
        async with opened(fleet, clock=clock) as plane:
            await made(plane, "social", every="1h", keep="last=5")
            fleet.refuse["check"] = [Conflict("state", "the key is disabled")]
            assert await looked(plane) == []
            assert await looked(plane) == []
            clock.advance(60)
            fleet.refuse["snapshot"] = [Exhausted("storage", "the disk is full")]
            (failed,) = await looked(plane)
            assert failed.state is SnapshotState.FAILED
            clock.advance(HOUR)
            await looked(plane)
            (taken,) = await looked(plane)
            assert (taken.state, taken.id != failed.id) == (SnapshotState.AVAILABLE, True)

    run(work())


def test_tags_that_say_nothing_are_refused() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            graph = await made(plane, "social")
            for key, value in ((EVERY, "soon"), (KEEP, "some")):
                with pytest.raises(Invalid):
                    await plane.tag(graph_arn(SETTINGS.owner, graph), {key: value})
                with pytest.raises(Invalid):
                    await plane.create_graph(named("x", tags={key: value}))
                with pytest.raises(Invalid):
                    await plane.create_snapshot(graph, "s", {key: value})
            assert await plane.list_tags(graph_arn(SETTINGS.owner, graph)) == {}

    run(work())


def test_such_tags_on_a_snapshot_do_not_stop_the_schedules() -> None:
    """Servers of before took them on a snapshot unseen; all accounts have one scheduler."""

    async def work() -> None:
        clock = ManualClock()
        async with opened(FakeFleet(), clock=clock) as plane:
            graph = await made(plane, "social", every="1h", keep="last=1")
            mine = await plane.create_snapshot(graph, "mine", {})
            await plane.get_snapshot(mine.id)
            await plane._store.run(lambda t: tags.write(t, mine.id, {KEEP: "some"}))
            for _ in range(3):
                clock.advance(HOUR)
                await looked(plane)
            left = await looked(plane)
            assert {one.name == "mine" for one in left} == {True, False}
            assert len(left) == 2

    run(work())
