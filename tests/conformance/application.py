"""The whole application without a network: requests go in as ASGI has them, answers come out judged by nobody.

Above: the tests here. Below: the real chain and control plane, on a fleet without processes. Nothing is retried, and an
answer that does not come within `SECONDS_MAX` is a failure.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from seaglass.base.clock import SystemClock
from seaglass.base.files import LocalFiles
from seaglass.base.rng import SystemRng
from seaglass.base.settings import Rates, Settings
from seaglass.server.control.plane import ControlPlane
from seaglass.server.service import app
from seaglass.server.service.context import Services
from tests.server.fakes import FakeFleet
from tests.server.samples import FITTING, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

SECONDS_MAX = 240
# What the samples name; every world has resources in their place.
SAMPLE_GRAPH, SAMPLE_SNAPSHOT = FITTING["g-[a-z0-9]{10}"], FITTING["gs-[a-z0-9]{10}"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Application:
    """One server with a graph, which has a snapshot."""

    def __init__(self, runner: asyncio.Runner, asgi: Starlette) -> None:
        self._runner = runner
        self._asgi = asgi
        self.graph, self.snapshot = SAMPLE_GRAPH, SAMPLE_SNAPSHOT

    def ask(self, request: Raw) -> Answer:
        """Send one request; the samples' ids in it become those of what exists."""
        return self._runner.run(self._ask(self._placed(request)))

    def _placed(self, request: Raw) -> Raw:
        def place(text: str) -> str:
            return text.replace(SAMPLE_GRAPH, self.graph).replace(SAMPLE_SNAPSHOT, self.snapshot)

        return replace(
            request,
            path=place(request.path),
            query=place(request.query.decode("latin-1")).encode("latin-1"),
            headers={name: place(text) for name, text in request.headers.items()},
            body=place(request.body.decode("latin-1")).encode("latin-1"),
        )

    async def _ask(self, request: Raw) -> Answer:
        incoming = [{"type": "http.request", "body": request.body, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> Any:
            return incoming.pop() if incoming else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(k.encode("latin-1"), _encoded(v)) for k, v in request.headers.items()]
        scope = {
            "type": "http",
            "method": request.method,
            "path": request.path,
            "raw_path": _encoded(request.path),
            "query_string": request.query,
            "headers": headers,
        }
        async with asyncio.timeout(SECONDS_MAX):
            await self._asgi(scope, receive, send)
        start, *parts = sent
        assert start["type"] == "http.response.start"
        assert parts
        assert {part["type"] for part in parts} == {"http.response.body"}
        assert not parts[-1].get("more_body", False), "the answer has no end"
        named = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in start["headers"]}
        return Answer(start["status"], named, b"".join(part["body"] for part in parts))


def _encoded(text: str) -> bytes:
    """The bytes that stand for the text on the wire, also where it is no right Unicode."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


@contextmanager
def application() -> Iterator[Application]:
    """Run one for the block."""
    # The tests ask more often than anybody does on purpose.
    config = Settings(rates=Rates(1e9, 1e9, 1e9))
    fleet, clock, rng = FakeFleet(), SystemClock(), SystemRng()
    plane = ControlPlane(config, fleet, fleet, clock, rng)
    asgi = app.build(Services(config, plane, fleet, clock, rng), LocalFiles())
    with asyncio.Runner() as runner:
        life = asgi.router.lifespan_context(asgi)
        runner.run(life.__aenter__())
        try:
            made = Application(runner, asgi)
            _populate(made)
            yield made
        finally:
            runner.run(life.__aexit__(None, None, None))


def _populate(made: Application) -> None:
    def identity(method: str, path: str, body: bytes) -> str:
        return str(orjson.loads(made.ask(Raw(method, path, b"", {}, body)).body)["id"])

    made.graph = identity("POST", "/graphs", b'{"graphName": "here", "provisionedMemory": 16}')
    made.ask(Raw("GET", f"/graphs/{made.graph}", b"", {}, b""))
    body = orjson.dumps({"graphIdentifier": made.graph, "snapshotName": "kept"})
    made.snapshot = identity("POST", "/snapshots", body)
    made.ask(Raw("GET", f"/snapshots/{made.snapshot}", b"", {}, b""))
