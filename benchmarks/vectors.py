"""What does a search among embeddings cost, looking at all or walking an index, and what is found?

Vectors of 384 numbers in clusters, as embeddings of texts are: 100,000 of them in a quick run, else a
million. They are imported from Parquet; then each question is asked of the same version both ways, in turn, by
processor time. Recall is the share of the ten nearest that a walk finds.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import seaglass
from benchmarks.figures import QUICK, Figure, Scale, quantile, seconds
from seaglass.engine.values.interrupt import Uninterrupted
from seaglass.engine.vector.exact import nearest
from seaglass.engine.vector.index import index_of
from seaglass.engine.vector.search import Wanted, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass import Graph

SEED = 11
DIMENSION = 384
QUICK_VECTORS = 100_000
SAMPLES = 100
BREADTHS = (50, 100, 500)
ASKED = "WITH $e AS e CALL neptune.algo.vectors.topKByEmbedding(e) YIELD node, score RETURN id(node), score"


def measure(scale: Scale) -> Iterator[Figure]:
    count = QUICK_VECTORS if scale == QUICK else scale.nodes
    rng = np.random.default_rng(SEED)
    centres = 2 * rng.standard_normal((count // 100, DIMENSION), np.float32)
    with seaglass.open(None) as database, tempfile.TemporaryDirectory() as folder:
        graph = database.create_graph("vectors", vector_dimension=DIMENSION)
        _write(Path(folder) / "nodes.parquet", count, centres)
        spent = seconds(lambda: graph.import_files(folder, format="parquet"))
        yield Figure("vectors", count, "vectors")
        yield Figure("import from Parquet", count / spent, "vectors/s")
        near = centres[rng.integers(0, len(centres), SAMPLES)]
        asked = near + rng.standard_normal(near.shape, np.float32)
        yield from _searched(graph, asked)


def _write(path: Path, count: int, centres: Any) -> None:
    rng = np.random.default_rng(SEED + 1)
    schema = pa.schema(
        [("~id", pa.string()), ("~label", pa.string()), ("embedding", pa.list_(pa.float32()))]
    )
    step = 10_000
    with pq.ParquetWriter(path, schema, compression="NONE") as writer:
        for start in range(0, count, step):
            rows = centres[rng.integers(0, len(centres), step)]
            numbers = rows + rng.standard_normal(rows.shape, np.float32)
            bounds = np.arange(step + 1, dtype=np.int32) * DIMENSION
            vectors = pa.ListArray.from_arrays(pa.array(bounds), pa.array(numbers.reshape(-1)))
            ids = [str(number) for number in range(start, start + step)]
            writer.write_table(pa.table([ids, ["Chunk"] * step, vectors], schema=schema))


def _searched(graph: Graph, asked: Any) -> Iterator[Figure]:
    vectors = graph.version.vectors
    assert vectors is not None
    never = Uninterrupted()
    exact = _each(asked, lambda one: nearest(vectors.parts(), one, 10, None, never))
    yield Figure("all looked at, median", _median_ms(exact), "ms")
    index = index_of(vectors)
    index.keep_up(vectors)
    began = time.perf_counter()
    index.wait()
    yield Figure("index made", time.perf_counter() - began, "s")
    assert index.world is not None
    for breadth in BREADTHS:
        wanted = Wanted(10, breadth, None)
        walked = _each(asked, lambda one, wanted=wanted: search(vectors, one, wanted, never))
        hits = sum(
            int(np.isin(found[0], right[0]).sum())
            for (_, found), (_, right) in zip(walked, exact, strict=True)
        )
        yield Figure(f"walk of breadth {breadth}, median", _median_ms(walked), "ms")
        yield Figure(
            f"walk of breadth {breadth}, of all looked at",
            _median_ms(walked) / _median_ms(exact),
            "times",
        )
        yield Figure(f"walk of breadth {breadth}, recall at 10", hits / (10 * len(asked)), "")
    lists = asked.astype(np.float64).tolist()
    queried = _each(lists, lambda one: graph.query(ASKED, {"e": one}).rows())
    yield Figure("query of topKByEmbedding, median", _median_ms(queried), "ms")


def _each(asked: Any, answer: Callable[[Any], Any]) -> list[tuple[float, Any]]:
    """The milliseconds of processor time, and the answer, of each question; the first is asked twice."""
    answer(asked[0])
    found = []
    for one in asked:
        began = time.thread_time()
        given = answer(one)
        found.append(((time.thread_time() - began) * 1000, given))
    return found


def _median_ms(found: list[tuple[float, Any]]) -> float:
    return quantile([spent for spent, _ in found], 0.5)
