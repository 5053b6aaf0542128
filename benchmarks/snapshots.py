"""What does a snapshot cost: the first, one with nothing changed, one after 0.1 % of the nodes have changed?

The first stores every chunk of the graph in an empty folder; a loaded graph is stored already, so it is measured on a
version that was built in memory: once in a new process, which loads machine code as well, and once more, beside what
this machine can do with the same content in two ways (`frozen/limit`). The others are `Graph.snapshot` in a folder
that holds the graph. Bytes are what is written to the store, sealed. The third snapshot is restored and compared
before it counts.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import seaglass
from benchmarks.figures import Figure, Scale, seconds
from benchmarks.frozen.limit import LIMITS, at_the_limit
from benchmarks.social import social
from seaglass.base.clock import SystemClock
from seaglass.base.files import LocalFiles
from seaglass.base.rng import SystemRng
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.version import GraphVersion, empty
from seaglass.engine.snapshot.describe import Identity
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.save import Save, Saved, save
from seaglass.engine.snapshot.store import Store
from seaglass.storage.keys.ring import AWS_OWNED_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.social import Social
    from seaglass import Graph

SHARE = 0.001
SEED = 3


def measure(scale: Scale) -> Iterator[Figure]:
    tables = social(scale)
    with tempfile.TemporaryDirectory() as folder:
        first = save_first(build(empty(), tables.people, tables.knows), Path(folder, "first"))
        again, limits = save_again(tables, Path(folder))
    size = f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    yield Figure(f"{size}: first", first[0], "s")
    yield Figure(f"{size}: first", first[1].bytes / 2**20, "MiB")
    yield Figure(f"{size}: first, once more", again, "s")
    for name, (limit, written, plain) in limits.items():
        way = f"{size}: zstd, AES-GCM and one file {name}"
        yield Figure(way, limit, "s")
        yield Figure(f"{way}, before they are packed", plain / 2**20, "MiB")
        yield Figure(f"{way}, written", written / 2**20, "MiB")
        yield Figure(f"{way}, to first once more", limit / again * 100, "%")
    with tempfile.TemporaryDirectory() as folder, seaglass.open(folder) as database:
        graph = database.create_graph("social")
        graph.load(tables.people, tables.knows)
        for name, change in (("nothing changed", False), ("0.1 % of nodes changed", True)):
            if change:
                change_some(graph, scale)
            taken: list[seaglass.Snapshot] = []
            spent = seconds(lambda n=name, t=taken: t.append(graph.snapshot(n)))
            yield Figure(f"{size}: {name}", spent * 1e3, "ms")
            yield Figure(f"{size}: {name}", taken[0].bytes_written / 2**10, "KiB")
            yield Figure(f"{size}: {name}, time to first", spent / first[0] * 100, "%")
            share = taken[0].bytes_written / first[1].bytes
            yield Figure(f"{size}: {name}, bytes to first", share * 100, "%")
        total = "MATCH (n) RETURN sum(n.age) AS total"
        again = database.restore(taken[0].id, "again")
        assert again.query(total).rows() == graph.query(total).rows()


def save_first(version: GraphVersion, folder: Path) -> tuple[float, Saved]:
    """Store a version that is only in memory into an empty folder; seconds, and what was written."""
    store = Store(LocalFiles(), Layout(folder), SystemClock(), SystemRng())
    store.ensure_key(AWS_OWNED_KEY)
    identity = Identity("g-0123456789", "social", AWS_OWNED_KEY)
    job = Save(version, identity, frozenset(), None, None)
    kept: list[Saved] = []
    spent = seconds(lambda: kept.append(save(store, job, lambda _: None)))
    return spent, kept[0]


def save_again(tables: Social, folder: Path) -> tuple[float, dict[str, tuple[float, int, int]]]:
    """Seconds of a first snapshot once the process is warm, and the limits by their names."""
    version = build(empty(), tables.people, tables.knows)
    os.sync()
    spent, _ = save_first(version, folder / "again")
    return spent, {name: at_the_limit(version, name, folder / "limit") for name in LIMITS}


def change_some(graph: Graph, scale: Scale) -> None:
    """Set one property of a random share of the nodes, as a client would."""
    chosen = np.random.default_rng(SEED).choice(
        scale.nodes, int(scale.nodes * SHARE), replace=False
    )
    rows = [{"id": str(number), "age": 100 + int(number) % 50} for number in chosen]
    text = "UNWIND $rows AS row MATCH (n {`~id`: row.id}) SET n.age = row.age"
    graph.query(text, {"rows": rows}).rows()
