"""A control plane on a fake fleet, as tests need it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seaglass.base.clock import SystemClock
from seaglass.base.files import LocalFiles
from seaglass.base.rng import SeededRng
from seaglass.base.settings import Settings
from seaglass.server.control.graphs import NewGraph
from seaglass.server.control.plane import ControlPlane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from seaglass.base.clock import Clock
    from tests.server.fakes import FakeFleet

SETTINGS = Settings(transition_wait_seconds=10.0, start_wait_seconds=10.0)
NEW = NewGraph(
    name="social",
    provisioned_memory=16,
    replica_count=None,
    public_connectivity=None,
    deletion_protection=None,
    vector_dimension=None,
    key_id=None,
    tags={},
)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine, for a bounded time."""
    asyncio.run(asyncio.wait_for(work, 30))


@asynccontextmanager
async def opened(
    fleet: FakeFleet, settings: Settings = SETTINGS, clock: Clock | None = None
) -> AsyncIterator[ControlPlane]:
    """A started control plane; closed at the end, as a process that is told to stop."""
    plane = ControlPlane(
        settings,
        fleet,
        fleet,
        clock or SystemClock(),
        SeededRng(len(fleet.world.graphs) + 1),
    )
    await plane.start(LocalFiles())
    try:
        yield plane
    finally:
        await plane.close()


def named(name: str, **values: Any) -> NewGraph:
    """A new graph of another name."""
    return replace(NEW, name=name, **values)
