"""The spare worker: a process with the engine loaded and nothing opened.

Above: `fleet`, `graph`. Below: `process`. With it a graph starts in milliseconds. As soon as the
spare is taken, the next one is started. Work that needs the engine but no graph (deleting) is
done by the spare where it stands.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError
from seaglass.server.fleet.process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seaglass.server.fleet.options import FleetOptions

# Loading the engine keeps a core busy; more at once than cores only makes all of them late.
LOADING_MAX = max(2, os.cpu_count() or 1)

_log = logging.getLogger(__name__)


class Spare:
    """Keeps one worker ready."""

    def __init__(self, options: FleetOptions, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._numbers = itertools.count(1)
        self._loading = asyncio.Semaphore(LOADING_MAX)
        self._next: asyncio.Task[WorkerProcess] | None = None
        self._closed = False

    def prepare(self) -> asyncio.Task[WorkerProcess]:
        """Start the next worker, unless one is there or on its way."""
        assert not self._closed
        if self._next is None or _failed(self._next):
            self._next = asyncio.create_task(self._spawn())
            self._next.add_done_callback(_report)
        return self._next

    async def take(self) -> WorkerProcess:
        """Give the spare away, and start another. Raises: Unavailable(worker)."""
        while True:
            coming, self._next = self.prepare(), None
            self.prepare()
            try:
                process = await coming
            except asyncio.CancelledError:
                coming.add_done_callback(_discard)
                raise
            if process.alive:
                return process
            # It died while nobody looked; its socket is still there.
            await process.discard()

    async def call(self, request: Mapping[str, object]) -> dict[str, object]:
        """Have the spare do work that needs no graph. Raises: what the worker raised."""
        coming = self.prepare()
        process = await asyncio.shield(coming)
        if not process.alive and self._next is coming:
            self._next = None
            await process.discard()
            process = await asyncio.shield(self.prepare())
        return await process.call(request)

    async def close(self) -> None:
        """End the spare; none is started any more."""
        self._closed = True
        coming, self._next = self._next, None
        if coming is None:
            return
        if not coming.done():
            coming.cancel()
        with suppress(asyncio.CancelledError, SeaglassError):
            await (await coming).discard()

    async def _spawn(self) -> WorkerProcess:
        async with self._loading:
            socket_path = self._folder / f"{next(self._numbers)}.sock"
            return await WorkerProcess.spawn(self._options, socket_path)


def _failed(coming: asyncio.Task[WorkerProcess]) -> bool:
    return coming.done() and (coming.cancelled() or coming.exception() is not None)


def _discard(coming: asyncio.Task[WorkerProcess]) -> None:
    """End a worker that got ready in the moment in which its taker was cancelled."""
    if not coming.cancelled() and coming.exception() is None:
        coming.result().abort()


def _report(coming: asyncio.Task[WorkerProcess]) -> None:
    if not coming.cancelled() and coming.exception() is not None:
        _log.error("a worker did not start: %s", coming.exception())
