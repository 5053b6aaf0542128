"""The real application behind the real HTTP server, in a thread, on a fleet without processes."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import orjson
import uvicorn
from botocore.config import Config

from seaglass.base.clock import SystemClock
from seaglass.base.files import LocalFiles
from seaglass.base.rng import SystemRng
from seaglass.base.settings import Settings
from seaglass.server.control.plane import ControlPlane
from seaglass.server.service import app
from seaglass.server.service.context import Services
from seaglass.server.service.serve import listen
from seaglass.server.service.whole import WholeReplies
from tests.server.fakes import FakeFleet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.base.clock import Clock
    from seaglass.server.iam.principals import Directory


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Served:
    """A server: the fleet behind it, its port, and clients for it."""

    fleet: FakeFleet
    port: int
    plane: ControlPlane

    def client(self) -> Any:
        """An unmodified client, but for what the README says, and without retries."""
        return boto3.client(
            "neptune-graph",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
        )

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            content = response.read()
            return Answer(
                response.status, {k.lower(): v for k, v in response.getheaders()}, content
            )
        finally:
            connection.close()


@contextmanager
def served(
    settings: Settings | None = None,
    clock: Clock | None = None,
    directory: Directory | None = None,
    stop_seconds_max: int | None = None,
) -> Iterator[Served]:
    """Run a server for the block."""
    settings = Settings() if settings is None else settings
    clock = SystemClock() if clock is None else clock
    fleet = FakeFleet()
    rng = SystemRng()
    plane = ControlPlane(settings, fleet, fleet, clock, rng)
    application = app.build(Services(settings, plane, fleet, clock, rng, directory), LocalFiles())
    (listener,) = listen(("127.0.0.1",), 0)
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=WholeReplies,
        ws="none",
        lifespan="on",
        log_config=None,
        limit_concurrency=settings.connections_max,
        timeout_graceful_shutdown=stop_seconds_max,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    with listener:
        thread.start()
        try:
            yield Served(fleet, int(listener.getsockname()[1]), plane)
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()
