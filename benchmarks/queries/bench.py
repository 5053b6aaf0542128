"""All questions to one engine after the other, within limits of time and memory.

Above: `__main__`. Below: `process`, `records`.
The small graphs come first and heavy questions last, so that an engine which needs long for the
whole graph has answered the rest. A process that is stopped takes its graph with it, and loading
that again counts against the engine's time.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Scale
from benchmarks.queries.graph import write
from benchmarks.queries.process import Process, Stopped
from benchmarks.queries.questions import QUESTIONS, Question
from benchmarks.queries.records import LOAD, OURS, Record, Records, answer_of, spelled

REPEATS = 5
GRAPHS = ("durable", "tenth", "whole")
# A first run that took longer than this share of the limit is the figure itself.
SLOW = 1 / 6


@dataclass(frozen=True, slots=True)
class Limits:
    """For one run of a question, for one load, for all of one engine; and memory."""

    question_s: float
    load_s: float
    engine_s: float
    memory_gib: float


class Spent(Exception):
    """The time of an engine is over."""


class Bench:
    """All questions to one engine after the other."""

    def __init__(
        self, folder: Path, environments: Path, scale: Scale, limits: Limits, records: Records
    ) -> None:
        self.folder = folder
        self.environments = environments
        self.scale = scale
        self.limits = limits
        self.records = records
        self.tenth = Scale(max(1, scale.nodes // 10), max(1, scale.edges // 10))
        self.run: tuple[str, ...] = ()
        self.until = 0.0
        print("making the graphs", flush=True)
        write(folder, "whole", scale)
        write(folder, "tenth", self.tenth)

    def python(self, engine: str) -> Path:
        return (
            Path(sys.executable)
            if engine == OURS
            else self.environments / engine / "bin" / "python"
        )

    def measure(self, engine: str, run: tuple[str, ...]) -> None:
        """Ask what has no record yet."""
        self.run = run
        self.until = time.monotonic() + self.limits.engine_s
        if engine != OURS and not (self.environments / engine / "bin" / "python").exists():
            print(f"  no environment at {self.environments / engine}", flush=True)
            return
        try:
            for graph in GRAPHS:
                self._graph(engine, graph)
        except Spent:
            print(f"  its {self.limits.engine_s:g} s are over; run again for the rest", flush=True)

    def _graph(self, engine: str, graph: str) -> None:
        asked = [question for question in QUESTIONS if question.graph == graph]
        asked.sort(key=lambda question: question.heavy)
        process: Process | None = None
        done: set[str] = set()
        try:
            for question in asked:
                if self.records.has(engine, question.name) or self._lacks(engine, question):
                    continue
                if process is None:
                    process, failure = self._loaded(engine, graph)
                    if process is None:
                        self._broken(engine, asked, f"load: {failure}")
                        return
                    done = {""}
                try:
                    if question.needs not in done:
                        self._run(process, question.needs, graph, 0)
                    self._question(engine, process, question)
                    done.add(question.name)
                except Stopped as stopped:
                    self._add(question.name, engine, None, note=str(stopped))
                    process.end()
                    process = None
        finally:
            if process is not None:
                process.end()

    def _lacks(self, engine: str, question: Question) -> bool:
        """Whether what the question is about could not be made; then that is recorded."""
        made = self.records.get(engine, question.needs)
        if made is None or made.seconds is not None:
            return False
        self._add(question.name, engine, None, note=f"needs {question.needs}: {made.note}")
        return True

    def _broken(self, engine: str, asked: list[Question], note: str) -> None:
        for question in asked:
            if not self.records.has(engine, question.name):
                self._add(question.name, engine, None, note=note)

    def _left(self, limit_s: float) -> float:
        left = self.until - time.monotonic()
        if left < limit_s / 2:
            raise Spent
        return min(left, limit_s)

    def _loaded(self, engine: str, graph: str) -> tuple[Process | None, str]:
        """A process that holds the graph, or None with the reason why not."""
        limit_s = self._left(self.limits.load_s)
        stem = "whole" if graph == "whole" else "tenth"
        for old in self.folder.glob("store-*"):
            shutil.rmtree(old, ignore_errors=True)
        store = tempfile.mkdtemp(prefix="store-", dir=self.folder) if graph == "durable" else None
        scratch = tempfile.mkdtemp(prefix="store-", dir=self.folder)
        process = Process(engine, self.python(engine), Path(scratch), self.limits.memory_gib)
        files = {
            "people": str(self.folder / f"{stem}-people.parquet"),
            "knows": str(self.folder / f"{stem}-knows.parquet"),
        }
        try:
            # Its servers are known from here on, whatever comes of the load.
            answer = process.ask({"do": "open", "folder": store}, limit_s)
            if "error" not in answer:
                opening_s = answer["seconds"]
                answer = process.ask({"do": "load", **files}, limit_s)
                if "error" not in answer:
                    answer["seconds"] += opening_s
        except Stopped as stopped:
            if limit_s < self.limits.load_s and str(stopped).endswith(" s"):
                process.end()
                raise Spent from None
            answer = {"error": str(stopped)}
        failure = " ".join(answer.get("error", "").split())
        if graph == "whole" and not self.records.has(engine, LOAD):
            self._add(LOAD, engine, answer.get("seconds"), note=failure)
        if failure:
            process.end()
            return None, failure
        return process, ""

    def _question(self, engine: str, process: Process, question: Question) -> None:
        """Raises: Stopped, when the process must go; Spent"""
        limit_s = self.limits.question_s
        self._left(limit_s)
        began = time.monotonic()
        first = self._run(process, question.name, question.graph, 0)
        if "error" in first:
            self._add(question.name, engine, None, note=first["error"])
            return
        answer = answer_of(question, first["rows"])
        samples: list[float] = []
        slow = time.monotonic() - began > limit_s * SLOW
        if slow:
            samples.append(first["seconds"])
        for turn in range(1, 1 if slow else REPEATS + 1):
            if samples and time.monotonic() - began > limit_s * 2 * SLOW:
                break
            again = self._run(process, question.name, question.graph, turn)
            if "error" in again:
                self._add(question.name, engine, None, note=again["error"])
                return
            samples.append(again["seconds"])
        note = "the first run" if slow else ""
        seconds = statistics.median(samples)
        self._add(question.name, engine, seconds, runs=len(samples), answer=answer, note=note)

    def _run(self, process: Process, name: str, graph: str, turn: int) -> dict[str, Any]:
        """Raises: Stopped, when the process must go."""
        people = self.scale.nodes if graph == "whole" else self.tenth.nodes
        request = {"do": "run", "question": name, "people": people, "turn": turn}
        return process.ask(request, self.limits.question_s)

    def _add(
        self,
        name: str,
        engine: str,
        seconds: float | None,
        *,
        note: str,
        runs: int = 1,
        answer: str = "",
    ) -> None:
        note = " ".join(note.split())[:200]
        record = Record(name, engine, seconds, runs, answer, note, self.run)
        self.records.add(record)
        value = "-" if seconds is None else spelled(seconds)
        ratio = self.records.ratio(record)
        times = "" if ratio is None else f"{ratio:.2f}x"
        print(
            f"  {engine:<13} {name:<32} {value:>10} {times:>9}  {self.records.note(record)[:100]}",
            flush=True,
        )
