"""The ASGI application: the chain, and Starlette's lifespan.

Above: front. Below: chain, identity, health, monitor. Every request but `GET /health` is a call of an AWS API: of STS
or IAM, if it is one of theirs. None goes through Starlette, whose layers would each be paid for and find nothing to do:
the chain and the doors word every error themselves.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, cast

from starlette.applications import Starlette
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from seaglass.base.errors import SeaglassError
from seaglass.server.service import crowd
from seaglass.server.service.chain import Chain
from seaglass.server.service.health import HealthDoor
from seaglass.server.service.identity import IdentityDoor
from seaglass.server.service.idle import Idle
from seaglass.server.service.monitor import Monitor
from seaglass.server.wire import model

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

    from seaglass.base.files import Files
    from seaglass.server.service.context import Services


# Proxies of this machine say for whom they ask.
LOOPBACK = ("127.0.0.1", "::1")
_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})


class Application(Starlette):
    """Starlette's lifespan; requests go to one of the doors.

    Attributes: failure: of ours, for which the server cannot start; idle: connections between two requests
    """

    def __init__(self, chain: Chain, services: Services, lifespan: Lifespan[Self]) -> None:
        super().__init__(lifespan=lifespan)
        self._chain = chain
        self._identity = IdentityDoor(services)
        self._health = HealthDoor(services)
        self.failure: SeaglassError | None = None
        self.idle = Idle()
        self._proxied = cast(
            "ASGIApp", ProxyHeadersMiddleware(cast("Any", self._request), list(LOOPBACK))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, self._telling(send))
        elif not _FORWARDED.isdisjoint([name for name, _ in scope["headers"]]):
            await self._proxied(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._identity.takes(scope):
            await self._identity(scope, receive, send)
        elif self._health.takes(scope):
            await self._health(scope, receive, send)
        else:
            await self._chain(scope, receive, send)

    def _telling(self, send: Send) -> Send:
        """Send what the lifespan says, but no traceback of a failure that is told in words."""

        async def tell(message: Message) -> None:
            if self.failure is not None and message["type"] == "lifespan.startup.failed":
                message = {**message, "message": ""}
            await send(message)

        return tell

    async def crowded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that comes over one connection too many."""
        del scope, receive
        await self._chain.refuse(send, crowd.refusal())


def build(services: Services, files: Files, watched: Sequence[socket.socket] = ()) -> Application:
    """Make the application. Its lifespan opens and closes the fleet and the control plane.

    Args: watched: sockets on which the server tells how it does, if any
    """
    chain = Chain(model.load(), services)
    monitor = Monitor(chain.requests, services.plane, services.fleet)

    @asynccontextmanager
    async def lifespan(application: Application) -> AsyncIterator[None]:
        await services.fleet.open()
        try:
            try:
                await services.plane.start(files)
            except SeaglassError as error:
                application.failure = error
                raise
            await monitor.open(watched)
            yield
        finally:
            monitor.close()
            # First nobody asks for anything new, then the graphs are saved.
            await services.plane.close()
            await services.fleet.close()

    return Application(chain, services, lifespan)
