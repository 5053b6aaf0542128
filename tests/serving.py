"""A real server in a process of its own, as the README starts it, and an unmodified AWS client for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Sequence

READY_SECONDS_MAX = 60.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Served:
    """`seaglass serve` on one data folder; it may be killed and started again on the same port."""

    def __init__(self, folder: Path, *options: str, before: Sequence[str] = ()) -> None:
        """before: a command that becomes the server's"""
        self.folder = folder
        self.options = options
        self.before = before
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and return once the server has said that it listens."""
        command = [*self.before, sys.executable, "-m", "seaglass", "serve"]
        command += ["--data-dir", str(self.folder), "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        printed = []
        for line in self.process.stdout:
            printed.append(line)
            if "http://" in line:
                drain = threading.Thread(target=self.process.stdout.read, daemon=True)
                drain.start()
                return
        raise AssertionError("the server did not start:\n" + "".join(printed))

    def kill(self) -> None:
        """SIGKILL the front process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close_output()

    def stop(self) -> None:
        """Ask the server to end, and wait for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(READY_SECONDS_MAX)
        self._close_output()

    def _close_output(self) -> None:
        # The draining thread may still hold the stream; the pipe's other end is closed, so it ends by itself.
        if self.process is not None and self.process.stdout is not None:
            with contextlib.suppress(ValueError, RuntimeError):
                self.process.stdout.close()

    def kill_workers(self) -> int:
        """SIGKILL every worker process of the server; gives their number."""
        assert self.process is not None
        workers = children(self.process.pid)
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        return len(workers)


def children(parent: int) -> list[int]:
    """The processes whose parent is `parent`."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in parentheses may hold anything; the parent is the second field after it.
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def client(endpoint: str, attempts: int = 1, **settings: Any) -> Any:
    """A boto3 client for `neptune-graph` at `endpoint` that sends a request so often at most."""
    return boto3.client(
        "neptune-graph",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            inject_host_prefix=False, retries={"total_max_attempts": attempts}, **settings
        ),
    )


def run(aws: Any, graph: str, text: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    """Rows of one ExecuteQuery."""
    answer = aws.execute_query(
        graphIdentifier=graph, queryString=text, language="OPEN_CYPHER", parameters=parameters or {}
    )
    rows: list[Any] = json.loads(answer["payload"].read())["results"]
    return rows


def wait_for(what: str, ready: Any, seconds: float = READY_SECONDS_MAX) -> Any:
    """Ask `ready()` until it gives something true; gives that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ready()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
