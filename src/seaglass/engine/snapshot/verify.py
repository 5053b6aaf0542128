"""Verify a snapshot: read everything that it needs, and check it.

    every object of the manifest is there, its bytes give its digest, and it decodes to what the
    manifest says; then graph/check proves the invariants of the version as a whole

Above: database, command line. Below: load, manifest, graph/check, storage/objects.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Corrupt, NotFound, SeaglassError
from seaglass.base.limits import PUT_THREADS
from seaglass.engine.graph.check import check
from seaglass.engine.graph.chunk import stats_of
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.engine.snapshot.label import label_name
from seaglass.engine.snapshot.load import version_of
from seaglass.engine.snapshot.manifest import digest_of_name, reached_names, read_manifest

if TYPE_CHECKING:
    from seaglass.engine.graph.chunk import ChunkRef
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.store import Store
    from seaglass.storage.objects.sealed import SealedObjects


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one object, or (with the name "") with the version as a whole."""

    object: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification has found. `str(report)` is for people."""

    snapshot: str
    objects: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        if self.ok:
            return f"snapshot {self.snapshot}: {self.objects} objects, all as they were written"
        lines = [
            f"snapshot {self.snapshot}: {len(self.problems)} problems in {self.objects} objects"
        ]
        lines += [f"  {problem.object or 'version'}: {problem.reason}" for problem in self.problems]
        return "\n".join(lines)


def verify_snapshot(store: Store, snapshot_id: str) -> Report:
    """Reads and checks all of a snapshot.

    Raises: NotFound(snapshot); Corrupt(corrupt) when its ref is damaged
    Cost: every byte is read, and the whole version is in memory at the end
    """
    ref = store.refs.snapshot(snapshot_id)
    objects = store.objects(ref.key_id)
    of = f"snapshot {snapshot_id}"
    try:
        document = read_manifest(objects, ref.manifest, of)
    except Corrupt as error:
        return Report(snapshot_id, 1, (Problem(ref.manifest, error.message),))
    count = len(reached_names(document)) + 1
    try:
        version = version_of(document, objects, of)
    except Corrupt as error:
        return Report(snapshot_id, count, (Problem("", error.message),))
    threads = max(PUT_THREADS, store.raw_objects.threads)
    problems = [problem for problem in _chunk_problems(version, threads) if problem is not None]
    if not problems:
        problems = _version_problems(version)
    return Report(snapshot_id, count, (*problems, *_label_problems(ref, objects)))


def _label_problems(ref: SnapshotRef, objects: SealedObjects) -> list[Problem]:
    name = label_name(ref, objects.domain)
    try:
        objects.get(digest_of_name(name))
    except NotFound:
        # Snapshots of older versions have none.
        return []
    except Corrupt as error:
        return [Problem(name, error.message)]
    return []


def _chunk_problems(version: GraphVersion, threads: int) -> list[Problem | None]:
    with ThreadPoolExecutor(threads, thread_name_prefix="verify") as pool:
        return list(pool.map(_chunk_problem, chunk_refs(version)))


def _chunk_problem(ref: ChunkRef[Any]) -> Problem | None:
    assert ref.digest is not None
    name = ref.digest.hex()
    try:
        found = stats_of(ref.get())
    except SeaglassError as error:
        return Problem(name, error.message)
    if (found.rows, found.nulls) != (ref.stats.rows, ref.stats.nulls):
        return Problem(name, f"the manifest says {ref.stats}, and the object holds {found}")
    return None


def _version_problems(version: GraphVersion) -> list[Problem]:
    try:
        check(version)
    except (AssertionError, Corrupt) as error:
        return [Problem("", f"an invariant does not hold: {error}")]
    return []
