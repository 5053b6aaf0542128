"""Verify a store: every object gives its digest, every ref is whole, and has all that it needs.

`verify` goes deeper into one snapshot (what its chunks hold, invariants of the graph); this reads
each object once, whoever needs it, garbage too.

Above: command line. Below: scan, reach, store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, Corrupt, NotFound
from seaglass.engine.snapshot.reach import Reach, snapshot_root
from seaglass.engine.snapshot.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.snapshot.reach import Root
    from seaglass.engine.snapshot.store import Store

    Progress = Callable[[int, int], None] | None


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What a verification has found. `str(report)` is for people.

    Args:
        problems: one line each, with the name of what is wrong
        lost: snapshots and graphs that cannot be read whole, by what they are called
        unlabelled: snapshots that a rebuild could not name
    """

    where: str
    objects: int
    roots: int
    problems: tuple[str, ...]
    lost: tuple[str, ...]
    unlabelled: int

    @property
    def ok(self) -> bool:
        return not self.problems and not self.lost

    def __str__(self) -> str:
        lines = [*self.problems, *(f"{of} is NOT whole" for of in self.lost)]
        if self.unlabelled:
            lines.append(f"{self.unlabelled} snapshots have no label (they are older than labels)")
        state = "all as they were written" if self.ok else f"{len(self.problems)} problems"
        lines.append(f"{self.where}: {self.objects:,} objects, {self.roots:,} refs: {state}")
        return "\n".join(lines)


def verify_store(
    store: Store, progress: Progress = None, bytes_per_second: float = 0.0
) -> StoreReport:
    """Reads and checks everything in a store.

    Args: progress, bytes_per_second: as `scan` takes them
    Raises: Unavailable(storage)
    Cost: every byte is read
    """
    problems: list[str] = []
    good: set[str] = set()
    count = 0
    for one in scan(store, progress, bytes_per_second):
        count += 1
        if one.problem:
            bundle = f" in the bundle {one.info.bundle}" if one.info.bundle else ""
            problems.append(f"object {one.info.name}{bundle}: {one.problem}")
        elif one.plain is not None:
            good.add(one.info.name)
    reach = Reach(store)
    roots = list(_roots(store, reach, problems))
    lost: list[str] = []
    unlabelled = 0
    for root in roots:
        try:
            missing = sorted(reach.of(root) - good)
        except (Conflict, Corrupt, NotFound) as error:
            problems.append(f"{root.of}: {error.message}")
            lost.append(root.of)
            continue
        if root.label in missing:
            missing.remove(root.label)
            unlabelled += 1
        if missing:
            lost.append(root.of)
            problems += [f"{root.of}: object {name} is missing or damaged" for name in missing]
    where = store.raw_objects.where
    return StoreReport(where, count, len(roots), tuple(problems), tuple(lost), unlabelled)


def _roots(store: Store, reach: Reach, problems: list[str]) -> Iterator[Root]:
    """The roots that can be read; when one cannot, each is asked for by itself."""
    try:
        yield from reach.roots()
        return
    except Corrupt:
        pass
    for snapshot_id in store.refs.snapshot_ids():
        try:
            yield snapshot_root(store, store.refs.snapshot(snapshot_id))
        except (Conflict, Corrupt, NotFound) as error:
            problems.append(f"snapshot {snapshot_id}: {error.message}")
    for read in (store.refs.graphs, store.refs.retired):
        try:
            read()
        except Corrupt as error:
            problems.append(error.message)
