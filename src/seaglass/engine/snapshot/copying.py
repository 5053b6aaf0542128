"""Copy snapshots from one store to another: what is missing there, as it is, sealed.

    1  domains       the wrapped data key; the destination must have the same one, or none
    2  objects       those that the snapshots reach and the destination does not have, each checked
    3  label, ref    snapshot by snapshot, under the destination's objects lock, when all is there

What stops in between leaves objects that nothing names; the next run copies what is missing.

Above: command line. Below: reach, label, store, storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.ahead import ahead
from seaglass.base.errors import Conflict, Corrupt, NotFound
from seaglass.base.limits import PUT_THREADS, SETTLE_OBJECTS
from seaglass.engine.snapshot.label import name_snapshot
from seaglass.engine.snapshot.manifest import digest_of_name
from seaglass.engine.snapshot.reach import Reach, snapshot_root
from seaglass.engine.snapshot.store import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.store import Store

    Progress = Callable[[int, int], None] | None


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy has done. `str(copied)` is for people.

    Args: snapshots: that are new in the destination; there: those that were there already
    """

    snapshots: int
    there: int
    objects: int
    bytes: int

    def __str__(self) -> str:
        return (
            f"{self.snapshots:,} snapshots copied, {self.there:,} were there; {self.objects:,} objects, "
            f"{self.bytes:,} bytes"
        )


def copy_snapshots(
    source: Store, target: Store, refs: Sequence[SnapshotRef], progress: Progress = None
) -> Copied:
    """Makes the snapshots of `refs` snapshots of the target too; may be repeated.

    Args: progress: called with the number of objects copied and to copy
    Raises: Conflict(state) when the target has another data key for a key, or another snapshot under
        an id; Corrupt(corrupt), naming the object that is damaged in the source; Unavailable(storage),
        Exhausted(storage)
    """
    for key_id in sorted({ref.key_id for ref in refs}):
        _copy_domain(source, target, key_id)
    there = set(target.refs.snapshot_ids())
    for ref in refs:
        if ref.id in there and target.refs.snapshot(ref.id) != ref:
            raise Conflict(
                "state", f"{target.raw_objects.where} has another snapshot with the id {ref.id}."
            )
    reach = Reach(source)
    # Each name once, however many snapshots need it: what one needs is read again when it is named.
    key_of = {name: ref.key_id for ref in refs for name in _needed(source, reach, ref)}
    present = {info.name for info in target.raw_objects.list()}
    copier = _Copier(source, target, key_of)
    copier.copy(sorted(key_of.keys() - present), progress)
    target.raw_objects.sync()
    turns = Turns(target)
    for ref in refs:
        turns.let_others()
        _settle(copier, ref, _needed(source, reach, ref), is_new=ref.id not in there)
    new = sum(ref.id not in there for ref in refs)
    return Copied(new, len(refs) - new, copier.objects, copier.bytes)


def _needed(source: Store, reach: Reach, ref: SnapshotRef) -> frozenset[str]:
    """What a snapshot needs but for its label, which is made anew."""
    root = snapshot_root(source, ref)
    return reach.of(root) - {root.label}


def _copy_domain(source: Store, target: Store, key_id: str) -> None:
    record = source.domains.record(key_id)
    target.domains.adopt(key_id, record)
    if target.domains.record(key_id) == record:
        return
    # Wrapped anew after a rotation, or another key of the same name.
    try:
        same = target.objects(key_id).domain == source.objects(key_id).domain
    except (NotFound, Corrupt):
        same = False
    if not same:
        raise Conflict(
            "state",
            f"{target.raw_objects.where} seals under another data key of {key_id}, so objects cannot "
            "be copied as they are. Move the snapshots with `seaglass snapshot export` and `import`.",
        )


def _settle(copier: _Copier, ref: SnapshotRef, needs: frozenset[str], *, is_new: bool) -> None:
    """Makes sure that all is there, under the lock, and names the snapshot."""
    source, target = copier.source, copier.target
    names = sorted(needs)
    with target.objects_lock() as held:
        for start in range(0, len(names), SETTLE_OBJECTS):
            some = names[start : start + SETTLE_OBJECTS]
            for name in copier.absent(some):
                copier.copy_one(name)
            held.check()
        target.raw_objects.sync()
        held.check()
        if is_new:
            # With the key of the source: a folder for copies need not have it.
            name_snapshot(target, ref, source.objects(ref.key_id, target.raw_objects))


class _Copier:
    """Copies objects, some at a time, and counts them."""

    def __init__(self, source: Store, target: Store, key_of: dict[str, str]) -> None:
        self.source = source
        self.target = target
        self._sealed = {key_id: source.objects(key_id) for key_id in set(key_of.values())}
        self._key_of = key_of
        self._threads = max(PUT_THREADS, source.raw_objects.threads, target.raw_objects.threads)
        self.objects = 0
        self.bytes = 0

    def copy(self, names: Sequence[str], progress: Progress) -> None:
        for size in ahead(self._copied, names, self._threads):
            self._count(size)
            if progress is not None:
                progress(self.objects, len(names))

    def copy_one(self, name: str) -> None:
        self._count(self._copied(name))

    def absent(self, names: Sequence[str]) -> list[str]:
        there = ahead(self.target.raw_objects.refresh, names, self._threads)
        return [name for name, is_there in zip(names, there, strict=True) if not is_there]

    def _copied(self, name: str) -> int:
        try:
            data = self.source.raw_objects.get(name)
        except NotFound as error:
            raise Corrupt("corrupt", f"{error.message}; a snapshot needs it") from None
        # Nothing damaged is handed on.
        self._sealed[self._key_of[name]].unsealed(data, digest_of_name(name))
        self.target.raw_objects.put(name, data)
        return len(data)

    def _count(self, size: int) -> None:
        self.objects += 1
        self.bytes += size
