"""How fast is a graph of 1 M people and 10 M relationships exported, against Polars that writes the same columns?

CSV and Parquet, everything, to a folder. Polars has the columns as frames in memory already and writes
one file for each; the graph first has to gather them: ids of both ends, labels, which nodes have what.
What was written is counted before it counts.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import seaglass
from benchmarks.figures import Figure, Scale, seconds
from benchmarks.social import social

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 3
FORMATS = ("csv", "parquet")


def measure(scale: Scale) -> Iterator[Figure]:
    size = f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    tables = social(scale)
    with tempfile.TemporaryDirectory() as name, seaglass.open() as database:
        graph = database.create_graph("exported")
        graph.load(tables.people, tables.knows)
        frames = {
            "people": pl.from_arrow(tables.people).with_columns(
                pl.col(pl.Categorical).cast(pl.String)
            ),
            "knows": pl.from_arrow(tables.knows).with_columns(
                pl.col(pl.Categorical).cast(pl.String)
            ),
        }
        for form in FORMATS:
            folder = Path(name) / form
            alone = statistics.median(
                [seconds(partial(write, frames, folder, form)) for _ in range(RUNS)]
            )
            yield Figure(f"{size}: {form}, Polars alone writes", alone, "s")
            runs = []
            for _ in range(RUNS):
                shutil.rmtree(folder, ignore_errors=True)
                runs.append(seconds(partial(graph.export, folder, format=form)))
                assert counted(folder, form) == (scale.nodes, scale.edges)
            took = statistics.median(runs)
            yield Figure(f"{size}: {form}, export", took, "s")
            yield Figure(f"{size}: {form}, export, times Polars", took / alone, "x")


def write(frames: dict[str, Any], folder: Path, form: str) -> None:
    """Polars writes the frames."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, frame in frames.items():
        if form == "csv":
            frame.write_csv(folder / f"{name}.csv", quote_style="non_numeric")
        else:
            frame.write_parquet(folder / f"{name}.parquet", compression="uncompressed")


def counted(folder: Path, form: str) -> tuple[int, int]:
    """How many nodes and edges the files have."""
    counts = []
    for part in ("vertices", "edges"):
        paths = sorted((folder / part).iterdir())
        scan = pl.scan_csv(paths) if form == "csv" else pl.scan_parquet(paths)
        counts.append(int(scan.select(pl.len()).collect().item()))
    return counts[0], counts[1]
