"""What does not work for now, or never should have gone wrong: states end, and graphs come back by themselves."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from seaglass.base.errors import Exhausted, Unavailable
from seaglass.server.control import reconcile
from seaglass.server.control.lifecycle import SHOWN, GraphState, SnapshotState
from seaglass.server.control.reconcile import BUG, Backoff
from tests.server.control.support import NEW, SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seaglass.base.settings import Settings
    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.control.store import Transaction
    from seaglass.server.control.tables import EffectRecord

AWAY = Unavailable("keys", "AWS KMS does not answer.")


def soon(monkeypatch: pytest.MonkeyPatch, waiting: float) -> None:
    """Have effects be tried twice, at once, and graphs that wait every `waiting` seconds."""
    chosen = Backoff(attempts_max=2, seconds_first=0.001, seconds_waiting=waiting)
    monkeypatch.setattr("seaglass.server.control.plane.Backoff", lambda: chosen)


def arn_of(graph_id: str) -> str:
    return f"arn:aws:neptune-graph:us-east-1:123456789012:graph/{graph_id}"


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


def test_a_graph_that_finds_its_disk_full_comes_back_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon(monkeypatch, 0.05)

    async def work() -> None:
        fleet, graph_id = await with_graph(kept_in(tmp_path))
        fleet.refuse["start"] = [Exhausted("storage", "cannot write /d/log: the disk is full")]
        async with opened(fleet, kept_in(tmp_path)) as plane:
            waiting = await plane.get_graph(graph_id)
            assert waiting.state is GraphState.WAITING
            assert waiting.status_reason is not None
            assert waiting.status_reason.startswith("The server's storage is full.")
            await available(plane, graph_id)

    run(work())


def test_a_full_disk_under_the_control_database_is_told_and_passes(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(FakeFleet(), kept_in(tmp_path)) as plane:
            graph = await plane.create_graph(NEW)
            await available(plane, graph.id)

            def pages(transaction: Transaction) -> int:
                asked = text("PRAGMA page_count")
                return int(transaction.connection.execute(asked).scalar_one())

            def bound(count: int) -> Callable[[Transaction], None]:
                asked = text(f"PRAGMA max_page_count = {count}")
                return lambda transaction: transaction.connection.execute(asked).close()

            await plane._store.run(bound(await plane._store.run(pages)))

            async def fill() -> None:
                for number in range(100):
                    await plane.tag(arn_of(graph.id), {f"k{number}": "v" * 256})

            with pytest.raises(Exhausted) as full:
                await fill()
            assert full.value.kind == "storage"
            assert (await plane.list_graphs(None, 9)).records[0].id == graph.id
            await plane._store.run(bound(1_000_000))
            await plane.tag(arn_of(graph.id), {"key": "value"})

    run(work())


def test_a_server_that_cannot_start_says_why_in_words(tmp_path: Path) -> None:
    async def work() -> None:
        await with_graph(kept_in(tmp_path))

    run(work())
    with closing(sqlite3.connect(tmp_path / "control.db")) as database:
        database.execute(
            "CREATE TRIGGER never BEFORE UPDATE ON graphs BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        database.commit()
    command = [sys.executable, "-m", "seaglass", "serve", "--port", "0", "--data-dir"]
    ended = subprocess.run(
        [*command, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "Error: " in ended.stderr
    assert "Traceback" not in ended.stderr


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


def test_the_log_tells_in_words_what_failed(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        fleet.refuse["create"] = [Exhausted("storage", "The disk is full.")]
        async with opened(fleet) as plane:
            graph = await plane.create_graph(NEW)
            assert (await plane.get_graph(graph.id)).state is GraphState.FAILED
        assert caplog.messages == [f"CREATE {graph.id} failed: The disk is full."]

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
