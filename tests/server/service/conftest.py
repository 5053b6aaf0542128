"""One server per test file; tests name their graphs apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.service.serving import Served, served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running
