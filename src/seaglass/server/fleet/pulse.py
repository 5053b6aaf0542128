"""The pulse of a worker: what ends one that hangs.

Above: `process`. Below: nothing. A worker that somebody waits for is asked now and then how much
processor time it has used. Each connection has a thread there, so that it answers at once, however
long its work takes. Two things are taken for its end:

    it does not answer               stopped, or something holds the interpreter
    it answers, a call of control    that call waits for what will not come
    is in hand, and it does nothing

It is killed then. Who waits hears that it ended, as if it had ended by itself, and the next worker
opens the graph. A query may wait for a client that reads slowly, so a worker that does nothing but
that is left alone.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from seaglass.base.errors import SeaglassError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.fleet.options import FleetOptions

_log = logging.getLogger(__name__)


class Watched(Protocol):
    """A worker, as its pulse sees it."""

    @property
    def pid(self) -> int: ...

    @property
    def awaited(self) -> bool:
        """Whether anybody waits for it."""

    @property
    def call_numbers(self) -> frozenset[int]:
        """The calls of control in hand, each with a number of its own."""

    async def call(
        self, request: Mapping[str, object], *, watched: bool = True
    ) -> dict[str, object]: ...

    def abort(self) -> None: ...


async def watch(worker: Watched, options: FleetOptions) -> None:
    """Kill a worker that hangs; returns once it has."""
    loop = asyncio.get_running_loop()
    used, since = 0.0, loop.time()
    calls: frozenset[int] = frozenset()
    while True:
        await asyncio.sleep(options.pulse_seconds)
        if not worker.awaited:
            calls = frozenset()
            continue
        try:
            async with asyncio.timeout(options.silent_seconds_max):
                told = await worker.call({"op": "pulse"}, watched=False)
        except TimeoutError:
            _end(worker, f"does not answer for {options.silent_seconds_max:g} s")
            return
        except SeaglassError:
            # It is ending, which is known soon.
            continue
        used_now = float(str(told["cpu_seconds"]))
        if not calls & worker.call_numbers or used_now - used > options.still_cpu_seconds:
            used, since, calls = used_now, loop.time(), worker.call_numbers
        elif loop.time() - since > options.still_seconds_max:
            _end(worker, f"does nothing for {options.still_seconds_max:g} s, and a call waits")
            return


def _end(worker: Watched, why: str) -> None:
    _log.error("worker %d %s: it is ended", worker.pid, why)
    worker.abort()
