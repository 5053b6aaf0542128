"""Garbage collection of objects: gather, plan (pure), sweep.

Roots are the refs of graphs (in a bucket also those of other folders' graphs), the refs of snapshots, and retired refs
younger than the grace period. An object is garbage when no root's manifest reaches it and it is older than the grace
period.

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
Where its key cannot be used, it reaches nothing outside the domain of that key: what belongs to that domain stays, and
the rest may go.

Above: database, commands. Below: reach, store, refs, storage/objects.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from seaglass.base.ahead import ahead
from seaglass.base.errors import Conflict, NotFound
from seaglass.base.limits import GC_BATCH_OBJECTS, GC_GRACE_MS, PUT_THREADS
from seaglass.engine.snapshot.reach import Reach, is_expired
from seaglass.engine.snapshot.store import Turns
from seaglass.storage.keys.domain import domain_id_of
from seaglass.storage.objects.format import domain_id_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from seaglass.engine.snapshot.refs import RetiredRef
    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.objects.store import ObjectInfo


@dataclass(frozen=True, slots=True)
class Doomed:
    """One object that the plan would delete, and why.

    Args: bundle: as in `ObjectInfo`
    """

    name: str
    bytes: int
    reason: str
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class GcPlan:
    """What a sweep would delete. `str(plan)` is for people.

    Args:
        objects: by name
        retired: ids of retired refs past the grace period
        kept_count, kept_bytes: objects that roots reach
        young_count, young_bytes: objects that nothing reaches, but younger than the grace period
        closed: keys that cannot be used now: everything under them counts as kept
    """

    objects: tuple[Doomed, ...]
    retired: tuple[str, ...]
    kept_count: int
    kept_bytes: int
    young_count: int
    young_bytes: int
    closed: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """What the sweep would free."""
        return sum(doomed.bytes for doomed in self.objects)

    def __str__(self) -> str:
        lines = [
            f"delete {doomed.name} ({doomed.bytes} bytes): {doomed.reason}"
            for doomed in self.objects
        ]
        lines += [f"forget retired ref {retired_id}" for retired_id in self.retired]
        lines += [
            f"keep all that is under the key {key_id}, which cannot be used now"
            for key_id in self.closed
        ]
        lines.append(
            f"{len(self.objects)} objects, {self.bytes} bytes to delete; {self.kept_count} objects, "
            f"{self.kept_bytes} bytes in use; {self.young_count} objects, {self.young_bytes} bytes wait "
            "for the end of the grace period"
        )
        return "\n".join(lines)


def plan_gc(
    reached: AbstractSet[str],
    retired: Sequence[RetiredRef],
    objects: Iterable[ObjectInfo],
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
    for info in sorted(objects, key=lambda info: info.name):
        age_ms = now_ms - int(info.modified * 1000)
        if info.name in reached:
            kept = [kept[0] + 1, kept[1] + info.size_bytes]
        elif age_ms < GC_GRACE_MS:
            young = [young[0] + 1, young[1] + info.size_bytes]
        else:
            reason = f"no graph or snapshot reaches it, and it is {age_ms // 3_600_000} hours old"
            doomed.append(Doomed(info.name, info.size_bytes, reason, info.bundle))
    expired = tuple(ref.id for ref in retired if is_expired(ref, now_ms))
    return GcPlan(tuple(doomed), expired, kept[0], kept[1], young[0], young[1], ())


def gather_and_plan(store: Store) -> GcPlan:
    """What a sweep of the store would delete now.

    Raises: Corrupt(corrupt), NotFound(object) when a ref or a manifest cannot be read
    """
    now_ms = store.now_ms()
    # Listed before the refs are read: an object that comes later is in no plan.
    objects = list(store.raw_objects.list())
    reach = Reach(store)
    reached = reach.names()
    retired = store.refs.retired()
    plan = plan_gc(reached, retired, objects, now_ms)
    if reach.closed:
        closed = _under(store, reach.closed, [doomed.name for doomed in plan.objects])
        plan = plan_gc(reached | closed, retired, objects, now_ms)
        plan = replace(plan, closed=tuple(sorted(reach.closed)))
    return plan


def _under(store: Store, closed: AbstractSet[str], names: Sequence[str]) -> frozenset[str]:
    """Those of some objects that are sealed under keys that cannot be used."""
    domains = {domain_id_of(key_id) for key_id in closed}

    def is_under(name: str) -> bool:
        try:
            return domain_id_in(store.raw_objects.get(name)) in domains
        except NotFound:
            return False

    threads = max(PUT_THREADS, store.raw_objects.threads)
    found = zip(names, ahead(is_under, names, threads), strict=True)
    return frozenset(name for name, is_one in found if is_one)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep has deleted; `spared` objects of its plan are reached by now."""

    objects: int
    bytes: int
    spared: int


def sweep(store: Store, plan: GcPlan) -> Swept:
    """Deletes what the plan names and nothing reaches by now.

    Raises: Corrupt(corrupt), NotFound(object) when a ref or a manifest cannot be read; Conflict(key)
        when a key cannot be used any more that could when the plan was made
    """
    reach = Reach(store)
    # Manifests are read before the lock is held: under it only those of refs that are new.
    reach.names()
    # Batch by batch a bundle would be written again, so each falls into as few as can be.
    waiting = iter(sorted(plan.objects, key=lambda doomed: (doomed.bundle, doomed.name)))
    deleted, freed, spared = 0, 0, 0
    turns = Turns(store)
    while batch := list(islice(waiting, GC_BATCH_OBJECTS)):
        turns.let_others()
        with store.objects_lock(sweeping=True) as held:
            reached = reach.names()
            _check_open(plan, reach)
            garbage = {doomed.name: doomed.bytes for doomed in batch if doomed.name not in reached}
            spared += len(batch) - len(garbage)
            held.check()
            # Its age again: somebody may have put or refreshed it since the plan was made.
            before = store.clock.now() - GC_GRACE_MS / 1000
            gone = store.raw_objects.delete_older(list(garbage), before, held.check)
            deleted, freed = deleted + len(gone), freed + sum(garbage[name] for name in gone)
    store.raw_objects.sync()
    store.raw_objects.remove_leftovers(store.clock.now() - GC_GRACE_MS / 1000)
    # Last, so that a sweep that is cut short is planned again in the same words.
    for retired in store.refs.retired():
        if retired.id in plan.retired:
            with suppress(NotFound):  # another sweep was quicker
                store.refs.remove_retired(retired.id)
    with store.objects_lock():
        store.refs.remove_stale_roots()
    return Swept(deleted, freed, spared)


def _check_open(plan: GcPlan, reach: Reach) -> None:
    closed = sorted(reach.closed.difference(plan.closed))
    if closed:
        raise Conflict(
            "key",
            f"The key {closed[0]} cannot be used any more since the plan was made. Plan again.",
        )
