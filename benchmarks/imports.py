"""How fast are 1 M people and 10 M relationships imported from files, against Polars that only parses them?

CSV with Gremlin-style headers, and Parquet; ids are texts. Each import runs in a process of its own, in
which a small one ran first, so that no figure holds the compilation of kernels and the most memory is
that of the import: into memory, and into a data folder, where it ends when everything is durable.
Polars parses the same files in this process, under the types of the header. What was imported is
checked before it counts. Where `make bench-queries` has made an environment for ladybug, its COPY of
the same files comes beside (`ladybug_copy.py`).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.figures import QUICK, Figure, Scale, seconds
from benchmarks.resident import resident_bytes
from benchmarks.social import social
from seaglass.engine.graph import read
from seaglass.engine.graph.version import GraphVersion, empty
from seaglass.engine.transfer.load import bulk_import
from seaglass.engine.transfer.request import Format, LoadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.graph.watch import Keep

RUNS = 3
CLOCKS = ("wall", "cores")
ROOT = Path(__file__).parent
LADYBUG = ROOT.parent / ".bench" / "ladybug" / "bin" / "python"
# The columns of the tables as the headers of CSV have them.
PEOPLE = ("~id", "~label", "id:Int", "name:String", "age:Int", "city:String")
KNOWS = ("~from", "~to", "~label", "since:Int")
TEXT = ("~id", "~label", "~from", "~to")
FORMATS = {"csv": Format.CSV, "parquet": Format.PARQUET}


class Held:
    """A graph in memory that an import fills, without storage."""

    neptune = False

    def __init__(self) -> None:
        self.version = empty()

    def replace(self, change: Callable[[GraphVersion, Keep], GraphVersion]) -> None:
        self.version = change(self.version, lambda _: None)


def measure(scale: Scale) -> Iterator[Figure]:
    size = f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        since = write(folder / "full", scale)
        write(folder / "warm", QUICK)
        for where in ("memory", "folder"):
            # Alternating, so that all have the same machine.
            alone: dict[str, list[dict[str, float]]] = {form: [] for form in FORMATS}
            runs: dict[str, list[dict[str, Any]]] = {form: [] for form in FORMATS}
            for _ in range(RUNS):
                for form in FORMATS:
                    alone[form].append(took(lambda f=folder / "full" / form: parse(f)))
                    runs[form].append(apart(folder, form, where))
            for run in (run for form in FORMATS for run in runs[form]):
                assert (run["nodes"], run["edges"]) == (scale.nodes, scale.edges)
                assert where == "folder" or run["since"] == since
            for form in FORMATS:
                yield from figures(f"{size}: {form}", where, alone[form], runs[form])
                if LADYBUG.exists():
                    copied = ladybug_copies(folder / "full" / form, folder, where)
                    for clock in CLOCKS:
                        name = f"{size}: {form}, {clock}, ladybug's COPY into {where}"
                        yield Figure(name, copied[clock], "s")
            for clock in CLOCKS:
                csv, parquet = (median(runs[form], clock) for form in ("csv", "parquet"))
                what = f"{size}: parquet, {clock}, into {where}, times CSV"
                yield Figure(what, parquet / csv, "x")


def figures(
    what: str, where: str, alone: list[dict[str, float]], runs: list[dict[str, Any]]
) -> Iterator[Figure]:
    """Of one format and place."""
    for clock in CLOCKS:
        parsed, ours = median(alone, clock), median(runs, clock)
        yield Figure(f"{what}, {clock}, Polars alone parses", parsed, "s")
        yield Figure(f"{what}, {clock}, import into {where}", ours, "s")
        yield Figure(f"{what}, {clock}, into {where}, times Polars", ours / parsed, "x")
    if where == "memory":
        most = max(run["peak_mib"] / run["graph_mib"] for run in runs)
        yield Figure(f"{what}, graph", runs[0]["graph_mib"], "MiB")
        yield Figure(f"{what}, most memory, times the graph", most, "x")


def median(runs: list[dict[str, Any]], clock: str) -> float:
    return statistics.median([run[clock] for run in runs])


def took(work: Callable[[], object]) -> dict[str, float]:
    """Seconds by the wall's clock, and by the cores'."""
    cores = time.process_time()
    wall = seconds(work)
    return {"wall": wall, "cores": time.process_time() - cores}


def write(folder: Path, scale: Scale) -> int:
    """Writes the social graph in both formats; gives the sum of all `since`."""
    tables = social(scale)
    for name, table, header in (
        ("people", tables.people, PEOPLE),
        ("knows", tables.knows, KNOWS),
    ):
        plain = pa.table(
            {
                column: table[column].combine_chunks().dictionary_decode()
                if pa.types.is_dictionary(table[column].type)
                else table[column]
                for column in table.column_names
            }
        )
        for form in FORMATS:
            (folder / form).mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(plain, folder / "parquet" / f"{name}.parquet")
        pyarrow.csv.write_csv(plain.rename_columns(header), folder / "csv" / f"{name}.csv")
    return int(np.array(tables.knows["since"]).sum())


def parse(folder: Path) -> None:
    """Polars reads all files of a folder into memory."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".parquet":
            pl.read_parquet(path)
        else:
            with path.open() as file:
                header = file.readline()
            names = [one for one in TEXT if one in header]
            pl.read_csv(path, schema_overrides=dict.fromkeys(names, pl.String))


def ladybug_copies(files: Path, folder: Path, where: str) -> dict[str, float]:
    """How long ladybug takes for the files; once, since it takes long."""
    with tempfile.TemporaryDirectory(dir=folder) as data:
        store = ":memory:" if where == "memory" else f"{data}/store"
        command = [LADYBUG, ROOT / "ladybug_copy.py", files, store]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, cores, edges = done.stdout.split()
    assert int(edges) == edges_in(files)
    return {"wall": float(wall), "cores": float(cores)}


def edges_in(files: Path) -> int:
    """How many relationships the files have."""
    parquet = files / "knows.parquet"
    if parquet.exists():
        return pyarrow.parquet.read_metadata(parquet).num_rows
    with (files / "knows.csv").open("rb") as file:
        return sum(1 for _ in file) - 1


def apart(folder: Path, form: str, where: str) -> dict[str, Any]:
    """An import in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_import, args=(theirs, str(folder), form, where))
    process.start()
    theirs.close()
    told = json.loads(ours.recv())
    process.join()
    return told


def _import(pipe: Any, folder: str, form: str, where: str) -> None:
    fill(Held(), Path(folder) / "warm" / form, form)
    before = most_mib()
    files = Path(folder) / "full" / form
    told: dict[str, Any] = {}
    if where == "memory":
        held = Held()
        told |= took(lambda: fill(held, files, form))
        told["peak_mib"] = most_mib() - before
        version = held.version
        since = read.edge_property(version, np.arange(version.next_edge), "since")
        told["since"] = int(since.data.sum())
        told["graph_mib"] = resident_bytes(version) / 2**20
    else:
        import seaglass

        with (
            tempfile.TemporaryDirectory(dir=folder) as data,
            seaglass.open(data) as database,
        ):
            graph = database.create_graph("imported")
            told |= took(lambda: fill(graph, files, form))
            version = graph.version
    told |= {"nodes": version.node_count, "edges": version.edge_count}
    pipe.send(json.dumps(told))


def fill(graph: Any, files: Path, form: str) -> None:
    request = LoadRequest(str(files), FORMATS[form], threads=os.cpu_count() or 1)
    bulk_import(graph, request, lambda _: None, lambda: False)


def most_mib() -> float:
    """The most memory that this process has had, since it runs this program."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the system does not tell")
