"""One engine at work in a process of its own, which is asked over its standard streams.

Above: `bench`. Below: `worker`, which runs in the engine's environment.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
POOLS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS")
THREADS = dict.fromkeys(POOLS, "2")
# How often an engine's memory is looked at while it works.
LOOK_S = 0.25


class Stopped(Exception):
    """The engine's process must end, or has: it took too long or too much, or it fell over."""


class Process:
    """One engine at work, with one graph."""

    def __init__(self, engine: str, python: Path, scratch: Path, memory_gib: float) -> None:
        environment = {
            **os.environ,
            **THREADS,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "TMPDIR": str(scratch),
        }
        self.memory_gib = memory_gib
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
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Stopped(f"its process ended with {self.process.wait()}") from None
        end = time.monotonic() + limit_s
        while not select.select([self.process.stdout], [], [], LOOK_S)[0]:
            if time.monotonic() > end:
                raise Stopped(f"over {limit_s:.0f} s")
            if self.gib() > self.memory_gib:
                raise Stopped(f"over {self.memory_gib:g} GiB")
        line = self.process.stdout.readline()
        if not line:
            raise Stopped(f"its process ended with {self.process.wait()}")
        answer = json.loads(line)
        self.servers += answer.get("servers", [])
        return answer

    def gib(self) -> float:
        """The memory of the process and of its servers."""
        pages = 0
        for process in (self.process.pid, *self.servers):
            try:
                pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
            except OSError:
                pass
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**30

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
