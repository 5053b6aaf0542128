"""`GET /health`: whether the server works, for what watches it. Anybody may ask, and nothing more is told.

Above: app. Below: control. No path of the API is this one. 200 where the control database can be read; 503 where it
cannot, or not soon. The log says why.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError
from seaglass.server.service.messages import send_reply
from seaglass.server.wire.serialize import Reply

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from seaglass.server.service.context import Services

PATH = "/health"
WAIT_SECONDS_MAX = 5.0
_METHODS = ("GET", "HEAD")
_HEADERS = {"content-type": "text/plain", "cache-control": "no-store"}

_log = logging.getLogger(__name__)


class HealthDoor:
    """The ASGI application for that path."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Say whether a request is for this door."""
        return scope["path"] == PATH and scope["method"] in _METHODS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                await self._services.plane.states()
            reply = Reply(200, _HEADERS, b"ok\n")
        except (SeaglassError, TimeoutError) as error:
            _log.warning("not healthy: the control database cannot be read: %s", error)
            reply = Reply(503, _HEADERS, b"not healthy\n")
        await send_reply(send, reply, self._services.rng.uuid())
