"""A server process: the data folder, the fleet, the application and its sockets, from start to end.

Above: cli. Below: app, fleet, control. The process owns the data folder (`lock`) for as long as it
serves. Without a data folder everything lies in a private folder that is removed at the end.
"""

from __future__ import annotations

import logging
import socket
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from seaglass.base.clock import SystemClock
from seaglass.base.errors import Unavailable
from seaglass.base.files import PRIVATE_FOLDER_MODE, LocalFiles
from seaglass.base.rng import SystemRng
from seaglass.server.control.plane import ControlPlane
from seaglass.server.fleet.fleet import WorkerFleet
from seaglass.server.fleet.options import FleetOptions
from seaglass.server.service import app
from seaglass.server.service.context import Services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from seaglass.base.files import Files
    from seaglass.base.settings import Settings

# Connections that may wait to be accepted.
BACKLOG = 2_048
# For requests in hand to end after the server was told to stop.
STOP_SECONDS_MAX = 10
# Folder of tmpfs, where the machine has one: what is kept there never touches a disk.
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - a private folder is made inside

_log = logging.getLogger(__name__)


def serve(settings: Settings, ready: Callable[[int], None]) -> None:
    """Serve until a signal ends it. Calls `ready` with the port once requests are answered.

    Raises: Conflict(state) when another process owns the data folder; Unavailable(address) when the
    port is taken.
    """
    files = LocalFiles()
    with ExitStack() as stack:
        if settings.data_dir is None:
            folder = str(MEMORY_FOLDER) if MEMORY_FOLDER.is_dir() else None
            private = stack.enter_context(tempfile.TemporaryDirectory("-seaglass", dir=folder))
            settings = replace(settings, data_dir=Path(private))
        assert settings.data_dir is not None
        files.make_dir(settings.data_dir, PRIVATE_FOLDER_MODE)
        stack.callback(files.lock(settings.data_dir / "lock").release)
        sockets = [stack.enter_context(one) for one in listen(settings.hosts, settings.port)]
        port = int(sockets[0].getsockname()[1])
        config = uvicorn.Config(
            _application(settings, files),
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS_MAX,
        )
        _Server(config, lambda: ready(port)).run(sockets)


class _Server(uvicorn.Server):
    """Uvicorn, which says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


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
            raise Unavailable(
                "address", f"Cannot listen on {host}, port {port}: {error}. Choose another port."
            ) from error
        port = int(sockets[-1].getsockname()[1])
    return sockets


def _listener(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _application(settings: Settings, files: Files) -> ASGIApp:
    assert settings.data_dir is not None
    rng = SystemRng()
    fleet = WorkerFleet(FleetOptions(data=settings.data_dir))
    plane = ControlPlane(settings, fleet, SystemClock(), rng)
    return app.build(Services(settings, plane, fleet, rng), files)
