"""Garbage collection of objects: gather, plan (pure), sweep.

Roots are the refs of graphs, the refs of snapshots, and retired refs younger than the grace period. An object is
garbage when no root's manifest reaches it and it is older than the grace period.

Why nothing that is needed is ever deleted, whoever works at the same time, in this process or another:

1. *A save may find an object in the store and rely on it.* Every save ends under the objects lock: it makes sure that
   each object of its manifest that its graph's ref does not reach is there (and puts it again where it is not), then
   writes its ref, then lets go of the lock. A sweep deletes under the same lock, in batches, and before each batch
   reads the refs again and leaves out whatever they reach now. So a batch comes before the check (then the object is
   put again: the save has it in memory) or after the ref (then it is reached).
2. *A chunk of a live graph may not be in memory.* Such chunks come from the manifest of the graph's ref, and that is a
   root; a checkpoint retires the old ref before it writes the new one.
3. *A reader may hold an older version.* What it has not loaded is reached by a retired ref, and the grace period is
   longer than a query may run.
4. *A save puts objects long before its ref.* They are younger than the grace period, so no plan names them; and a save
   that takes longer still puts them again, by 1.
5. *Gathering is not atomic.* Refs of graphs and snapshots are read first, retired refs last: what was replaced or
   deleted in between has been retired by then. A restore takes its manifest from a snapshot's ref under the objects
   lock.

A root whose manifest cannot be read stops gathering with an error: what it reaches is not known, so nothing may go.

Above: database. Below: manifest, refs, storage/objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.limits import GC_BATCH_OBJECTS, GC_GRACE_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seaglass.engine.snapshot.refs import RetiredRef


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as the store lists it."""

    name: str
    bytes: int
    modified_ms: int


@dataclass(frozen=True, slots=True)
class Doomed:
    """One object that the plan would delete, and why."""

    name: str
    bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class GcPlan:
    """What a sweep would delete. `str(plan)` is for people.

    Args:
        objects: by name
        retired: ids of retired refs past the grace period
        kept_count, kept_bytes: objects that roots reach
        young_count, young_bytes: objects that nothing reaches, but younger than the grace period
    """

    objects: tuple[Doomed, ...]
    retired: tuple[str, ...]
    kept_count: int
    kept_bytes: int
    young_count: int
    young_bytes: int

    @property
    def bytes(self) -> int:
        """What the sweep would free."""
        return sum(doomed.bytes for doomed in self.objects)

    def __str__(self) -> str:
        lines = [f"delete {doomed.name} ({doomed.bytes} bytes): {doomed.reason}" for doomed in self.objects]
        lines += [f"forget retired ref {retired_id}" for retired_id in self.retired]
        lines.append(
            f"{len(self.objects)} objects, {self.bytes} bytes to delete; {self.kept_count} objects, "
            f"{self.kept_bytes} bytes in use; {self.young_count} objects, {self.young_bytes} bytes wait "
            "for the end of the grace period"
        )
        return "\n".join(lines)


def plan_gc(
    reached: Mapping[str, str] | frozenset[str],
    retired: Sequence[RetiredRef],
    objects: Iterable[StoredObject],
    now_ms: int,
) -> GcPlan:
    """What may be deleted: a pure function.

    Args:
        reached: names of the objects that roots reach
        retired: all retired refs; those past the grace period are no roots any more
        objects: everything in the store
        now_ms: the time of the plan
    """
    doomed: list[Doomed] = []
    kept, young = [0, 0], [0, 0]
    for stored in sorted(objects, key=lambda stored: stored.name):
        age_ms = now_ms - stored.modified_ms
        if stored.name in reached:
            kept = [kept[0] + 1, kept[1] + stored.bytes]
        elif age_ms < GC_GRACE_MS:
            young = [young[0] + 1, young[1] + stored.bytes]
        else:
            reason = f"no graph or snapshot reaches it, and it is {age_ms // 3_600_000} hours old"
            doomed.append(Doomed(stored.name, stored.bytes, reason))
    expired = tuple(ref.id for ref in retired if is_expired(ref, now_ms))
    return GcPlan(tuple(doomed), expired, *kept, *young)


def is_expired(ref: RetiredRef, now_ms: int) -> bool:
    """Whether a retired ref is no root any more."""
    return now_ms - ref.retired_ms >= GC_GRACE_MS
