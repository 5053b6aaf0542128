"""One worker process: started, spoken to over its connections, and ended.

Above: `spares`, `replicas`, `graph`. Below: `pulse`, server.link.client. Invariants: the process holds
the read end of a pipe whose other end only the front has (its lifeline, see server.worker.serve).
Its socket lies in a folder that only this user may enter. It is in a session of its own, so that
signals of the terminal do not reach it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from seaglass.base.errors import Conflict, SeaglassError, Unavailable
from seaglass.server.fleet.pulse import watch
from seaglass.server.link.client import Connection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from seaglass.server.fleet.options import FleetOptions

# For the process to end after its lifeline did.
EXIT_SECONDS_MAX = 10.0
# A graph that another process holds is asked for again so often.
LOCK_RETRY_SECONDS = 0.02

T = TypeVar("T")

_log = logging.getLogger(__name__)


class WorkerProcess:
    """A worker that has said that it is ready."""

    def __init__(
        self, process: asyncio.subprocess.Process, socket_path: Path, options: FleetOptions
    ) -> None:
        self._process = process
        self._socket_path = socket_path
        self._idle: list[Connection] = []
        # As many are kept open while nobody uses them as queries run side by side.
        self._idle_max = options.queries_running_max
        self._discarded = False
        self._exited = asyncio.create_task(process.wait())
        # How many connections are lent, and the calls of control in hand.
        self._lent = 0
        self._numbers = itertools.count()
        self._calls: set[int] = set()
        pulse = asyncio.create_task(watch(self, options), name=f"pulse {process.pid}")
        self._exited.add_done_callback(lambda _: pulse.cancel())

    @classmethod
    async def spawn(cls, options: FleetOptions, socket_path: Path) -> WorkerProcess:
        """Start a process and wait until it is ready. Raises: Unavailable(worker)."""
        command = [*options.command, "--socket", str(socket_path)]
        command += ["--dialect", options.dialect, "--kms", options.kms]
        command += ["--log-level", options.log_level, "--log-format", options.log_format]
        command += [part for path in options.local_paths for part in ("--folder", str(path))]
        if options.memory_bytes is not None:
            command += ["--memory-bytes", str(options.memory_bytes)]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(options.load_seconds_max):
                line = await process.stdout.readline()
        except BaseException as error:
            await _kill(process)
            if isinstance(error, TimeoutError):
                raise _not_started(f"within {options.load_seconds_max:g} s") from None
            raise
        if line != b"ready\n":
            await _kill(process)
            raise _not_started("; the server's log has what it said")
        return cls(process, socket_path, options)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended, as far as is known."""
        return not self._exited.done()

    async def exited(self) -> int:
        """Wait for the end of the process; return its exit status."""
        return await asyncio.shield(self._exited)

    @property
    def awaited(self) -> bool:
        """Whether anybody waits for the process."""
        return self._lent > 0

    @property
    def call_numbers(self) -> frozenset[int]:
        """The calls of control in hand, each with a number of its own."""
        return frozenset(self._calls)

    async def call(
        self, request: Mapping[str, object], *, watched: bool = True
    ) -> dict[str, object]:
        """Send a request that is answered by one message. Raises: what the worker raised.

        Args: watched: whether it hangs when the process does nothing for long
        """
        return await self.call_over(await self.take(), request, watched=watched)

    async def call_over(
        self, connection: Connection, request: Mapping[str, object], *, watched: bool = True
    ) -> dict[str, object]:
        """As `call`, over a connection that is lent, which is given back."""
        number = next(self._numbers)
        if watched:
            self._calls.add(number)
        try:
            return await connection.call(request)
        finally:
            self._calls.discard(number)
            self.give_back(connection)

    async def take(self) -> Connection:
        """Lend a connection for one request. Raises: Unavailable(worker) when there is none."""
        connection = self.take_idle()
        if connection is None:
            connection = await Connection.open(str(self._socket_path))
            self._lent += 1
        return connection

    def take_idle(self) -> Connection | None:
        """Lend a connection that is open already, if there is one."""
        while self._idle:
            connection = self._idle.pop()
            # A worker that died meanwhile is seen here: now a request can be given to the next
            # worker, once sent it cannot.
            if connection.reusable and connection.quiet:
                self._lent += 1
                return connection
            connection.close()
        return None

    def give_back(self, connection: Connection) -> None:
        """Take a connection back. One whose answer was not read to its end is closed."""
        self._lent -= 1
        keep = connection.reusable and not self._discarded
        if keep and len(self._idle) < self._idle_max:
            self._idle.append(connection)
        else:
            connection.close()

    async def end(self, close_seconds_max: float) -> None:
        """Have the worker save what it serves, then end it."""
        if self.alive:
            try:
                async with asyncio.timeout(close_seconds_max):
                    await self.call({"op": "close"})
            except TimeoutError:
                _log.warning("worker %d did not close in time; its log has the rest", self.pid)
            except SeaglassError as error:
                _log.warning("worker %d did not close: %s", self.pid, error)
        await self.discard()

    def abort(self) -> None:
        """End the process now, by force; its exit is not waited for."""
        self._let_go()
        with suppress(ProcessLookupError):
            self._process.kill()

    async def discard(self) -> None:
        """End the process without a word to it."""
        self._let_go()
        await _end(self._process)
        with suppress(OSError):
            self._socket_path.unlink(missing_ok=True)

    def _let_go(self) -> None:
        """Close the connections; those that are lent, when they come back."""
        self._discarded = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()


async def until_released(options: FleetOptions, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask for a graph again while another process holds it: one left by a front that was killed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + options.restart_wait_seconds
    while True:
        try:
            return await ask()
        except Conflict as error:
            # A key that cannot be used is not released in a moment, and asking for it may cost.
            if error.kind == "key" or loop.time() >= deadline:
                raise
            await asyncio.sleep(LOCK_RETRY_SECONDS)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process: by asking, then, if that does not do it or the caller is cancelled, by force."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(EXIT_SECONDS_MAX):
            await process.wait()
    except TimeoutError:
        await _kill(process)
    except asyncio.CancelledError:
        await _kill(process)
        raise


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End a process by force. Who is cancelled meanwhile waits all the same: it takes a moment, and a loop that
    ends before would not hear of it."""
    with suppress(ProcessLookupError):
        process.kill()
    gone = asyncio.ensure_future(process.wait())
    cancelled: asyncio.CancelledError | None = None
    while not gone.done():
        try:
            await asyncio.shield(gone)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


def _not_started(why: str) -> Unavailable:
    return Unavailable("worker", f"A worker process did not start {why}.".replace(" ;", ";"))
