"""What tests of killed processes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.testkit.flaky_http import FlakyProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.testkit.seaweed import SeaweedServer

# Longer than it takes to look where a process is, and to kill it there.
HOLD_SECONDS = 20.0


@pytest.fixture
def holding(
    seaweed: SeaweedServer, bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlakyProxy]:
    """The way of processes to the bucket, which may hold answers for long."""
    del bucket_url
    proxy = FlakyProxy(seaweed.port, slow_seconds=HOLD_SECONDS)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.endpoint)
    yield proxy
    proxy.close()
