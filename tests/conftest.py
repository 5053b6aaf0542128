"""Settings that all tests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from seaglass.base.clock import SystemClock
from seaglass.base.rng import SystemRng
from seaglass.storage.bucket.client import Bucket
from seaglass.testkit.flaky_http import FlakyProxy
from seaglass.testkit.seaweed import ACCESS_KEY, SECRET_KEY, SeaweedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

# Longer than tests let a request take.
SLOW_SECONDS = 2.5

EXAMPLES = os.environ.get("SEAGLASS_EXAMPLES")

# Numba compiles at the first call and the machines are shared: a deadline would measure them, not the code.
# `make test` tries the same examples each time, so that what it says of a change depends on the change; whoever
# asks for a number of them, as the longer targets do, gets new ones.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    max_examples=int(EXAMPLES or 60),
    derandomize=EXAMPLES is None,
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    """One S3 server for all tests of a process."""
    server = SeaweedServer(tmp_path_factory.mktemp("seaweed"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture
def flaky(seaweed: SeaweedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyProxy]:
    """The way to that server: everything in this process that uses S3 goes through it."""
    proxy = FlakyProxy(seaweed.port, slow_seconds=SLOW_SECONDS)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    yield proxy
    proxy.close()


@pytest.fixture
def bucket_url(flaky: FlakyProxy) -> str:
    """A place in a bucket that nobody else uses."""
    # SeaweedFS makes the bucket with the first key.
    Bucket("s3://tests", SystemClock(), SystemRng()).put("made", b"")
    return f"s3://tests/{SystemRng().short_id('t-')}"
