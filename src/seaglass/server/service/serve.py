"""A server process: the data folder, the fleet, the application and its sockets, from start to end.

Above: cli. Below: front, fleet. The process owns the data folder (`lock`) for as long as it
serves. Without a data folder everything lies in a private folder that is removed at the end.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from seaglass.base.clock import SystemClock
from seaglass.base.errors import Unavailable
from seaglass.base.files import PRIVATE_FOLDER_MODE, LocalFiles
from seaglass.base.priority import switch_threads_often
from seaglass.base.rng import SystemRng
from seaglass.server.fleet.fleet import MEMORY_FOLDER, WorkerFleet
from seaglass.server.fleet.options import FleetOptions
from seaglass.server.service.crowd import files_for
from seaglass.storage.bucket.choice import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seaglass.base.files import Files
    from seaglass.base.settings import Settings
    from seaglass.server.control.ports import Fleet
    from seaglass.server.service.front import Front

# Connections that may wait to be accepted.
BACKLOG = 2_048
# For the kernel to ask whether a client that says nothing is still there, how often, and so many times. A query may
# take an hour, and what stands between forgets connections that nothing comes over in minutes.
PROBE_AFTER_SECONDS = 60
PROBE_SECONDS = 15
PROBES_MAX = 4

_log = logging.getLogger(__name__)


def serve(settings: Settings, ready: Callable[[int], None]) -> None:
    """Serve until a signal ends it. Calls `ready` with the port once requests are answered.

    Raises: Conflict(state) when another process owns the data folder, or it uses another store;
    Unavailable(address) when the port is taken; Unavailable(storage) when its bucket does not answer.
    """
    switch_threads_often()
    files = LocalFiles()
    settings = replace(settings, connections_max=files_for(settings.connections_max))
    with ExitStack() as stack:
        if settings.data_dir is None:
            folder = str(MEMORY_FOLDER) if MEMORY_FOLDER.is_dir() else None
            private = stack.enter_context(tempfile.TemporaryDirectory("-seaglass", dir=folder))
            settings = replace(settings, data_dir=Path(private))
        assert settings.data_dir is not None
        files.make_dir(settings.data_dir, PRIVATE_FOLDER_MODE)
        stack.callback(files.lock(settings.data_dir / "lock").release)
        open_store(files, settings.data_dir, settings.store, SystemClock(), SystemRng())
        sockets = [stack.enter_context(one) for one in listen(settings.hosts, settings.port)]
        port = int(sockets[0].getsockname()[1])
        watched: list[socket.socket] = []
        if settings.metrics_port is not None:
            watched = [
                stack.enter_context(one) for one in listen(settings.hosts, settings.metrics_port)
            ]
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, files, sockets, watched, lambda: ready(port)))


async def _serve(
    settings: Settings,
    files: Files,
    sockets: list[socket.socket],
    watched: list[socket.socket],
    ready: Callable[[], None],
) -> None:
    """Start a worker first of all: it takes longest, and all that follows goes on beside it."""
    assert settings.data_dir is not None
    fleet = WorkerFleet(
        FleetOptions(
            data=settings.data_dir,
            memory_bytes=settings.memory_bytes,
            dialect=settings.dialect,
            kms=settings.kms,
            local_paths=settings.local_paths,
            scrub_bytes_per_second=settings.scrub_bytes_per_second,
            log_level=settings.log_level,
            log_format=settings.log_format,
        )
    )
    try:
        await fleet.open()
        front = await asyncio.to_thread(_front, settings, files, fleet, watched, ready)
        await front.serve(sockets)
    finally:
        await fleet.close()


def _front(
    settings: Settings,
    files: Files,
    fleet: Fleet,
    watched: list[socket.socket],
    ready: Callable[[], None],
) -> Front:
    # Imported here, in a thread, so that the loop can start the worker meanwhile.
    from seaglass.server.service import front

    return front.build(settings, files, fleet, watched, ready)


def listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Open a listening socket per host, all on one port; port 0 takes a free one.

    Raises: Unavailable(address).
    """
    sockets: list[socket.socket] = []
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            sockets.append(_listener(family, host, port))
        except OSError as error:
            if family == socket.AF_INET6 and sockets:
                # A machine without IPv6 is still reached by the other address.
                _log.warning("not listening on %s: %s", host, error)
                continue
            for one in sockets:
                one.close()
            other = "port" if error.errno == errno.EADDRINUSE else "address or port"
            raise Unavailable(
                "address", f"Cannot listen on {host}, port {port}: {error}. Choose another {other}."
            ) from error
        port = int(sockets[-1].getsockname()[1])
    return sockets


def _listener(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _probe(listener)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _probe(listener: socket.socket) -> None:
    """Have the kernel look after the clients of a listening socket: connections have its options."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_AFTER_SECONDS)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_SECONDS)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES_MAX)
