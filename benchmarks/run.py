"""Run benchmarks and keep their figures: `python -m benchmarks.run [NAME ...] [--quick]`.

Figures go to the screen as they come and to `benchmarks/results/<name>.csv`, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import os
import platform
import subprocess
import time
from pathlib import Path

from benchmarks.figures import FULL, QUICK, Figure

NAMES = (
    "load",
    "imports",
    "exports",
    "commits",
    "commit_rates",
    "lookup",
    "small",
    "bodies",
    "algorithms",
    "snapshots",
    "restore",
    "resident",
    "stall",
    "vectors",
)
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Example: python -m benchmarks.run snapshots --quick"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small graphs, to see that it works")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}")
    for name in options.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"\n{name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
        figures = []
        for figure in module.measure(QUICK if options.quick else FULL):
            print(f"  {figure.name:<58} {figure.value:>14,.2f} {figure.unit}", flush=True)
            figures.append(figure)
        if not options.quick:
            keep(name, figures)


def keep(name: str, figures: list[Figure]) -> None:
    """Write the figures of one benchmark to its file of results."""
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    with (RESULTS / f"{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["figure", "value", "unit", "commit", "machine", "date"])
        day = time.strftime("%Y-%m-%d")
        for figure in figures:
            writer.writerow([figure.name, figure.value, figure.unit, commit, machine, day])


if __name__ == "__main__":
    main()
