"""Goal: a snapshot that appears in the bucket is listed soon, and one that is being removed does not come back.

Method: a real control.db; the bucket is a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.server.control.adopt import FoundSnapshot
from seaglass.server.control.arrivals import Arrivals
from seaglass.server.control.lifecycle import SnapshotState
from tests.server.control.support import named, opened, run
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from seaglass.server.control.plane import ControlPlane


class Bucket:
    """Snapshots, and an Arrivals that looks at them; `reads` has the ids that were read."""

    def __init__(self, plane: ControlPlane) -> None:
        self.holds: list[str] = []
        self.reads: list[str] = []
        self.arrivals = Arrivals(plane._store, self._find)

    def _find(self, known: AbstractSet[str]) -> list[FoundSnapshot]:
        new = [one for one in self.holds if one not in known]
        self.reads += new
        return [FoundSnapshot(one, f"of-{one[3:]}", "g-aaaaaaaaaa", "KEY", 5) for one in new]


def test_what_another_machine_took_is_listed_after_two_looks() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            bucket = Bucket(plane)
            await bucket.arrivals.look()
            bucket.holds.append("gs-aaaaaaaaaa")
            await bucket.arrivals.look()
            assert (await plane.list_snapshots(None, None, 10)).records == []
            for _ in range(3):
                await bucket.arrivals.look()
            (found,) = (await plane.list_snapshots(None, None, 10)).records
            assert (found.id, found.name, found.state) == (
                "gs-aaaaaaaaaa",
                "of-aaaaaaaaaa",
                SnapshotState.AVAILABLE,
            )
            assert len(bucket.reads) == 2

    run(work())


def test_what_is_removed_here_stays_removed() -> None:
    async def work() -> None:
        fleet = FakeFleet()
        async with opened(fleet) as plane:
            bucket = Bucket(plane)
            graph = await plane.create_graph(named("social"))
            await plane.get_graph(graph.id)
            taken = await plane.create_snapshot(graph.id, "mine", {})
            await plane.get_snapshot(taken.id)
            bucket.holds.append(taken.id)
            await bucket.arrivals.look()
            assert bucket.reads == []
            fleet.hold.add("delete_snapshot")
            await plane.delete_snapshot(taken.id)
            await bucket.arrivals.look()
            fleet.release()
            while (await plane.list_snapshots(None, None, 10)).records:
                await plane.watch.wait(taken.id, _never, 0.01)
            # It was listed before its ref was gone, and its row is gone now.
            await bucket.arrivals.look()
            bucket.holds.clear()
            await bucket.arrivals.look()
            assert (await plane.list_snapshots(None, None, 10)).records == []

    run(work())


async def _never() -> bool:
    return False
