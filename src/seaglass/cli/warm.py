"""`seaglass warm`: compiles what the engine compiles, before somebody waits for it.

Above: `cli`. Below: `warm_texts`; the engine, used as anybody uses it. Loops that are graph-shaped
are compiled when they first run, and kept on disk for all later processes. What runs them all is a
small graph with every kind of value, asked questions of every kind.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from seaglass.cli.progress import progress_bar
from seaglass.cli.warm_texts import ALGORITHMS, READS, VECTORS, WRITES

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.database import Database
    from seaglass.engine.live_graph import Graph

NODES = 2_000
WIDTH = 4


def warm() -> None:
    """Compile now what would be compiled when it is first needed.

    A first query of a kind waits up to some seconds otherwise.
    What is compiled is kept on disk: once for each version is enough, for instance in a Dockerfile.

    Example: seaglass warm
    """
    import seaglass

    with (
        tempfile.TemporaryDirectory(prefix="seaglass-warm-") as folder,
        progress_bar("Compiling") as progress,
    ):
        place = Path(folder)
        with seaglass.open(place / "data") as database:
            steps = _steps(database, place)
            for done, step in enumerate(steps):
                step()
                progress(done + 1, len(steps))
        # What a process has saved itself it need not read.
        with seaglass.open(place / "data") as database:
            _restored(database)
    typer.echo("Everything is compiled.")


def _steps(database: Database, folder: Path) -> list[Callable[[], Any]]:
    graph = database.create_graph("warm", vector_dimension=WIDTH)

    def asked(*texts: str) -> list[Callable[[], Any]]:
        return [partial(_ask, graph, text) for text in texts]

    return [
        lambda: graph.load(*_tables()),
        lambda: graph.snapshot("loaded"),
        *asked(*READS, *ALGORITHMS, *VECTORS),
        *asked(*WRITES),
        # What was written lately is kept apart from the rest, and other loops read it.
        *asked(*READS, *VECTORS),
        lambda: graph.snapshot("changed"),
        lambda: _moved(database, graph, folder / "csv"),
        lambda: _moved(database, graph, folder / "parquet"),
        lambda: _mended(database, folder / "faulty.csv"),
        _small_world,
    ]


def _ask(graph: Graph, text: str) -> None:
    graph.query(text).rows()


def _tables() -> tuple[dict[str, Any], dict[str, Any]]:
    import numpy as np

    chance = np.random.default_rng(7)
    number = np.arange(NODES)
    day = np.datetime64("2020-01-01") + number % 90
    nodes = {
        "~id": [f"n{one}" for one in number],
        "~label": np.where(number % 10, "Person", "Company"),
        "~embedding": list(chance.random((NODES, WIDTH), np.float32)),
        "name": [f"name {one}" for one in number],
        "age": number % 997,
        "wide": np.exp2(62 * chance.random(NODES)).astype(np.int64),
        "score": number / 2,
        "flag": number % 3 == 0,
        "city": [f"c{one % 20}" for one in number],
        "since": day,
        "at": day.astype("datetime64[ms]"),
    }
    source, target = chance.integers(NODES, size=(2, 4 * NODES))
    source[:NODES] = 1
    edges = {
        "~from": [f"n{one}" for one in source],
        "~to": [f"n{one}" for one in target],
        "~label": np.where(target % 10, "KNOWS", "WORKS_AT"),
        "weight": chance.random(len(source)),
        "since": 2000 + source % 20,
        "kind": [f"k{one % 5}" for one in source],
    }
    return nodes, edges


def _restored(database: Database) -> None:
    for name in ("loaded", "changed"):
        graph = database.restore(name, f"{name} again")
        graph.prefetch(wait=True)
        for text in READS:
            _ask(graph, text)
    database.diff("loaded", "changed")


def _moved(database: Database, graph: Graph, folder: Path) -> None:
    graph.export(folder, format=folder.name)
    empty = database.create_graph(folder.name, vector_dimension=WIDTH)
    empty.import_files(folder, format=folder.name)


def _mended(database: Database, file: Path) -> None:
    file.write_text("~id,~label,age:Int\nn1,Person,7\nn2,Person,seven\n")
    database.create_graph("mended").import_files(file, fail_on_error=False)


def _small_world() -> None:
    """The index of vectors is not made of a graph as small as this one."""
    import numpy as np

    from seaglass.engine.graph.vectors import Vectors
    from seaglass.engine.kernels.stopping import new_flag
    from seaglass.engine.vector.hnsw import grown

    numbers = np.random.default_rng(7).random((NODES, WIDTH), np.float32)
    vectors = Vectors.empty(WIDTH).with_vectors(np.arange(NODES), numbers)
    world = grown(None, vectors, lambda: True, new_flag())
    assert world is not None
    world.near(numbers[0], np.ones(NODES, np.bool_), 10, new_flag())
