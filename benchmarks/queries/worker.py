"""One engine in a process of its own: reads a line of JSON, does it, answers with a line of JSON.

    {"do": "open", "folder": path or null}                        -> {"seconds": s, "servers": [process, ...]}
    {"do": "load", "people": path, "knows": path}                 -> {"seconds": s}
    {"do": "run", "question": name, "people": count, "turn": n}   -> {"seconds": s, "rows": [...]}

Run as `python -m benchmarks.queries.worker ENGINE` with the engine's own Python.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.queries.questions import QUESTIONS

CORES = 2


def main() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    # What engines print of their own accord must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name = sys.argv[1]
    engine: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "open":
                engine, answer = opened(name, request)
            elif request["do"] == "load":
                answer = load(engine, request)
            else:
                answer = run(name, engine, request)
        except BaseException as failure:
            answer = {"error": f"{type(failure).__name__}: {failure}"}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


def opened(name: str, request: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    module = importlib.import_module(f"benchmarks.queries.engines.{name}")
    started = time.perf_counter()
    engine = module.Engine(Path(request["folder"]) if request["folder"] else None)
    seconds = time.perf_counter() - started
    return engine, {"seconds": seconds, "servers": getattr(engine, "servers", [])}


def load(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    started = time.perf_counter()
    engine.load(Path(request["people"]), Path(request["knows"]))
    return {"seconds": time.perf_counter() - started}


def run(name: str, engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    question = next(each for each in QUESTIONS if each.name == request["question"])
    text = question.text_for(name)
    calls = question.calls(request["people"], request["turn"])
    rows: list[list[Any]] = []
    started = time.perf_counter()
    for parameters in calls:
        rows += engine.ask(text, parameters)
    seconds = time.perf_counter() - started
    if question.check:
        rows = engine.ask(question.check, {}) if request["turn"] == 0 else []
    if question.per_call:
        seconds /= len(calls)
    return {"seconds": seconds, "rows": rows}


if __name__ == "__main__":
    main()
