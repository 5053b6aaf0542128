"""The application in uvicorn: everything of a server process that takes long to import.

Above: serve, which imports this while the first worker starts. Below: app, control, iam, uvicorn.
"""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING, cast

import uvicorn

from seaglass.base.clock import SystemClock
from seaglass.base.kms import Kms
from seaglass.base.rng import SystemRng
from seaglass.server.control.plane import ControlPlane
from seaglass.server.iam.principals import read_directory
from seaglass.server.service import app
from seaglass.server.service.context import Services
from seaglass.server.service.whole import WholeReplies
from seaglass.storage.keys.aws import AwsKeyRing
from seaglass.storage.keys.local import LocalKeyRing
from seaglass.storage.keys.ring import KeyRings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from seaglass.base.files import Files
    from seaglass.base.settings import Settings
    from seaglass.server.control.ports import Fleet
    from seaglass.server.iam.principals import Directory
    from seaglass.server.service.app import Application

_log = logging.getLogger(__name__)

# For requests in hand to end after the server was told to stop.
STOP_SECONDS_MAX = 10


class Front(uvicorn.Server):
    """Uvicorn, which says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            failure = cast("Application", self.config.app).failure
            if failure is None:
                raise
            _log.error("the server does not start: %s (%s)", failure, failure.detail)
            raise failure from None
        # What was loaded stays; the collector need not look through it again and again.
        gc.collect()
        gc.freeze()
        self._ready()


def _directory(settings: Settings, files: Files) -> Directory | None:
    path = settings.principals
    return None if path is None else read_directory(files.read(path), str(path))


def build(
    settings: Settings,
    files: Files,
    fleet: Fleet,
    watched: Sequence[socket.socket],
    ready: Callable[[], None],
) -> Front:
    """Make the server; `serve` of it begins to answer. Calls `ready` once requests are answered.

    Args: watched: as of `app.build`
    """
    clock, rng = SystemClock(), SystemRng()
    assert settings.data_dir is not None
    local = LocalKeyRing(files, settings.data_dir / "keys", clock, rng)
    keys = KeyRings(local, AwsKeyRing()) if settings.kms is Kms.AWS else local
    plane = ControlPlane(settings, fleet, keys, clock, rng)
    services = Services(settings, plane, fleet, clock, rng, _directory(settings, files))
    config = uvicorn.Config(
        app.build(services, files, watched),
        http=WholeReplies,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        limit_concurrency=settings.connections_max,
        server_header=False,
        # The application sees to them.
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    return Front(config, ready)
