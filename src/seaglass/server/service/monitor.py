"""The server as Prometheus sees it: `GET /metrics` on a port of its own, in the text format 0.0.4.

Above: app. Below: requests, control, the fleet's protocol. The port is for those who run the server, as nobody who
asks there is looked at. One reply a connection. What it tells beside the requests is gathered when it is asked.
"""

from __future__ import annotations

import asyncio
import os
import resource
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping, Sequence

    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.control.ports import Fleet, Load
    from seaglass.server.service.requests import Requests

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Of a request, which is small, and for it to come.
HEAD_BYTES_MAX = 16 * 1024
HEAD_SECONDS_MAX = 10.0


class Monitor:
    """Answers on its sockets from `open` to `close`."""

    def __init__(self, requests: Requests, plane: ControlPlane, fleet: Fleet) -> None:
        self._requests = requests
        self._plane = plane
        self._fleet = fleet
        self._servers: list[asyncio.Server] = []

    async def open(self, sockets: Sequence[socket.socket]) -> None:
        """Begin to answer."""
        for one in sockets:
            server = await asyncio.start_server(self._serve, sock=one, limit=HEAD_BYTES_MAX)
            self._servers.append(server)

    def close(self) -> None:
        """Answer nobody any more."""
        for server in self._servers:
            server.close()

    async def text(self) -> str:
        """Everything, in lines."""
        lines = [*_process_lines(), *self._requests.lines()]
        try:
            lines += _states(await self._plane.states())
        except SeaglassError:
            # The rest tells that the server is there; the log tells what is wrong with its database.
            pass
        lines += _loads(self._fleet.loads())
        return "\n".join(lines) + "\n"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS_MAX):
                head = await reader.readuntil(b"\r\n\r\n")
            method, _, rest = head.partition(b" ")
            path = rest.partition(b" ")[0].partition(b"?")[0]
            if (method, path) == (b"GET", b"/metrics"):
                writer.write(_reply("200 OK", CONTENT_TYPE, await self.text()))
            else:
                writer.write(_reply("404 Not Found", "text/plain", "Ask for /metrics.\n"))
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # Who asks has gone, or speaks something else.
            pass
        finally:
            writer.close()


def _reply(status: str, content_type: str, text: str) -> bytes:
    body = text.encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n"
    return f"{head}connection: close\r\n\r\n".encode() + body


def _gauge(name: str, text: str, values: Mapping[str, float]) -> Iterator[str]:
    """One kind of number. Args: values: by labels"""
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, value in sorted(values.items()):
        yield f"{name}{labels} {value:g}" if value % 1 else f"{name}{labels} {value:.0f}"


def _states(states: Mapping[tuple[str, str], int]) -> Iterator[str]:
    for noun in ("graph", "snapshot"):
        values = {
            f'{{status="{status}"}}': count for (of, status), count in states.items() if of == noun
        }
        yield from _gauge(f"seaglass_{noun}s", f"The {noun}s there are, by status.", values)


def _loads(loads: Sequence[Load]) -> Iterator[str]:
    queries: dict[str, float] = {}
    memory: dict[str, float] = {}
    for one in loads:
        queries[f'{{graph="{one.graph_id}",state="running"}}'] = one.running
        queries[f'{{graph="{one.graph_id}",state="waiting"}}'] = one.waiting
        for pid, role in one.workers:
            labels = f'{{graph="{one.graph_id}",role="{role}",pid="{pid}"}}'
            memory[labels] = _resident_bytes(pid)
    yield from _gauge("seaglass_queries", "Queries in hand, by graph or snapshot.", queries)
    text = "What each process of a graph has in memory."
    yield from _gauge("seaglass_worker_resident_memory_bytes", text, memory)


def _process_lines() -> Iterator[str]:
    """Of the front process, under the names that all programs use."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield from _gauge("seaglass_info", "Always 1.", {f'{{version="{version("seaglass")}"}}': 1})
    yield "# TYPE process_cpu_seconds_total counter"
    yield f"process_cpu_seconds_total {used.ru_utime + used.ru_stime:.2f}"
    memory = _resident_bytes(os.getpid())
    yield from _gauge("process_resident_memory_bytes", "Resident memory.", {"": memory})
    try:
        descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return
    yield from _gauge("process_open_fds", "Open files.", {"": descriptors})


def _resident_bytes(pid: int) -> int:
    """0 for a process that has just ended, and where there is no /proc."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
