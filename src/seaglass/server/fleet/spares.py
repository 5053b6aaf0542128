"""Spare workers: processes with the engine loaded and nothing opened.

Above: `fleet`, `graph`. Below: `process`. With one a graph starts in milliseconds. Spares are
loaded one after another, since the first is wanted soonest; only graphs that are started while
none is ready have several loaded at once. What was taken is replaced after a pause: starting a
process would take time from the graph that has just been given the spare. Work that needs the
engine but no graph (deleting) is done by a spare where it stands.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from seaglass.base.errors import SeaglassError, Unavailable
from seaglass.server.fleet.process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seaglass.server.fleet.options import FleetOptions

# Loading the engine keeps a core busy; more at once than cores only makes all of them late.
LOADING_MAX = max(2, os.cpu_count() or 1)

_log = logging.getLogger(__name__)


class Spares:
    """Keeps workers ready. Invariant: `_coming` holds those that nobody took, ready or on their
    way, oldest first."""

    def __init__(self, options: FleetOptions, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._numbers = itertools.count(1)
        self._loading = asyncio.Semaphore(LOADING_MAX)
        self._coming: list[asyncio.Task[WorkerProcess]] = []
        self._refill: asyncio.TimerHandle | None = None
        self._closed = False

    def prepare(self) -> None:
        """Start the next worker, unless one is on its way or there are enough."""
        self._coming = [one for one in self._coming if not _failed(one)]
        loading = any(not one.done() for one in self._coming)
        if not self._closed and not loading and len(self._coming) < self._options.spares:
            self._start()

    async def take(self) -> WorkerProcess:
        """Give a spare away; another is started soon. Raises: Unavailable(worker)."""
        while True:
            coming = self._first()
            self._coming.remove(coming)
            self._prepare_soon()
            try:
                process = await coming
            except asyncio.CancelledError:
                # It may have got ready in the same moment, and nobody else knows of it.
                await _end(coming)
                raise
            if process.alive:
                return process
            # It died while nobody looked; its socket is still there.
            await process.discard()

    async def call(self, request: Mapping[str, object]) -> dict[str, object]:
        """Have a spare do work that needs no graph. Raises: what the worker raised."""
        coming = self._first()
        process = await asyncio.shield(coming)
        if not process.alive and coming in self._coming:
            self._coming.remove(coming)
            await process.discard()
            process = await asyncio.shield(self._first())
        return await process.call(request)

    async def close(self) -> None:
        """End the spares; none is started any more."""
        self._closed = True
        if self._refill is not None:
            self._refill.cancel()
        coming, self._coming = self._coming, []
        await asyncio.gather(*map(_end, coming))

    def _first(self) -> asyncio.Task[WorkerProcess]:
        """Return a worker that is ready, or else one on its way, or else start one."""
        assert not self._closed
        self._coming = [one for one in self._coming if not _failed(one)]
        if not self._coming:
            self._start()
        return next((one for one in self._coming if one.done()), self._coming[0])

    def _start(self) -> None:
        coming = asyncio.create_task(self._spawn())
        coming.add_done_callback(self._started)
        self._coming.append(coming)

    def _started(self, coming: asyncio.Task[WorkerProcess]) -> None:
        if coming.cancelled():
            return
        if coming.exception() is not None:
            # Not tried again before somebody wants a worker: it would fail over and over.
            _log.error("a worker did not start: %s", coming.exception())
        else:
            self.prepare()

    def _prepare_soon(self) -> None:
        if self._refill is not None:
            self._refill.cancel()
        loop = asyncio.get_running_loop()
        self._refill = loop.call_later(self._options.refill_seconds, self.prepare)

    async def _spawn(self) -> WorkerProcess:
        async with self._loading:
            socket_path = self._folder / f"{next(self._numbers)}.sock"
            process = await WorkerProcess.spawn(self._options, socket_path)
        # The first request finds a connection, with a thread of the worker behind it.
        try:
            process.give_back(await process.take())
        except Unavailable:
            _log.warning("worker %d is ready but does not answer yet", process.pid)
        except BaseException:
            await process.discard()
            raise
        return process


async def _end(coming: asyncio.Task[WorkerProcess]) -> None:
    if not coming.done():
        coming.cancel()
    with suppress(asyncio.CancelledError, SeaglassError):
        await (await coming).discard()


def _failed(coming: asyncio.Task[WorkerProcess]) -> bool:
    return coming.done() and (coming.cancelled() or coming.exception() is not None)
