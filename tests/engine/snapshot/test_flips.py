"""Goal: no byte of a store can change unseen, and what is wrong is named.

Method: a small store with every kind of file; each byte in turn is flipped, and everything is read:
the graphs are opened, the snapshot and the store are verified, garbage collection is planned. `make soak` flips every
byte; here every few are.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.errors import Corrupt
from seaglass.base.limits import GC_GRACE_MS
from seaglass.base.memory_files import MemoryFile
from seaglass.engine.snapshot.verify_store import verify_store
from seaglass.testkit.files import ForgetfulFiles
from tests.engine.items import GRAPH, SNAPSHOT, add, opened, reached

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.database import Database

STRIDE = int(os.environ.get("SEAGLASS_FLIP_STRIDE", "97"))
# Locks are empty, or say who holds them.
LOCKS = ("lock", "objects.lock")


def a_store() -> ForgetfulFiles:
    """A graph with chunks, patches, embeddings and a log, a snapshot of it, and a key that was rotated."""
    clock = ManualClock()
    files = ForgetfulFiles(clock)
    with opened(files, clock) as database:
        graph = database.create_graph("main", graph_id=GRAPH, vector_dimension=2)
        graph.load(
            {"~id": [f"v{n}" for n in range(300)], "~embedding": [[n, 0.5] for n in range(300)]}
        )
        graph.query("CALL neptune.algo.vectors.upsert('v7', [1, 2])").close()
        graph.query("CALL neptune.algo.vectors.remove(['v8', 'v9'])").close()
        graph.query(
            "UNWIND range(1, 40) AS n CREATE (:Many {n: n, x: n / 2.0, t: toString(n), b: n > 3, "
            "d: date('2026-01-01') + duration({days: n}), l: [n, 'x']})"
        ).close()
        add(graph, 1)
        graph.checkpoint()
        add(graph, 2)
        graph.snapshot("s", snapshot_id=SNAPSHOT)
        database.rotate_key("AWS_OWNED_KEY")
    # Only what is needed is read by a verification, so only that may be there.
    clock.advance(GC_GRACE_MS / 1000 + 1)
    database = opened(files, clock)
    database.sweep(database.plan_gc())
    database.graph("main").snapshot("twice")
    database.delete_snapshot("twice")
    for number in (3, 4, 5):
        add(database.graph("main"), number)
    # As after a kill: the log has entries that no checkpoint has.
    return files.after_kill()


def copied(files: ForgetfulFiles, path: Path, at: int, flip: int) -> ForgetfulFiles:
    copy = files.after_kill()
    content = bytearray(copy.tree[path].content)
    content[at] ^= flip
    copy.tree[path] = MemoryFile(content, 0.0, len(content))
    return copy


def problems(database: Database) -> list[str]:
    """Read everything; what is said to be wrong, in words."""
    found: list[str] = []

    def tell(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        except Corrupt as error:
            found.append(f"{error.message} {error.detail}")

    def verify() -> None:
        report = database.verify(SNAPSHOT)
        if not report.ok:
            found.append(str(report))

    def read() -> None:
        # A change in the last entry of a log cannot be told from a write that a power loss cut.
        assert reached(database.graph("main")) in (4, 5)

    def verify_all() -> None:
        report = verify_store(database._store)
        if not report.ok:
            found.append(str(report))

    tell(verify)
    tell(verify_all)
    tell(read)
    tell(lambda: database.plan_gc())
    return found


@pytest.mark.parametrize("bundle_bytes", [0, limits.BUNDLE_BYTES_MIN])
def test_every_flipped_byte_is_named(bundle_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", bundle_bytes)
    files = a_store()
    with opened(files.after_kill(), seed=2) as database:
        assert problems(database) == []
        bundled = [info for info in database._store.raw_objects.list() if info.bundle]
    assert bool(bundled) == (bundle_bytes == 0)
    paths = [path for path in sorted(files.tree) if path.name not in LOCKS]
    flips = 0
    turn = 0
    for path in paths:
        for at in range(len(files.tree[path].content)):
            turn += 1
            if turn % STRIDE:
                continue
            flips += 1
            with opened(copied(files, path, at, 1 << (at % 8)), seed=2) as database:
                said = problems(database)
            names = {path.name, *(info.name for info in bundled if info.bundle == path.name)}
            # Nobody reads those parts of a log that a checkpoint has made needless.
            if path.suffix != ".wal":
                assert any(name in text for text in said for name in names), (path, at, said)
    assert flips >= len(paths) * 2 or STRIDE > 100


@pytest.mark.parametrize("kind", ["objects", "graphs", "snapshots", "domains", "keys", "retired"])
def test_the_store_has_every_kind_of_file(kind: str) -> None:
    assert any(kind in path.parts for path in a_store().tree)
