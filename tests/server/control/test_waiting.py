"""What does not work for now, or never should have gone wrong: states end, and graphs come back by themselves."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from seaglass.base.errors import Unavailable
from seaglass.server.control import reconcile
from seaglass.server.control.lifecycle import SHOWN, GraphState, SnapshotState
from seaglass.server.control.reconcile import BUG, Backoff
from tests.server.control.support import NEW, SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from seaglass.base.settings import Settings
    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.control.store import Transaction
    from seaglass.server.control.tables import EffectRecord

AWAY = Unavailable("keys", "AWS KMS does not answer.")


def soon(monkeypatch: pytest.MonkeyPatch, waiting: float) -> None:
    """Have effects be tried twice, at once, and graphs that wait every `waiting` seconds."""
    chosen = Backoff(attempts_max=2, seconds_first=0.001, seconds_waiting=waiting)
    monkeypatch.setattr("seaglass.server.control.plane.Backoff", lambda: chosen)


def kept_in(folder: Path) -> Settings:
    return replace(SETTINGS, database_url=f"sqlite:///{folder / 'control.db'}")


async def available(plane: ControlPlane, graph_id: str) -> None:
    while (await plane.get_graph(graph_id)).state is not GraphState.AVAILABLE:
        await asyncio.sleep(0.01)


async def with_graph(kept: Settings) -> tuple[FakeFleet, str]:
    """A fleet whose next server will find one graph."""
    fleet = FakeFleet()
    async with opened(fleet, kept) as plane:
        graph = await plane.create_graph(NEW)
        await available(plane, graph.id)
    return FakeFleet(fleet.world), graph.id


def test_a_graph_whose_key_cannot_be_asked_for_comes_back_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon(monkeypatch, 0.05)

    async def work() -> None:
        fleet, graph_id = await with_graph(kept_in(tmp_path))
        fleet.refuse["start"] = [AWAY] * 6
        async with opened(fleet, kept_in(tmp_path)) as plane:
            waiting = await plane.get_graph(graph_id)
            assert waiting.state is GraphState.WAITING
            assert SHOWN[waiting.state] == "FAILED"
            assert waiting.status_reason == "AWS KMS does not answer."
            await available(plane, graph_id)
            assert (await plane.get_graph(graph_id)).status_reason is None
        assert fleet.calls == [("start", graph_id)] * 7

    run(work())


def test_a_graph_that_waits_is_there_for_whoever_does_not_want_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon(monkeypatch, 1_000.0)

    async def work() -> None:
        fleet, graph_id = await with_graph(kept_in(tmp_path))
        fleet.refuse["start"] = [AWAY] * 4
        for _ in range(2):
            # The next server tries again too.
            async with opened(fleet, kept_in(tmp_path)) as plane:
                assert (await plane.get_graph(graph_id)).state is GraphState.WAITING
        async with opened(fleet, kept_in(tmp_path)) as plane:
            await available(plane, graph_id)
            fleet.refuse["start"] = [AWAY] * 2
            await plane.stop_graph(graph_id)
            await plane.get_graph(graph_id)
            await plane.start_graph(graph_id)
            assert (await plane.get_graph(graph_id)).state is GraphState.WAITING
            await plane.start_graph(graph_id)
            await available(plane, graph_id)
            await plane.stop_graph(graph_id)
            await plane.get_graph(graph_id)
            fleet.refuse["start"] = [AWAY] * 2
            await plane.start_graph(graph_id)
            assert (await plane.get_graph(graph_id)).state is GraphState.WAITING
            await plane.delete_graph(graph_id, skip_snapshot=True)
            await plane.create_graph(NEW)

    run(work())


def test_a_worker_that_ends_each_time_is_not_started_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon(monkeypatch, 0.01)

    async def work() -> None:
        fleet, graph_id = await with_graph(kept_in(tmp_path))
        fleet.refuse["start"] = [Unavailable("worker", "it ended")] * 2
        async with opened(fleet, kept_in(tmp_path)) as plane:
            assert (await plane.get_graph(graph_id)).state is GraphState.FAILED

    run(work())


def test_a_state_ends_also_when_its_outcome_cannot_be_committed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    conclude, refused = reconcile.conclude, 0

    def broken(transaction: Transaction, effect: EffectRecord, outcome: reconcile.Outcome) -> None:
        nonlocal refused
        conclude(transaction, effect, outcome)
        # At first not even the failure can be committed.
        if outcome.reason is None or refused < 2:
            refused += 1
            raise KeyError("internal words")

    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            with monkeypatch.context() as patched:
                patched.setattr(reconcile, "conclude", broken)
                graph = await plane.create_graph(NEW)
                failed = await plane.get_graph(graph.id)
            assert (failed.state, failed.status_reason) == (GraphState.FAILED, BUG)
            assert refused == 2
            again = await plane.create_graph(named("again"))
            await available(plane, again.id)
            snapshot = await plane.create_snapshot(again.id, "kept", {})
            assert (await plane.get_snapshot(snapshot.id)).state is SnapshotState.AVAILABLE

    with caplog.at_level(logging.CRITICAL, "seaglass.server.control.reconcile"):
        run(work())
