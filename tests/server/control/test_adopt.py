"""Graphs and snapshots that the library left in the data folder."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest

from seaglass.server.control.adopt import free_name
from seaglass.server.control.lifecycle import GraphState, SnapshotState
from tests.server.control.support import NEW, SETTINGS, opened, run
from tests.server.fakes import FakeFleet, World

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, **body: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps({"body": body, "check": "not looked at here"}))


def test_what_lies_in_the_folder_is_taken_in_once(tmp_path: Path) -> None:
    graph = {"name": "social", "key_id": "AWS_OWNED_KEY", "source_snapshot": "", "created_ms": 5}
    for letter in "ab":
        graph_id = f"g-{letter * 10}"
        write(tmp_path / "graphs" / graph_id / "graph.json", id=graph_id, **graph)
    (tmp_path / "graphs" / "g-cccccccccc").mkdir()
    (tmp_path / "graphs" / "g-dddddddddd").mkdir()
    (tmp_path / "graphs" / "g-dddddddddd" / "graph.json").write_text("{")
    snapshot = {"name": "Before Lunch!", "graph_id": "g-aaaaaaaaaa", "key_id": "K", "created_ms": 6}
    write(tmp_path / "snapshots" / "gs-aaaaaaaaaa.json", id="gs-aaaaaaaaaa", **snapshot)

    async def work() -> None:
        world = World(
            {"g-aaaaaaaaaa": ["a"], "g-bbbbbbbbbb": ["b"]},
            {"gs-aaaaaaaaaa": ("x", ["a"])},
            dimensions={"g-aaaaaaaaaa": 8, "gs-aaaaaaaaaa": 8},
        )
        settings = replace(SETTINGS, data_dir=tmp_path)
        for _ in range(2):
            fleet = FakeFleet(world)
            async with opened(fleet, settings) as plane:
                graphs = (await plane.list_graphs(None, 10)).records
                names = {g.id: g.name for g in graphs}
                assert names == {"g-aaaaaaaaaa": "social", "g-bbbbbbbbbb": "social-bbbbbbbbbb"}
                for graph_id in names:
                    graph_record = await plane.get_graph(graph_id)
                    assert graph_record.state is GraphState.AVAILABLE
                    assert graph_record.vector_dimension == world.dimensions[graph_id]
                (taken,) = (await plane.list_snapshots("g-aaaaaaaaaa", None, 10)).records
                assert (taken.name, taken.state) == ("before-lunch", SnapshotState.AVAILABLE)
                assert (taken.key_id, taken.created_ms) == ("K", 6)
                assert taken.vector_dimension == 8
        async with opened(FakeFleet(world), settings) as plane:
            again = await plane.restore_graph(
                "gs-aaaaaaaaaa", replace(NEW, name="again", provisioned_memory=None)
            )
            assert (await plane.get_graph(again.id)).state is GraphState.AVAILABLE

    run(work())


def test_a_snapshot_that_somebody_deleted_meanwhile_is_forgotten(tmp_path: Path) -> None:
    body = {"graph_id": "g-aaaaaaaaaa", "key_id": "K", "created_ms": 6}
    for letter in "abc":
        snapshot_id = f"gs-{letter * 10}"
        path = tmp_path / "snapshots" / f"{snapshot_id}.json"
        write(path, id=snapshot_id, name=f"snapshot-{letter}", **body)

    async def work() -> None:
        settings = replace(
            SETTINGS, data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'control.db'}"
        )

        async def names() -> list[str]:
            async with opened(FakeFleet(), settings) as plane:
                return sorted(
                    one.name for one in (await plane.list_snapshots(None, None, 9)).records
                )

        assert await names() == ["snapshot-a", "snapshot-b", "snapshot-c"]
        (tmp_path / "snapshots" / "gs-aaaaaaaaaa.json").unlink()
        # One that cannot be read is there all the same.
        (tmp_path / "snapshots" / "gs-bbbbbbbbbb.json").write_text("{")
        assert await names() == ["snapshot-b", "snapshot-c"]
        # A folder that is away says nothing of what is in it.
        (tmp_path / "snapshots").rename(tmp_path / "away")
        assert await names() == ["snapshot-b", "snapshot-c"]

    run(work())


@pytest.mark.parametrize(
    ("name", "item_id", "free"),
    [
        ("social", "g-0123456789", "social"),
        ("My Graph", "g-0123456789", "my-graph"),
        ("g-9", "g-0123456789", "adopted"),
        ("gs-x", "gs-0123456789", "x"),
        ("42--x-", "g-0123456789", "x"),
        ("\u00e9", "g-0123456789", "adopted"),
        ("x" * 80, "g-0123456789", "x" * 63),
    ],
)
def test_names_become_names_that_aws_allows(name: str, item_id: str, free: str) -> None:
    assert free_name(name, item_id, lambda _: False) == free
    other = free_name(name, item_id, lambda _: True)
    assert other.endswith("-0123456789")
    for made in (free, other):
        assert re.fullmatch(r"(?!gs?-)[a-z][a-z0-9]*(-[a-z0-9]+)*", made)
        assert len(made) <= 63
