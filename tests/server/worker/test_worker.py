"""A worker as a process: ready, requests, signals, the lifeline. The engine is a toy, the rest is real."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seaglass.base import errors
from seaglass.server.link.client import Connection, ConnectionLost
from seaglass.server.worker.memory import LOOKS_MAX, Pressure, resident_bytes
from seaglass.server.worker.session import Session
from tests.server.toy_worker import ToyEngine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

TOY = Path(__file__).parents[1] / "toy_worker.py"
END_SECONDS_MAX = 30


@contextmanager
def worker(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A ready worker on `folder`/w.sock."""
    process = subprocess.Popen(
        [sys.executable, str(TOY), "--socket", str(folder / "w.sock"), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def talk(folder: Path, client: Callable[[Connection], Awaitable[None]]) -> None:
    async def run() -> None:
        connection = await Connection.open(str(folder / "w.sock"))
        try:
            await connection.call(
                {
                    "op": "create",
                    "data": str(folder),
                    "graph_id": "g-1",
                    "name": "one",
                    "key_id": "",
                }
            )
            await client(connection)
        finally:
            connection.close()

    asyncio.run(asyncio.wait_for(run(), END_SECONDS_MAX))


def query(text: str, query_id: str = "q", timeout_ms: int = 60_000) -> dict[str, object]:
    return {
        "op": "query",
        "query_id": query_id,
        "text": text,
        "parameters": {},
        "timeout_ms": timeout_ms,
        "explain": None,
        "plan_cache": "AUTO",
        "withheld": {},
    }


async def read(connection: Connection, request: dict[str, object]) -> bytes:
    connection.send(request)
    parts = []
    while (part := await connection.part()) is not None:
        parts.append(part)
    return b"".join(parts)


def test_a_worker_answers_and_refuses(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def client(connection: Connection) -> None:
        await read(connection, query("PUT hello"))
        assert await read(connection, query("ALL")) == b'["hello"]'
        assert (await connection.call({"op": "summary", "detailed": True}))["detailed"] is True
        with pytest.raises(errors.Invalid, match="no such word"):
            await read(connection, query("FAIL"))
        with pytest.raises(errors.Interrupted, match="past 5 ms"):
            await read(connection, query("SLEEP", timeout_ms=5))
        with pytest.raises(errors.Invalid, match="no operation 'fly'"):
            await connection.call({"op": "fly"})
        with pytest.raises(errors.Conflict, match="serves the graph g-1"):
            await connection.call({"op": "open", "data": str(tmp_path), "graph_id": "g-2"})
        with pytest.raises(Exception, match="unexpectedly") as caught:
            await read(connection, query("NONSENSE"))
        assert "NONSENSE" not in str(caught.value)
        await connection.call({"op": "reset"})
        assert await read(connection, query("ALL")) == b"[]"
        await connection.call({"op": "close"})
        # It has let go of the graph; on a slow machine it may be gone already.
        with pytest.raises(errors.Unavailable, match=r"is ending|ended while"):
            await read(connection, query("ALL"))

    with worker(tmp_path):
        talk(tmp_path, client)
    assert (tmp_path / "g-1" / "closed").exists()
    assert "NONSENSE" in capfd.readouterr().err


def test_a_query_is_cancelled_over_another_connection(tmp_path: Path) -> None:
    async def client(connection: Connection) -> None:
        sleeping = asyncio.ensure_future(read(connection, query("SLEEP")))
        other = await Connection.open(str(tmp_path / "w.sock"))
        while not (await other.call({"op": "queries"}))["queries"]:
            await asyncio.sleep(0.005)
        await other.call({"op": "cancel", "query_id": "q"})
        with pytest.raises(errors.Interrupted):
            await sleeping
        with pytest.raises(errors.NotFound):
            await other.call({"op": "cancel", "query_id": "q"})
        other.close()

    with worker(tmp_path):
        talk(tmp_path, client)


def test_the_pipe_is_let_go_of_before_anybody_knows_that_it_is_ready() -> None:
    code = """
import os
from seaglass.server.worker import serve
real = os.write
os.write = lambda file, data: real(file, b"let go: %d, " % os.path.sameopenfile(1, 2) + data)
serve._say_ready()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"let go: 1, ready\n"


def test_a_library_that_prints_does_not_fill_a_pipe(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def client(connection: Connection) -> None:
        await read(connection, query("NOISE"))

    with worker(tmp_path):
        talk(tmp_path, client)
    assert "noise" in capfd.readouterr().err


@pytest.mark.parametrize("how", ["lifeline", "SIGTERM"])
def test_the_end_removes_the_socket(tmp_path: Path, how: str) -> None:
    async def client(connection: Connection) -> None:
        await read(connection, query("PUT kept"))

    folder = tmp_path / "private"
    folder.mkdir()
    (tmp_path / "data").mkdir()
    with worker(folder) as process:
        talk(folder, client)
        process.send_signal(signal.SIGINT)
        assert process.poll() is None
        if how == "lifeline":
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.terminate()
        assert process.wait(END_SECONDS_MAX) == 0
    # A front that is gone leaves the log as it is; one that asks has the graph saved.
    assert (folder / "g-1" / "closed").exists() == (how == "SIGTERM")
    assert not (folder / "w.sock").exists()


def test_a_worker_ends_when_its_front_is_killed(tmp_path: Path) -> None:
    front = f"""
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, {str(TOY)!r}, "--socket", {str(tmp_path / "w.sock")!r}],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
worker.stdout.readline()
print(worker.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", front], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        os.kill(pid, 0)
        process.kill()
        process.wait()
    wait_gone(pid)
    assert not (tmp_path / "w.sock").exists()


def wait_gone(pid: int) -> None:
    """Wait for the end of a process that is not a child of this one."""
    descriptor = None
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    import select

    assert select.select([descriptor], [], [], END_SECONDS_MAX)[0]
    os.close(descriptor)


def test_a_broken_stream_ends_one_connection_only(tmp_path: Path) -> None:
    async def client(connection: Connection) -> None:
        _, writer = await asyncio.open_unix_connection(str(tmp_path / "w.sock"))
        writer.write(b"\xff" * 100)
        await writer.drain()
        writer.close()
        assert await read(connection, query("ALL")) == b"[]"

    with worker(tmp_path):
        talk(tmp_path, client)


def test_a_worker_that_dies_says_so_to_the_one_who_waits(tmp_path: Path) -> None:
    async def client(connection: Connection) -> None:
        with pytest.raises(ConnectionLost, match="not known"):
            await read(connection, query("EXIT"))

    with worker(tmp_path):
        talk(tmp_path, client)


def test_past_the_limit_queries_are_cancelled_and_then_the_process_is_given_up() -> None:
    pressure = Pressure(1_000)
    assert pressure.look(1_000) == "calm"
    assert [pressure.look(1_001) for _ in range(LOOKS_MAX)] == ["cancel"] * LOOKS_MAX
    assert pressure.look(1_000) == "calm"
    assert [pressure.look(1_001) for _ in range(LOOKS_MAX + 1)][-1] == "end"


def test_the_resident_size_is_that_of_this_process() -> None:
    assert 1 << 20 < resident_bytes() < 1 << 40


def test_a_query_that_the_guard_ends_says_that_memory_ran_out(tmp_path: Path) -> None:
    session = Session(ToyEngine(), lambda: None)
    assert not session.free_memory()
    session.handle(
        {"op": "create", "data": str(tmp_path), "graph_id": "g", "name": "g", "key_id": ""}
    )
    rows = session.handle(query("BYTES 100000"))
    assert not isinstance(rows, dict)
    stream = iter(rows)  # type: ignore[arg-type]
    next(stream)
    assert session.free_memory()
    with pytest.raises(errors.Exhausted) as caught:
        list(stream)
    assert caught.value.kind == "memory"
    session.close()


def test_the_guard_ends_a_worker_that_stays_too_large(tmp_path: Path) -> None:
    with worker(tmp_path, "--memory-bytes", "1") as process:
        assert process.wait(END_SECONDS_MAX) == 137
