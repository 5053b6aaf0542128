"""Write a store of this version into a file that later versions must open.

    python -m tests.formats.freeze tests/formats/store-4.zip

The file has the data folder under `data/` and what it holds in `expected.json` (`contents`). A file
that is in the repository is never written again: a version that changes a format adds one.

What is in the store: columns of every kind, with and without nulls, of sizes that take every
encoding; labels on some and on all; several groups of edges; edges loaded at once and one by one;
hubs; objects in bundles and in files of their own; embeddings on most nodes; patches on top of chunks; deleted rows; a log with entries after the last checkpoint;
snapshots; a graph that was restored; a key of its own, and keys that were rotated.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.rng import SeededRng
from seaglass.engine.database import Database
from tests.formats.contents import contents

if TYPE_CHECKING:
    from seaglass.engine.live_graph import Graph

SEED = 20_251_124
# So many bytes that are put together are a bundle: a small store has some.
BUNDLE_BYTES_MIN = 4_000
PEOPLE = 400
KNOWS = 1_500
# The time in a file of a zip: the same each time.
_EPOCH = (2026, 1, 1, 0, 0, 0)
# What says who holds a lock is of no use later.
_LOCKS = ("lock", "objects.lock")

VALUES = """
UNWIND range(1, 60) AS n CREATE (:Value {`~id`: 'value-' + n, whole: n * n * n * 100003,
  small: n % 7, half: n / 2.0, truth: n % 3 = 0, text: 'täxt ' + n, none: null,
  some: CASE WHEN n % 2 = 0 THEN n END, empty: '', list: [n, 'x', true, 0.5], dates: [date('1600-02-29')],
  mixed: CASE n % 4 WHEN 0 THEN n WHEN 1 THEN n / 4.0 WHEN 2 THEN toString(n) ELSE n = 3 END,
  date: date('2026-01-01') + duration({days: n * 1000}),
  localtime: localtime('12:30:15.123456789') + duration({minutes: n}),
  time: time('12:30:15+02:00') + duration({seconds: n}),
  localdatetime: localdatetime('1969-12-31T23:59:59') + duration({hours: n}),
  datetime: datetime('2026-03-29T01:30:00[Europe/Berlin]') + duration({hours: n}),
  duration: duration({months: n, days: -n, seconds: n, nanoseconds: 1 + n})})
"""
EXTREMES = """
CREATE (:Extreme {`~id`: 'least', whole: -9223372036854775808, real: -1.7976931348623157e308}),
  (:Extreme {`~id`: 'most', whole: 9223372036854775807, real: 5e-324, text: '\\u0001𝄞'}),
  (:Extreme:Other {`~id`: 'zero', whole: 0, real: -0.0}), (:Extreme {`~id`: ''})
