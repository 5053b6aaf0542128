"""ladybug's COPY of the files of `imports`, in its own environment: `python ladybug_copy.py FILES STORE`.

Runs by itself, without seaglass. FILES is a folder with people and knows as CSV or Parquet; STORE is where the
database goes, `:memory:` for nowhere. Prints how many seconds both tables took, by the wall's
clock and by the cores', a checkpoint to the disk included, and how many relationships there are.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import ladybug

SCHEMA = (
    "CREATE NODE TABLE Person(key STRING PRIMARY KEY, label STRING, id INT64, name STRING, age INT64, city STRING)",
    "CREATE REL TABLE KNOWS(FROM Person TO Person, label STRING, since INT64)",
)


def main(files: Path, store: str) -> None:
    database = ladybug.Database(store)
    connection = ladybug.Connection(database, num_threads=2)
    for text in SCHEMA:
        connection.execute(text)
    begun, begun_cores = time.perf_counter(), time.process_time()
    for table, name in (("Person", "people"), ("KNOWS", "knows")):
        (path,) = files.glob(f"{name}.*")
        options = " (HEADER=true)" if path.suffix == ".csv" else ""
        connection.execute(f"COPY {table} FROM '{path}'{options}")
    if store != ":memory:":
        connection.execute("CHECKPOINT")
    took, cores = time.perf_counter() - begun, time.process_time() - begun_cores
    counts = "MATCH (:Person)-[r:KNOWS]->() RETURN count(r)"
    print(took, cores, connection.execute(counts).get_all()[0][0])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
