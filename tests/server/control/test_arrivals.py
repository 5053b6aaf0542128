"""Goal: a snapshot that others put into the store is listed soon, one that they delete is so no longer, and one that is
being removed here does not come back.

Method: a real control.db and a real folder.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest

from seaglass.base.errors import NotFound, Unavailable
from seaglass.base.files import LocalFiles
from seaglass.server.control.arrivals import Arrivals
from seaglass.server.control.lifecycle import SnapshotState
from seaglass.server.control.reconcile import Backoff
from tests.server.control.support import NEW, SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.server.control.plane import ControlPlane

FOUND = "gs-aaaaaaaaaa"


class CountedFiles(LocalFiles):
    """`reads` has the names of files that were read; while `away`, nothing answers."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.away = False

    def read(self, path: Path) -> bytes:
        self.reads.append(path.name)
        return super().read(path)

    def exists(self, path: Path) -> bool:
        if self.away:
            raise Unavailable("storage", "the bucket does not answer")
        return super().exists(path)


class Store:
    """A folder with snapshots, and an Arrivals that looks at it."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self.folder = folder
        self.files = CountedFiles()
        self.plane = plane
        self.arrivals = Arrivals(plane._store, self.files, folder)
        (folder / "snapshots").mkdir()

    def put(self, snapshot_id: str) -> None:
        body = {"id": snapshot_id, "name": f"of-{snapshot_id[3:]}", "graph_id": "g-aaaaaaaaaa"}
        body |= {"key_id": "KEY", "created_ms": 5}
        self.path(snapshot_id).write_bytes(orjson.dumps({"body": body}))

    def path(self, snapshot_id: str) -> Path:
        return self.folder / "snapshots" / f"{snapshot_id}.json"

    async def listed(self) -> list[str]:
        return [one.id for one in (await self.plane.list_snapshots(None, None, 10)).records]


def test_what_another_machine_took_is_listed_after_two_looks(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            store = Store(plane, tmp_path)
            await store.arrivals.look()
            store.put(FOUND)
            await store.arrivals.look()
            assert await store.listed() == []
            for _ in range(3):
                await store.arrivals.look()
            (found,) = (await plane.list_snapshots(None, None, 10)).records
            assert (found.id, found.name, found.state) == (
                FOUND,
                "of-aaaaaaaaaa",
                SnapshotState.AVAILABLE,
            )
            assert store.files.reads == [f"{FOUND}.json"] * 2

    run(work())


def test_what_somebody_else_deleted_is_forgotten(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            store = Store(plane, tmp_path)
            for letter in "ab":
                store.put(f"gs-{letter * 10}")
            await store.arrivals.look(at_once=True)
            store.path(FOUND).unlink()
            await store.arrivals.look()
            assert await store.listed() == ["gs-bbbbbbbbbb"]
            with pytest.raises(NotFound):
                await plane.get_snapshot(FOUND)
            # A folder that is away says nothing of what is in it.
            (tmp_path / "snapshots").rename(tmp_path / "away")
            await store.arrivals.look()
            await store.arrivals.look_for("gs-bbbbbbbbbb")
            assert await store.listed() == ["gs-bbbbbbbbbb"]

    run(work())


def test_one_that_is_being_taken_or_removed_is_not_gone(tmp_path: Path) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            store = Store(plane, tmp_path)
            graph = await plane.create_graph(named("social"))
            await plane.get_graph(graph.id)
            fleet.hold.add("snapshot")
            taken = await plane.create_snapshot(graph.id, "mine", {})
            await store.arrivals.look()
            assert await store.listed() == [taken.id]
            fleet.release()
            store.put(taken.id)
            await plane.get_snapshot(taken.id)
            fleet.released.clear()
            fleet.hold.add("delete_snapshot")
            await plane.delete_snapshot(taken.id)
            store.path(taken.id).unlink()
            await store.arrivals.look()
            assert await store.listed() == [taken.id]
            fleet.release()

    run(work())


def test_what_is_removed_here_stays_removed(tmp_path: Path) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            store = Store(plane, tmp_path)
            graph = await plane.create_graph(named("social"))
            await plane.get_graph(graph.id)
            taken = await plane.create_snapshot(graph.id, "mine", {})
            await plane.get_snapshot(taken.id)
            store.put(taken.id)
            await store.arrivals.look()
            assert store.files.reads == []
            fleet.hold.add("delete_snapshot")
            await plane.delete_snapshot(taken.id)
            await store.arrivals.look()
            fleet.release()
            while await store.listed():
                await asyncio.sleep(0.005)
            # It was listed before its ref was gone, and its row is gone now.
            await store.arrivals.look()
            store.path(taken.id).unlink()
            await store.arrivals.look()
            assert await store.listed() == []

    run(work())


def test_a_restore_knows_at_once_what_was_found_and_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = Backoff(attempts_max=1, seconds_first=0.001)
    monkeypatch.setattr("seaglass.server.control.plane.Backoff", lambda: fast)
    files = CountedFiles()
    monkeypatch.setattr("seaglass.server.control.plane.open_store", lambda *_: (files, tmp_path))

    async def work() -> None:
        fleet = FakeFleet()
        for letter, dimension in (("a", 8), ("b", None), ("c", 4), ("d", 2)):
            snapshot_id = f"gs-{letter * 10}"
            fleet.world.snapshots[snapshot_id] = ("x", ["data"])
            fleet.world.dimensions[snapshot_id] = dimension
        async with opened(fleet, replace(SETTINGS, data_dir=tmp_path)) as plane:
            store = Store(plane, tmp_path)
            for snapshot_id in fleet.world.snapshots:
                store.put(snapshot_id)
            await store.arrivals.look(at_once=True)
            for letter, dimension in (("a", 8), ("b", None), ("b", None)):
                new = replace(NEW, name=f"r{len(fleet.calls)}", provisioned_memory=None)
                made = await plane.restore_graph(f"gs-{letter * 10}", new)
                assert made.vector_dimension == dimension
                assert (await plane.get_graph(made.id)).vector_dimension == dimension
            assert fleet.calls.count(("dimension_of", "gs-bbbbbbbbbb")) == 1
            # Where nobody can tell now, the graph tells later.
            fleet.refuse["dimension_of"] = [Unavailable("worker", "none is ready")]
            made = await plane.restore_graph("gs-cccccccccc", named("later"))
            assert made.vector_dimension is None
            assert (await plane.get_graph(made.id)).vector_dimension == 4
            files.away = True
            await plane.restore_graph("gs-dddddddddd", named("away"))
            files.away = False
            store.path(FOUND).unlink()
            with pytest.raises(NotFound, match=FOUND):
                await plane.restore_graph(FOUND, named("gone"))
            assert FOUND not in await store.listed()

    run(work())