"""


EMBEDDINGS = """
MATCH (n:Person) WHERE n.weight < 0.9 CALL neptune.algo.vectors.upsert(n, [n.weight, n.step, -0.5]) YIELD success
RETURN count(success)
"""


def people() -> pa.Table:
    """Nodes with ids of digits, few names, floats of two digits, and labels on some."""
    rng = np.random.default_rng(SEED)
    names = np.array(["Ada", "Bo", "Çelik", "Dağ", "a much longer name than the others"])
    scores = rng.integers(0, 1_000, PEOPLE)
    return pa.table(
        {
            "~id": [str(number) for number in range(PEOPLE)],
            "~label": ["Person;Old" if number % 5 == 0 else "Person" for number in range(PEOPLE)],
            "name": names[rng.integers(0, len(names), PEOPLE)],
            "code": [f"code-{number:05}" for number in rng.integers(0, 5_000, PEOPLE)],
            "score": pa.array(np.round(scores / 100, 2), mask=scores < 200),
            "weight": rng.random(PEOPLE),
            "born": rng.integers(-(2**40), 2**40, PEOPLE),
            "step": np.cumsum(rng.integers(0, 900, PEOPLE)),
            "city": pa.array(
                [f"City {number}" for number in rng.integers(0, 30, PEOPLE)], mask=scores > 900
            ),
        }
    )


def knows() -> pa.Table:
    """Edges with hubs on both sides, some of them more than once."""
    rng = np.random.default_rng(SEED + 1)
    ends = (PEOPLE * rng.random((2, KNOWS)) ** 2).astype(np.int64)
    return pa.table(
        {
            "~from": [str(number) for number in rng.permutation(PEOPLE)[ends[0]]],
            "~to": [str(number) for number in rng.permutation(PEOPLE)[ends[1]]],
            "~label": ["LIKES" if number % 9 == 0 else "KNOWS" for number in range(KNOWS)],
            "since": rng.integers(1990, 2026, KNOWS),
        }
    )


def write(folder: Path) -> dict[str, object]:
    """Make the store in `folder`, as it is after a kill; gives what it holds.

    The folder is copied while the database is open: closing would empty the logs.
    """
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "data"
        with Database.open(source, clock=ManualClock(), rng=SeededRng(SEED)) as database:
            key = database.keys.create("frozen key").id
            graph = database.create_graph("main", vector_dimension=3)
            graph.load(people(), knows())
            graph.query(EMBEDDINGS).close()
            graph.snapshot("people")
            _change(graph)
            database.rotate_key("AWS_OWNED_KEY")
            other = database.create_graph("other", key_id=key)
            other.query(VALUES).close()
            other.snapshot("values")
            database.rotate_key(key)
            other.query("MATCH (n:Value) WHERE n.whole > 100000000 SET n.small = 'late'").close()
            again = database.restore("people", "again")
            again.query("MATCH (n {`~id`: '7'}) DETACH DELETE n").close()
            # Only the logs have these.
            graph.query("CREATE (:Late {`~id`: 'late', list: ['log']})").close()
            graph.query("CALL neptune.algo.vectors.upsert('late', [1, 2, 3])").close()
            graph.query("CALL neptune.algo.vectors.remove('30')").close()
            graph.query("MATCH (a:Late), (b {`~id`: '1'}) CREATE (a)-[:LATE {n: 1}]->(b)").close()
            expected = contents(database)
            shutil.copytree(source, folder)
    return expected


def _change(graph: Graph) -> None:
    """Patches of every kind on top of the chunks, and a snapshot with them."""
    graph.query(EXTREMES).close()
    graph.query("MATCH (n:Person) WHERE id(n) IN ['3', '4'] SET n.name = 3, n:New").close()
    graph.query("MATCH (n:Old) WHERE id(n) = '5' REMOVE n:Old, n.city").close()
    graph.query("MATCH (a {`~id`: '10'}), (b {`~id`: 'most'}) CREATE (a)-[:KNOWS]->(b)").close()
    graph.query("MATCH ({`~id`: '11'})-[r]->() DELETE r").close()
    graph.query("MATCH ({`~id`: '14'})-[r]->() SET r.since = 'long ago'").close()
    graph.query("MATCH (n {`~id`: '12'}) DETACH DELETE n").close()
    graph.query("MATCH (a {`~id`: '13'}) CREATE (a)-[:SELF {x: [1]}]->(a)").close()
    graph.query("CALL neptune.algo.vectors.upsert(['15', 'most'], [1e-40, -0.0, 3e38])").close()
    graph.query("CALL neptune.algo.vectors.remove(['20', '21', '22', '23'])").close()
    graph.snapshot("patched")


def freeze(target: Path) -> None:
    """Write `target`. Raises: FileExistsError when it is there."""
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(target, "x") as archive:
        folder = Path(scratch) / "data"
        expected = json.dumps(write(folder), ensure_ascii=False, indent=0)
        files = {
            f"data/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in _LOCKS
        }
        for name, data in {**files, "expected.json": expected.encode()}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_LZMA)


if __name__ == "__main__":
    limits.BUNDLE_BYTES_MIN = BUNDLE_BYTES_MIN
    freeze(Path(sys.argv[1]))
