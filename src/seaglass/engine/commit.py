"""Commit: one writer at a time, one log entry per transaction, readers see a version once it is durable.

    lock       taken first come, first served; the working version is `head`
    run        working version -> next working version; the changes are kept
    append     encode the changes, append them to the log, move `head`; a query may end until its entry
               has its place in the log, and is there as a whole then
    gather     wait until the entries before are durable; those who come meanwhile stand in line
    serve      run and append the short transactions of those who stand in line, in their order
    settle     let go of the lock, wait until the log is durable up to the last entry, publish, and
               wake those who were served

Which of them share a sync, and which thread runs them, is all that depends on who else writes
(docs/adr/0007): each is a transaction of its own, with its own entry and error. One that may be
long is run by its own thread; it neither gathers nor is served, and shares syncs as the log has it.

`head` is the newest applied version: the next writer starts there, before it is durable. `current`
is the newest durable one: readers pin it. Versions are published in the order of their entries. A
transaction that fails, or changes nothing, leaves nothing. When the log fails, the writer is
broken: what was appended and not acknowledged may or may not be there after a reopen, so every
later write is refused; reads go on.

An entry in the log:

    u64  number of the version that the entry gives, little-endian; plus 2^63 where a mark follows
    16   the mark, if there is one (`marks`)
    ...  the changes (graph/change_codec)

Above: live_graph, folding, checkpoint, recover. Below: fair_lock, graph/apply, graph/change_codec,
storage/wal.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar

from seaglass.base.errors import Corrupt, Exhausted, Interrupted, SeaglassError, Unavailable
from seaglass.base.limits import GROUP_MS, GROUP_WRITES_MAX, LOG_STEP_BYTES, MARK_BYTES
from seaglass.engine.fair_lock import FairLock, wake_all
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.change_codec import decode_changes, encode_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seaglass.base.clock import Clock
    from seaglass.engine.fair_lock import Waiter
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.marks import Marks
    from seaglass.storage.wal.log import Log


T = TypeVar("T")

_NUMBER = struct.Struct("<Q")
_MARKED = 1 << 63


@dataclass(slots=True)
class Entry:
    """What the log has of a transaction; `Final` for frozen, as in `values/column`.

    Args: number: of the version that it gives; mark: or empty
    """

    number: Final[int]
    changes: Final[Sequence[Change]]
    mark: Final[bytes]


def encode_entry(entry: Entry, check: Callable[[], None] = lambda: None) -> list[bytes]:
    """The log entry of a transaction, in parts. Args: check: called between them; may raise"""
    number = entry.number | _MARKED if entry.mark else entry.number
    return [_NUMBER.pack(number) + entry.mark, *encode_parts(entry.changes, check)]


def decode_entry(payload: bytes) -> Entry:
    """Raises: Corrupt(corrupt) when it is not what encode_entry gives."""
    if len(payload) < _NUMBER.size:
        raise Corrupt(
            "corrupt", f"A log entry has {len(payload)} bytes, too few for a version number."
        )
    number, start = _NUMBER.unpack_from(payload)[0], _NUMBER.size
    mark = payload[start : start + MARK_BYTES] if number & _MARKED else b""
    return Entry(number & ~_MARKED, decode_changes(payload[start + len(mark) :]), mark)


@dataclass(slots=True)
class Published:
    """A version and the log position that it includes; `Final` for frozen, as in `Entry`."""

    version: Final[GraphVersion]
    position: Final[int]


class Transaction:
    """The working version of one writing query: the view that its operators read and change.

    Attributes: mark: tells of which query it is, if anybody wants to know
    """

    __slots__ = ("changes", "mark", "version")

    def __init__(self, version: GraphVersion) -> None:
        self.version = version
        self.changes: list[Change] = []
        self.mark = b""

    def apply(self, change: Change) -> None:
        """Moves the working version on."""
        self.version = apply(self.version, change)
        self.changes.append(change)


class _Write(Generic[T]):
    """A transaction that is asked for, and what came of it.

    Attributes: position: the log must be durable up to there before anybody hears of it
    """

    __slots__ = ("body", "check", "error", "position", "result")

    def __init__(self, body: Callable[[Transaction], T], check: Callable[[], None]) -> None:
        self.body = body
        self.check = check
        self.error: BaseException | None = None
        self.position = 0
        self.result: T

    def raise_error(self) -> None:
        """Raises what the body raised, if it did."""
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                # The error holds this frame.
                del error


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


class Writer:
    """The writing end of one open graph, and what its readers pin.

    Attributes:
        commits, log_bytes: entries that this writer has appended, and their size
        replaced: how often the content has been replaced otherwise than by changes
    """

    def __init__(
        self, version: GraphVersion, position: int, log: Log, clock: Clock, marks: Marks | None
    ) -> None:
        """marks: take those of the transactions that have one"""
        self._marks = marks
        self._lock: FairLock[_Write[Any]] = FairLock()
        self._log = log
        self._clock = clock
        self._head = version
        self._position = position
        # Up to here what is appended is among the pending or current.
        self._announced = position
        self._broken: Unavailable | None = None
        self.commits = 0
        self.log_bytes = 0
        self.replaced = 0
        # Guards what is published; never held while waiting for anything else.
        self._publishing = threading.Lock()
        self._pending: deque[Published] = deque()
        self._current = Published(version, position)

    @property
    def current(self) -> Published:
        """The newest durable version; readers keep what they get."""
        return self._current

    def write(
        self, body: Callable[[Transaction], T], check: Callable[[], None], *, errand: bool
    ) -> T:
        """Runs a transaction: what `body` did is committed and durable, or without a trace when it
        raises.

        Args:
            check: called while waiting for the write lock, and until the entry has its place in the
                log; may raise
            errand: whether any thread may run `body`, which is short then
        Returns: what `body` gives
        Raises: what `body` raises; Unavailable(worker) when the log has failed; Throttled(queue)
        """
        own = _Write(body, check)
        if self._lock.acquire(check, own if errand else None):
            self._lead(own, gathers=errand)
        else:
            own.raise_error()
            self._settle(own.position)
        return own.result

    @contextmanager
    def locked(self, check: Callable[[], None]) -> Iterator[GraphVersion]:
        """Holds the write lock and gives `head`.

        Raises: Unavailable(worker) when the log has failed; Throttled(queue)
        """
        self._lock.acquire(check)
        try:
            self.check_sound()
            yield self._head
        finally:
            self._lock.release()

    def check_sound(self) -> None:
        """Raises: Unavailable(worker) when the log has failed: what is durable is not known."""
        if self._broken is not None:
            raise self._broken

    def settle(self) -> Published:
        """Inside `locked`: waits until `head` is durable, and gives it."""
        self._settle(self._position)
        return Published(self._head, self._position)

    def replace(self, version: GraphVersion) -> None:
        """Inside `locked`, after `settle`: `version` is durable by other means than the log, and comes next."""
        self._head = version
        self.replaced += 1
        with self._publishing:
            assert not self._pending
            self._current = Published(version, self._position)

    def refresh(self, version: GraphVersion) -> None:
        """Inside `locked`: `version` has the content of `head` in a better shape; it comes when `head` is durable."""
        self._head = version
        with self._publishing:
            if self._pending or self._current.position < self._position:
                self._pending.append(Published(version, self._position))
            else:
                self._current = Published(version, self._position)

    def _lead(self, own: _Write[Any], *, gathers: bool) -> None:
        """With the lock, which it lets go: the own transaction, then those of others, and one sync
        for all of them.

        Args: gathers: whether to let others come while the sync before this one runs
        """
        served: list[Waiter[_Write[Any]]] = []
        try:
            try:
                self._run(own)
                settles = gathers and self._current.position < own.position - 1
                # The main thread serves nobody: an interrupt from the keyboard would end the query
                # of somebody else.
                if (settles or not self._lock.quiet) and not _in_main_thread():
                    if settles:
                        self._settle(own.position - 1)
                    self._serve(served)
            finally:
                position = self._release()
            self._settle(position)
        finally:
            # Whatever happened here: each of them settles its own, if that is not done.
            if served:
                wake_all(served)

    def _serve(self, served: list[Waiter[_Write[Any]]]) -> None:
        """Runs errands of those that wait, in their order; `served` gets those that are in the log."""
        if self._lock.quiet:
            return
        end = self._clock.monotonic() + GROUP_MS / 1000
        for _ in range(GROUP_WRITES_MAX):
            waiter = self._lock.take()
            if waiter is None:
                return
            write = waiter.errand
            assert write is not None
            try:
                self._run(write)
            except (SeaglassError, MemoryError) as error:
                write.error = error
                waiter.wake()
            except Exception:
                # It tells of this thread (how deep its calls are), or of a bug: its own thread
                # finds out.
                self._lock.give_back(waiter)
                return
            else:
                served.append(waiter)
            if self._clock.monotonic() >= end:
                return

    def _run(self, write: _Write[Any]) -> None:
        """With the lock: a transaction on `head`."""
        if self._broken is not None:
            raise self._broken
        transaction = Transaction(self._head)
        write.result = write.body(transaction)
        # Without changes too: it may have read what is not durable yet, and no answer may be ahead
        # of the log.
        write.position = self._position
        if transaction.changes:
            write.position = self._append(transaction, write.check)

    def _append(self, transaction: Transaction, check: Callable[[], None]) -> int:
        mark = transaction.mark
        entry = Entry(transaction.version.number, transaction.changes, mark)
        parts = encode_entry(entry, check)
        size_bytes = sum(map(len, parts))
        try:
            if size_bytes <= LOG_STEP_BYTES:
                self._position = self._log.append(b"".join(parts))
            else:
                self._position = self._log.append_parts(parts, check)
        except BaseException as error:
            # Refused for its size, or since the disk takes no new file, or at a look at the query, the log is as
            # it was. Else, also when the thread is interrupted, nobody knows whether the entry is in it.
            if self._log.failed or not isinstance(error, Exhausted | Unavailable | Interrupted):
                self._break(error)
            raise
        if mark and self._marks is not None:
            self._marks.add(self._position, mark)
        self.commits += 1
        self.log_bytes += size_bytes
        self._head = transaction.version
        return self._position

    def _release(self) -> int:
        """Lets go of the lock; gives the position up to which all is appended.

        Of the versions that came under it the last one alone is published: those between would have
        to stay until then, and most of what each has of its own is gone while the next is made.
        """
        position = self._position
        if position > self._announced:
            self._announced = position
            with self._publishing:
                self._pending.append(Published(self._head, position))
        self._lock.release()
        return position

    def _settle(self, position: int) -> None:
        """Waits until the log is durable up to `position`, and publishes what that makes durable."""
        if self._current.position >= position:
            return
        try:
            self._log.sync(position)
        except Exception as error:
            self._break(error)
        durable = self._log.durable
        with self._publishing:
            while self._pending and self._pending[0].position <= durable:
                self._current = self._pending.popleft()

    def _break(self, error: BaseException) -> NoReturn:
        raise self.broken_by(error) from error

    def broken_by(self, error: BaseException) -> Unavailable:
        """Refuses every later write, because what is durable is not known any more; gives the refusal."""
        reason = error.message if isinstance(error, SeaglassError) else str(error)
        self._broken = Unavailable(
            "worker",
            f"What was written to the graph could not be made durable ({reason}). The graph can be "
            "read, but takes no more writes until it is opened again. Make sure that the disk is well "
            "and has room, then close and open the graph (or stop and start it). Writes that failed "
            "with this error may or may not be there then: read before repeating them.",
            detail=repr(error),
        )
        return self._broken
