"""Accounts and Regions: what one has, another does not see, and neither stands in the other's way."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Conflict, NotFound
from seaglass.base.owner import Owner
from seaglass.base.settings import Quotas
from seaglass.server.control import schedule
from seaglass.server.control.endpoints import NewEndpoint
from seaglass.server.control.graphs import GraphChange
from seaglass.server.control.lifecycle import GraphState, SnapshotState
from seaglass.server.control.quotas import QuotaExceeded
from seaglass.server.control.schedule import EVERY, KEEP, SCHEDULED
from seaglass.server.control.tags import graph_arn, snapshot_arn
from seaglass.server.control.tasks import NewExport
from tests.server.control.support import SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet, World

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.server.control.plane import ControlPlane

HERE = SETTINGS.owner
ROLE = "arn:aws:iam::123456789012:role/r"
IMPORT = {"source": "s3://b/in", "format": "CSV", "roleArn": ROLE}
EXPORT = {"destination": "s3://b/out/", "format": "CSV", "roleArn": ROLE, "kmsKeyIdentifier": "k"}
OTHERS = [Owner("000000000001", HERE.region), Owner(HERE.account_id, "eu-west-1")]

# control.db as the version before owners made it, with a graph and a snapshot in it.
OLD_DATABASE = """
CREATE TABLE effects (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, kind VARCHAR(32) NOT NULL,
    graph_id VARCHAR(12), snapshot_id VARCHAR(13));
CREATE TABLE graphs (id VARCHAR(12) NOT NULL, name VARCHAR(63) NOT NULL, state VARCHAR(32) NOT NULL,
    status_reason TEXT, created_ms BIGINT NOT NULL, provisioned_memory INTEGER NOT NULL,
    replica_count INTEGER NOT NULL, public_connectivity BOOLEAN NOT NULL,
    deletion_protection BOOLEAN NOT NULL, vector_dimension INTEGER, key_id TEXT NOT NULL,
    source_snapshot_id VARCHAR(13), PRIMARY KEY (id));
CREATE INDEX ix_graphs_name ON graphs (name);
CREATE TABLE snapshots (id VARCHAR(13) NOT NULL, name VARCHAR(63) NOT NULL,
    state VARCHAR(32) NOT NULL, status_reason TEXT, created_ms BIGINT NOT NULL,
    source_graph_id VARCHAR(12) NOT NULL, key_id TEXT NOT NULL, provisioned_memory INTEGER NOT NULL,
    vector_dimension INTEGER, PRIMARY KEY (id));
CREATE INDEX ix_snapshots_source_graph_id ON snapshots (source_graph_id);
CREATE INDEX ix_snapshots_name ON snapshots (name);
CREATE TABLE tags (resource_id VARCHAR(13) NOT NULL, "key" VARCHAR(128) NOT NULL,
    value VARCHAR(256) NOT NULL, PRIMARY KEY (resource_id, "key"));
INSERT INTO graphs VALUES ('g-0123456789', 'social', 'AVAILABLE', NULL, 1700000000000, 32, 1, 0, 1,
    NULL, 'AWS_OWNED_KEY', NULL);
INSERT INTO snapshots VALUES ('gs-0123456789', 'before', 'AVAILABLE', NULL, 1700000000001,
    'g-0123456789', 'AWS_OWNED_KEY', 32, NULL);
