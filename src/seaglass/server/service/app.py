"""The ASGI application: the chain behind Starlette's router and lifespan.

Above: front. Below: chain, identity. Whatever else the server will offer over HTTP is a route here;
everything that is no route is a call of an AWS API: of STS or IAM, if it is one of theirs.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from seaglass.server.service.chain import Chain
from seaglass.server.service.identity import IdentityDoor
from seaglass.server.wire import model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from seaglass.base.files import Files
    from seaglass.server.service.context import Services


def build(services: Services, files: Files) -> Starlette:
    """Make the application. Its lifespan opens and closes the fleet and the control plane."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await services.fleet.open()
        try:
            await services.plane.start(files)
            yield
        finally:
            # First nobody asks for anything new, then the graphs are saved.
            await services.plane.close()
            await services.fleet.close()

    app = Starlette(lifespan=lifespan)
    app.router.redirect_slashes = False
    chain, identity = Chain(model.load(), services), IdentityDoor(services)

    async def default(scope: Scope, receive: Receive, send: Send) -> None:
        door: ASGIApp = identity if identity.takes(scope) else chain
        await door(scope, receive, send)

    app.router.default = default
    return app
