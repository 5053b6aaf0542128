"""Requests on the control plane, with a fleet that does what it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Conflict, Corrupt, Exhausted, Invalid, NotFound, Unavailable
from seaglass.base.settings import Quotas
from seaglass.server.control.graphs import GraphChange
from seaglass.server.control.lifecycle import GraphState, SnapshotState
from seaglass.server.control.quotas import QuotaExceeded
from seaglass.server.control.tags import graph_arn, snapshot_arn
from tests.server.control.support import NEW, SETTINGS, named, opened, run
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.server.control.plane import ControlPlane

FULL = "The server's storage is full. Make room there, then try again."
OPEN_CHANGE = GraphChange(None, None, deletion_protection=False)


async def gone(plane: ControlPlane, graph_id: str) -> bool:
    try:
        await plane.get_graph(graph_id)
    except NotFound:
        return True
    return False


def test_a_graph_from_creation_to_removal() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(named("social", key_id="arn:aws:kms:x"))
            assert made.state is GraphState.CREATING
            assert (made.replica_count, made.deletion_protection) == (1, False)
            ready = await plane.get_graph(made.id)
            assert ready == replace(made, state=GraphState.AVAILABLE)
            assert fleet.world.keys == {made.id: "arn:aws:kms:x"}
            assert (await plane.stop_graph(made.id)).state is GraphState.STOPPING
            assert (await plane.get_graph(made.id)).state is GraphState.STOPPED
            assert made.id not in fleet.served
            with pytest.raises(Conflict, match=r"because its status is STOPPED\.$"):
                await plane.stop_graph(made.id)
            with pytest.raises(Conflict, match=r"Start it first\.$"):
                await plane.reset_graph(made.id, skip_snapshot=True)
            assert (await plane.start_graph(made.id)).state is GraphState.STARTING
            assert (await plane.get_graph(made.id)).state is GraphState.AVAILABLE
            fleet.world.graphs[made.id].append("x")
            reset = await plane.reset_graph(made.id, skip_snapshot=True)
            assert reset.state is GraphState.RESETTING
            assert (await plane.get_graph(made.id)).state is GraphState.AVAILABLE
            assert fleet.world.graphs == {made.id: []}
            await plane.delete_graph(made.id, skip_snapshot=True)
            assert await gone(plane, made.id)
            assert fleet.world.graphs == {}

    run(work())


def test_a_snapshot_from_creation_to_removal() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(named("social", vector_dimension=4))
            await plane.get_graph(made.id)
            fleet.world.graphs[made.id].append("then")
            fleet.hold.add("snapshot")
            taken = await plane.create_snapshot(made.id, "before", {"team": "x"})
            assert taken.state is SnapshotState.CREATING
            listed = await plane.list_graphs(None, 10)
            assert [g.state for g in listed.records] == [GraphState.SNAPSHOTTING]
            assert (await plane.serving_graph(made.id)).id == made.id
            with pytest.raises(Conflict, match="SNAPSHOTTING"):
                await plane.create_snapshot(made.id, "other", {})
            with pytest.raises(Conflict, match="CREATING"):
                await plane.delete_snapshot(taken.id)
            fleet.release()
            assert (await plane.get_snapshot(taken.id)).state is SnapshotState.AVAILABLE
            assert (await plane.get_graph(made.id)).state is GraphState.AVAILABLE
            assert await plane.list_tags(snapshot_arn(SETTINGS.owner, taken.id)) == {"team": "x"}
            again = await plane.restore_graph(taken.id, named("again", provisioned_memory=None))
            assert (again.provisioned_memory, again.vector_dimension) == (16, 4)
            assert again.source_snapshot_id == taken.id
            assert (await plane.get_graph(again.id)).state is GraphState.AVAILABLE
            assert fleet.world.graphs[again.id] == ["then"]
            assert (await plane.delete_snapshot(taken.id)).state is SnapshotState.DELETING
            with pytest.raises(NotFound):
                await plane.get_snapshot(taken.id)
            assert fleet.world.snapshots == {}
            await plane.create_snapshot(made.id, "before", {})

    run(work())


@pytest.mark.parametrize("stopped", [False, True])
def test_delete_with_a_final_snapshot(stopped: bool) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(named("social-" + "x" * 56))
            await plane.get_graph(made.id)
            fleet.world.graphs[made.id].append("data")
            if stopped:
                await plane.stop_graph(made.id)
                await plane.get_graph(made.id)
            await plane.delete_graph(made.id, skip_snapshot=False)
            assert await gone(plane, made.id)
            ((name, data),) = fleet.world.snapshots.values()
            assert data == ["data"]
            assert name.startswith("final-social-x")
            assert len(name) <= 63
            (record,) = (await plane.list_snapshots(made.id, None, 10)).records
            assert (record.name, record.state) == (name, SnapshotState.AVAILABLE)

    run(work())


def test_reset_with_a_snapshot() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(NEW)
            await plane.get_graph(made.id)
            for expected in (["data"], ["data"]):
                fleet.world.graphs[made.id][:] = expected
                reset = await plane.reset_graph(made.id, skip_snapshot=False)
                assert reset.state is GraphState.RESETTING_SAVING
                assert (await plane.get_graph(made.id)).state is GraphState.AVAILABLE
                assert fleet.world.graphs[made.id] == []
            names = [name for name, data in fleet.world.snapshots.values() if data == ["data"]]
            assert len(set(names)) == 2
            assert all(name.startswith("before-reset-social-") for name in names)

    run(work())


def test_protection_and_update() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(named("social", deletion_protection=True))
            await plane.get_graph(made.id)
            text = f"^Graph {made.id} cannot be deleted because deletion protection is enabled.$"
            with pytest.raises(Conflict, match=text):
                await plane.delete_graph(made.id, skip_snapshot=True)
            assert (await plane.get_graph(made.id)).state is GraphState.AVAILABLE
            with pytest.raises(Invalid, match="At least one"):
                await plane.update_graph(made.id, GraphChange(None, None, None))
            changed = await plane.update_graph(made.id, GraphChange(32, True, False))
            assert (changed.provisioned_memory, changed.public_connectivity) == (32, True)
            await plane.delete_graph(made.id, skip_snapshot=True)
            assert await gone(plane, made.id)

    run(work())


def test_what_a_state_forbids_is_refused_and_changes_nothing() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet, replace(SETTINGS, transition_wait_seconds=0.01)) as plane:
            fleet.hold.add("create")
            made = await plane.create_graph(NEW)
            for call in (
                plane.stop_graph(made.id),
                plane.start_graph(made.id),
                plane.reset_graph(made.id, skip_snapshot=True),
                plane.reset_graph(made.id, skip_snapshot=False),
                plane.delete_graph(made.id, skip_snapshot=True),
                plane.delete_graph(made.id, skip_snapshot=False),
                plane.create_snapshot(made.id, "before", {"a": "b"}),
                plane.update_graph(made.id, OPEN_CHANGE),
            ):
                with pytest.raises(Conflict, match="because its status is CREATING"):
                    await call
            assert await plane.get_graph(made.id) == made
            assert (await plane.list_snapshots(None, None, 10)).records == []
            assert fleet.calls == [("create", made.id)]
            fleet.release()

    run(work())


def test_unknown_things_are_not_found() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            graph, snapshot = "g-0000000000", "gs-0000000000"
            for call in (
                plane.get_graph(graph),
                plane.stop_graph(graph),
                plane.start_graph(graph),
                plane.update_graph(graph, OPEN_CHANGE),
                plane.reset_graph(graph, skip_snapshot=False),
                plane.delete_graph(graph, skip_snapshot=True),
                plane.create_snapshot(graph, "before", {}),
                plane.serving_graph(graph),
                plane.get_snapshot(snapshot),
                plane.delete_snapshot(snapshot),
                plane.restore_graph(snapshot, NEW),
                plane.tag(graph_arn(SETTINGS.owner, graph), {"a": "b"}),
                plane.list_tags(snapshot_arn(SETTINGS.owner, snapshot)),
                plane.untag("arn:aws:s3:::bucket", ["a"]),
                plane.list_tags("arn:aws:neptune-graph:eu-west-1:123456789012:graph/" + graph),
            ):
                with pytest.raises(NotFound, match="not found"):
                    await call
            assert (await plane.list_snapshots(graph, None, 10)).records == []

    run(work())


def test_names_are_unique_and_free_again() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(NEW)
            with pytest.raises(Conflict, match="name social exists"):
                await plane.create_graph(NEW)
            await plane.get_graph(made.id)
            taken = await plane.create_snapshot(made.id, "before", {})
            await plane.get_graph(made.id)
            with pytest.raises(Conflict, match="name before exists"):
                await plane.create_snapshot(made.id, "before", {})
            with pytest.raises(Conflict, match="name social exists"):
                await plane.restore_graph(taken.id, NEW)
            fleet.hold |= {"delete", "delete_snapshot"}
            await plane.delete_graph(made.id, skip_snapshot=True)
            await plane.delete_snapshot(taken.id)
            other = await plane.create_graph(NEW)
            await plane.get_graph(other.id)
            await plane.create_snapshot(other.id, "before", {})
            fleet.release()

    run(work())


def test_quotas() -> None:
    async def work() -> None:
        settings = replace(SETTINGS, quotas=Quotas(2, 1, 48))
        async with opened(FakeFleet(), settings) as plane:
            first = await plane.create_graph(NEW)
            with pytest.raises(QuotaExceeded) as memory:
                await plane.create_graph(named("big", provisioned_memory=33))
            assert memory.value.members["quotaCode"] == "L-PROVISIONED-MEMORY"
            await plane.create_graph(named("second", provisioned_memory=32))
            with pytest.raises(QuotaExceeded) as graphs:
                await plane.create_graph(named("third"))
            assert graphs.value.members == {
                "resourceId": "third",
                "resourceType": "graph",
                "serviceCode": "neptune-graph",
                "quotaCode": "L-GRAPHS",
            }
            await plane.get_graph(first.id)
            with pytest.raises(QuotaExceeded):
                await plane.update_graph(first.id, GraphChange(17, None, None))
            await plane.create_snapshot(first.id, "one", {})
            await plane.get_graph(first.id)
            with pytest.raises(QuotaExceeded) as snapshots:
                await plane.create_snapshot(first.id, "two", {})
            assert snapshots.value.members["resourceType"] == "graph-snapshot"
            await plane.stop_graph(first.id)
            await plane.get_graph(first.id)
            with pytest.raises(QuotaExceeded):
                await plane.delete_graph(first.id, skip_snapshot=False)
            assert (await plane.get_graph(first.id)).state is GraphState.STOPPED

    run(work())


def test_tags() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            made = await plane.create_graph(named("social", tags={"a": "1"}))
            arn = graph_arn(SETTINGS.owner, made.id)
            await plane.tag(arn, {"a": "2", "b": "3"})
            assert await plane.list_tags(arn) == {"a": "2", "b": "3"}
            await plane.untag(arn, ["a", "never"])
            assert await plane.list_tags(arn) == {"b": "3"}
            await plane.tag(arn, {f"k{n}": "v" for n in range(49)})
            with pytest.raises(Invalid, match="at most 50 tags; this one would have 51"):
                await plane.tag(arn, {"more": "v"})
            await plane.tag(arn, {"b": "4"})
            assert len(await plane.list_tags(arn)) == 50
            for key in ("aws:x", "AWS:x"):
                with pytest.raises(Invalid, match="aws:"):
                    await plane.tag(arn, {key: "v"})
                with pytest.raises(Invalid, match="aws:"):
                    await plane.create_graph(named("other", tags={key: "v"}))
            assert len((await plane.list_graphs(None, 10)).records) == 1
            await plane.get_graph(made.id)
            await plane.delete_graph(made.id, skip_snapshot=True)
            assert await gone(plane, made.id)
            with pytest.raises(NotFound):
                await plane.list_tags(arn)

    run(work())


def test_pages() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            made = [await plane.create_graph(named(f"g{n}")) for n in range(7)]
            for rows in (1, 2, 3, 7, 100):
                seen: list[str] = []
                position = None
                while True:
                    page = await plane.list_graphs(position, rows)
                    assert len(page.records) <= rows
                    seen += [g.id for g in page.records]
                    position = page.position
                    if position is None:
                        break
                assert sorted(seen) == sorted(g.id for g in made)
            with pytest.raises(Invalid):
                await plane.list_graphs("x:y", 10)

    run(work())


def test_a_failed_effect_has_a_reason_and_can_be_repaired() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            fleet.refuse["create"] = [Corrupt("corrupt", "the folder is a file", detail="secret")]
            made = await plane.create_graph(NEW)
            failed = await plane.get_graph(made.id)
            assert failed.state is GraphState.FAILED
            assert failed.status_reason == "the folder is a file"
            with pytest.raises(Conflict, match=r"FAILED.*the folder is a file"):
                await plane.serving_graph(made.id)
            with pytest.raises(Conflict, match="skipSnapshot=true"):
                await plane.delete_graph(made.id, skip_snapshot=False)
            fleet.world.graphs[made.id] = []
            await plane.start_graph(made.id)
            assert (await plane.get_graph(made.id)).status_reason is None
            fleet.refuse["reset"] = [RuntimeError("internal words")]
            await plane.reset_graph(made.id, skip_snapshot=True)
            failed = await plane.get_graph(made.id)
            assert failed.state is GraphState.FAILED
            assert failed.status_reason is not None
            assert "internal words" not in failed.status_reason
            await plane.delete_graph(made.id, skip_snapshot=True)
            assert await gone(plane, made.id)

    run(work())


@pytest.mark.parametrize("stopped", [False, True])
def test_without_its_final_snapshot_nothing_is_deleted(stopped: bool) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(NEW)
            await plane.get_graph(made.id)
            if stopped:
                await plane.stop_graph(made.id)
                await plane.get_graph(made.id)
            fleet.refuse["snapshot"] = [Exhausted("storage", "no room in /data")]
            await plane.delete_graph(made.id, skip_snapshot=False)
            left = await plane.get_graph(made.id)
            assert left.state is (GraphState.STOPPED if stopped else GraphState.AVAILABLE)
            assert (made.id in fleet.served) == (not stopped)
            (snapshot,) = (await plane.list_snapshots(None, None, 10)).records
            assert (snapshot.state, snapshot.status_reason) == (SnapshotState.FAILED, FULL)
            await plane.delete_snapshot(snapshot.id)
            with pytest.raises(NotFound):
                await plane.get_snapshot(snapshot.id)

    run(work())


def test_a_failed_snapshot_leaves_the_graph_available_and_says_why() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(NEW)
            await plane.get_graph(made.id)
            fleet.refuse["snapshot"] = [Exhausted("storage", "no room in /data")]
            taken = await plane.create_snapshot(made.id, "before", {})
            assert (await plane.get_snapshot(taken.id)).state is SnapshotState.FAILED
            graph = await plane.get_graph(made.id)
            assert graph.state is GraphState.AVAILABLE
            assert graph.status_reason == f"Snapshot before ({taken.id}) could not be taken: {FULL}"
            with pytest.raises(Conflict, match="FAILED"):
                await plane.restore_graph(taken.id, named("again"))

    run(work())


def test_an_unavailable_fleet_is_asked_again() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            fleet.refuse["create"] = [Unavailable("worker", "not yet")] * 2
            made = await plane.create_graph(NEW)
            assert (await plane.get_graph(made.id)).state is GraphState.AVAILABLE
            assert fleet.calls == [("create", made.id)] * 3

    run(work())


def test_a_graph_whose_key_cannot_be_used_is_not_asked_for_again_and_again(tmp_path: Path) -> None:
    kept = replace(SETTINGS, database_url=f"sqlite:///{tmp_path / 'control.db'}")

    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet, kept) as plane:
            graph = await plane.create_graph(NEW)
            await plane.get_graph(graph.id)
        again = FakeFleet(fleet.world)
        again.refuse["start"] = [Conflict("key", "The key k cannot be used: it is disabled.")]
        async with opened(again, kept) as plane:
            failed = await plane.get_graph(graph.id)
            assert failed.state is GraphState.FAILED
            assert failed.status_reason == "The key k cannot be used: it is disabled."
            assert again.calls == [("start", graph.id)]
            await plane.start_graph(graph.id)
            assert (await plane.get_graph(graph.id)).state is GraphState.AVAILABLE

    run(work())


def test_a_clone_holds_what_its_graph_holds_now() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(named("social", vector_dimension=4))
            with pytest.raises(Conflict, match="cannot be cloned because its status is CREATING"):
                await plane.restore_graph(made.id, named("again"))
            await plane.get_graph(made.id)
            fleet.world.graphs[made.id].append("now")
            again = await plane.restore_graph(made.id, named("again", provisioned_memory=None))
            assert (again.provisioned_memory, again.vector_dimension) == (16, 4)
            assert (await plane.get_graph(again.id)).state is GraphState.AVAILABLE
            assert fleet.world.graphs[again.id] == ["now"]
            fleet.refuse["clone"] = [NotFound("graph", "gone")]
            failed = await plane.restore_graph(made.id, named("failed"))
            assert (await plane.get_graph(failed.id)).state is GraphState.FAILED
            with pytest.raises(NotFound, match="not found"):
                await plane.restore_graph("g-0123456789", named("other"))

    run(work())


@pytest.mark.parametrize("saving", [False, True])
def test_a_graph_does_not_go_away_under_its_clone(saving: bool) -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(NEW)
            await plane.get_graph(made.id)
            fleet.hold.add("clone")
            again = await plane.restore_graph(made.id, named("again"))
            for ended in (
                plane.stop_graph(made.id),
                plane.reset_graph(made.id, skip_snapshot=not saving),
                plane.delete_graph(made.id, skip_snapshot=not saving),
            ):
                with pytest.raises(Conflict, match=f"while graph {again.id} is made from it"):
                    await ended
            assert (await plane.list_snapshots(None, None, 10)).records == []
            fleet.release()
            assert (await plane.get_graph(again.id)).state is GraphState.AVAILABLE
            await plane.delete_graph(made.id, skip_snapshot=not saving)

    run(work())


def test_a_snapshot_is_not_deleted_under_a_restore() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            made = await plane.create_graph(NEW)
            await plane.get_graph(made.id)
            taken = await plane.create_snapshot(made.id, "before", {})
            await plane.get_snapshot(taken.id)
            fleet.hold.add("restore")
            again = await plane.restore_graph(taken.id, named("again"))
            with pytest.raises(Conflict, match=f"while graph {again.id}"):
                await plane.delete_snapshot(taken.id)
            fleet.release()
            await plane.get_graph(again.id)
            await plane.delete_snapshot(taken.id)

    run(work())


def test_a_read_does_not_wait_for_ever() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        settings = replace(SETTINGS, transition_wait_seconds=0.02, start_wait_seconds=0.02)
        async with opened(fleet, settings) as plane:
            fleet.hold.add("create")
            made = await plane.create_graph(NEW)
            assert (await plane.get_graph(made.id)).state is GraphState.CREATING
            with pytest.raises(Conflict, match="CREATING"):
                await plane.serving_graph(made.id)
            fleet.release()
            assert (await plane.serving_graph(made.id)).id == made.id

    run(work())