INSERT INTO tags VALUES ('g-0123456789', 'team', 'x');
"""


async def made(plane: ControlPlane, name: str, **values: object) -> str:
    graph = await plane.create_graph(named(name, **values))
    assert (await plane.get_graph(graph.id)).state is GraphState.AVAILABLE
    return graph.id


async def taken(plane: ControlPlane, graph: str, name: str) -> str:
    snapshot = await plane.create_snapshot(graph, name, {"team": "x"})
    assert (await plane.get_snapshot(snapshot.id)).state is SnapshotState.AVAILABLE
    await plane.get_graph(graph)
    return snapshot.id


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_what_an_owner_has_is_not_there_for_another(other: Owner) -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as mine:
            theirs = mine.of(other)
            graph = await made(mine, "social")
            snapshot = await taken(mine, graph, "before")
            await mine.create_endpoint(NewEndpoint(graph, "vpc-1", (), ()))
            before = await mine.get_graph(graph)
            for deed in (
                theirs.get_graph(graph),
                theirs.serving_graph(graph),
                theirs.update_graph(graph, GraphChange(32, None, None)),
                theirs.stop_graph(graph),
                theirs.start_graph(graph),
                theirs.reset_graph(graph, skip_snapshot=True),
                theirs.reset_graph(graph, skip_snapshot=False),
                theirs.delete_graph(graph, skip_snapshot=True),
                theirs.delete_graph(graph, skip_snapshot=False),
                theirs.create_snapshot(graph, "mine", {}),
                theirs.create_endpoint(NewEndpoint(graph, "vpc-1", (), ())),
                theirs.get_endpoint(graph, "vpc-1"),
                theirs.list_endpoints(graph, None, 10),
                theirs.delete_endpoint(graph, "vpc-1"),
            ):
                with pytest.raises(NotFound, match=f"Graph {graph} not found"):
                    await deed
            task = await mine.start_export(NewExport(graph, EXPORT, {"team": "x"}))
            for deed in (
                theirs.start_import(graph, IMPORT),
                theirs.start_export(NewExport(graph, EXPORT, {})),
            ):
                with pytest.raises(NotFound, match=f"Graph {graph} not found"):
                    await deed
            for deed in (
                theirs.get_task(task.kind, task.id),
                theirs.cancel_task(task.kind, task.id),
                theirs.list_tags(HERE.arn(f"export-task/{task.id}")),
                theirs.list_tags(other.arn(f"export-task/{task.id}")),
            ):
                with pytest.raises(NotFound):
                    await deed
            assert (await theirs.list_tasks(task.kind, None, None, 10)).records == []
            assert (await theirs.list_tasks(task.kind, graph, None, 10)).records == []
            (listed,) = (await mine.list_tasks(task.kind, None, None, 10)).records
            assert (listed.id, listed.owner) == (task.id, HERE)
            for deed in (
                theirs.get_snapshot(snapshot),
                theirs.readable_snapshot(snapshot),
                theirs.restore_graph(snapshot, named("again")),
                theirs.delete_snapshot(snapshot),
            ):
                with pytest.raises(NotFound, match=f"Snapshot {snapshot} not found"):
                    await deed
            for arn in (
                graph_arn(HERE, graph),
                graph_arn(other, graph),
                snapshot_arn(other, snapshot),
            ):
                for deed in (
                    theirs.list_tags(arn),
                    theirs.tag(arn, {"a": "b"}),
                    theirs.untag(arn, ["a"]),
                ):
                    with pytest.raises(NotFound):
                        await deed
            assert (await theirs.list_graphs(None, 10)).records == []
            assert (await theirs.list_snapshots(None, None, 10)).records == []
            assert (await theirs.list_snapshots(graph, None, 10)).records == []
            assert await mine.get_graph(graph) == before
            assert await mine.list_tags(snapshot_arn(HERE, snapshot)) == {"team": "x"}

    run(work())


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_names_and_pages_are_each_owners_own(other: Owner) -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as mine:
            theirs = mine.of(other)
            ids = {}
            for plane in (mine, theirs):
                graph = await made(plane, "social")
                ids[plane.owner] = (graph, await taken(plane, graph, "before"))
                with pytest.raises(Conflict, match="name social exists"):
                    await plane.create_graph(named("social"))
                with pytest.raises(Conflict, match="name before exists"):
                    await plane.create_snapshot(graph, "before", {})
                await made(plane, "second")
            for plane in (mine, theirs):
                graph, snapshot = ids[plane.owner]
                first = await plane.list_graphs(None, 1)
                rest = await plane.list_graphs(first.position, 10)
                assert [one.name for one in (*first.records, *rest.records)] == ["social", "second"]
                assert {one.owner for one in (*first.records, *rest.records)} == {plane.owner}
                (one,) = (await plane.list_snapshots(None, None, 10)).records
                assert (one.id, one.source_graph_id, one.owner) == (snapshot, graph, plane.owner)
            await mine.delete_graph(ids[HERE][0], skip_snapshot=False)
            (final,) = (await mine.list_snapshots(ids[HERE][0], None, 10)).records[1:]
            assert final.owner == HERE

    run(work())


def test_quotas_are_each_owners_own() -> None:
    quotas = Quotas(
        graphs_max=1, snapshots_max=1, provisioned_memory_max=32, private_endpoints_max=1
    )

    async def work() -> None:
        async with opened(FakeFleet(), replace(SETTINGS, quotas=quotas)) as first:
            for plane in (first, *(first.of(other) for other in OTHERS)):
                graph = await made(plane, "social")
                await taken(plane, graph, "before")
                await plane.update_graph(graph, GraphChange(32, None, None))
                await plane.create_endpoint(NewEndpoint(graph, "vpc-1", (), ()))
                with pytest.raises(QuotaExceeded, match="L-PRIVATE-ENDPOINTS"):
                    await plane.create_endpoint(NewEndpoint(graph, "vpc-2", (), ()))
                with pytest.raises(QuotaExceeded, match="L-GRAPHS"):
                    await plane.create_graph(named("second"))
                with pytest.raises(QuotaExceeded, match="L-SNAPSHOTS"):
                    await plane.create_snapshot(graph, "second", {})
                with pytest.raises(QuotaExceeded, match="L-PROVISIONED-MEMORY"):
                    await plane.update_graph(graph, GraphChange(33, None, None))

    run(work())


def test_a_schedule_works_for_the_owner_of_its_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 3_600)

    async def work() -> None:
        clock = ManualClock()
        async with opened(FakeFleet(), clock=clock) as first:
            plane = first.of(OTHERS[0])
            graph = await made(plane, "social", tags={EVERY: "1h", KEEP: "last=1"})
            ids = []
            for _ in range(2):
                await first.scheduler.look()
                newest = (await plane.list_snapshots(graph, None, 10)).records[-1]
                assert (await plane.get_snapshot(newest.id)).owner == OTHERS[0]
                assert await plane.list_tags(snapshot_arn(OTHERS[0], newest.id)) == {
                    SCHEDULED: "true"
                }
                await plane.get_graph(graph)
                ids.append(newest.id)
                clock.advance(3_600)
            await first.scheduler.look()
            with pytest.raises(NotFound):
                await plane.get_snapshot(ids[0])
            assert (await plane.get_snapshot(ids[1])).state is SnapshotState.AVAILABLE
            assert (await first.list_snapshots(None, None, 10)).records == []

    run(work())


def test_owners_last_through_a_restart(tmp_path: Path) -> None:
    async def work() -> None:
        settings = replace(SETTINGS, database_url=f"sqlite:///{tmp_path}/control.db")
        world = World()
        async with opened(FakeFleet(world), settings) as plane:
            graph = await made(plane.of(OTHERS[0]), "social")
        # The default owner may change; what others have does not move.
        moved = replace(settings, account_id="999999999999", region="eu-central-1")
        async with opened(FakeFleet(world), moved) as plane:
            assert (await plane.of(OTHERS[0]).serving_graph(graph)).name == "social"
            with pytest.raises(NotFound):
                await plane.get_graph(graph)

    run(work())


def test_a_database_from_before_there_were_owners(tmp_path: Path) -> None:
    """Goal: it opens, and what it holds is the default owner's of the server that opened it first."""
    with sqlite3.connect(tmp_path / "control.db") as old:
        old.executescript(OLD_DATABASE)
    old.close()
    settings = replace(
        SETTINGS, database_url=f"sqlite:///{tmp_path}/control.db", account_id="999999999999"
    )

    async def work() -> None:
        world = World({"g-0123456789": ["a"]}, {"gs-0123456789": ("before", ["a"])})
        for _ in range(2):
            async with opened(FakeFleet(world), settings) as plane:
                graph = await plane.serving_graph("g-0123456789")
                assert graph.owner == settings.owner
                assert (graph.name, graph.provisioned_memory) == ("social", 32)
                assert await plane.list_tags(graph_arn(settings.owner, graph.id)) == {"team": "x"}
                (snapshot,) = (await plane.list_snapshots(graph.id, None, 10)).records
                assert (snapshot.id, snapshot.owner) == ("gs-0123456789", settings.owner)
        async with opened(FakeFleet(world), replace(settings, account_id="1" * 12)) as plane:
            assert (await plane.list_graphs(None, 10)).records == []
            await made(plane, "social")

    run(work())
