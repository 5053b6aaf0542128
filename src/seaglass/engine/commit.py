"""Commit: one writer at a time, one log entry per transaction, readers see a version once it is durable.

    begin      take the write lock (first come, first served); the working version is `head`
    apply      working version -> next working version; the change is kept
    commit     encode the changes, append them to the log, move `head`, let go of the lock,
               wait until the log is durable up to the entry, publish

`head` is the newest applied version: the next writer starts there, before it is durable. `current`
is the newest durable one: readers pin it. Versions are published in the order of their entries. A
transaction that fails, or changes nothing, leaves nothing. When the log fails, the writer is
broken: what was appended and not acknowledged may or may not be there after a reopen, so every
later write is refused; reads go on.

An entry in the log:

    u64  number of the version that the entry gives, little-endian
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
from typing import TYPE_CHECKING, NoReturn

from seaglass.base.errors import Corrupt, Exhausted, SeaglassError, Unavailable
from seaglass.engine.fair_lock import FairLock
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.change_codec import decode_changes, encode_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.storage.wal.log import Log


_NUMBER = struct.Struct("<Q")


def encode_entry(number: int, changes: Sequence[Change]) -> bytes:
    """The log entry of a transaction that gives version `number`."""
    return _NUMBER.pack(number) + encode_changes(changes)


def decode_entry(payload: bytes) -> tuple[int, list[Change]]:
    """The version number and the changes of a log entry.

    Raises: Corrupt(corrupt)
    """
    if len(payload) < _NUMBER.size:
        raise Corrupt(
            "corrupt", f"A log entry has {len(payload)} bytes, too few for a version number."
        )
    return _NUMBER.unpack_from(payload)[0], decode_changes(payload[_NUMBER.size :])


@dataclass(frozen=True, slots=True)
class Published:
    """A version and the log position that it includes."""

    version: GraphVersion
    position: int


class Transaction:
    """The working version of one writing query: the view that its operators read and change."""

    __slots__ = ("changes", "version")

    def __init__(self, version: GraphVersion) -> None:
        self.version = version
        self.changes: list[Change] = []

    def apply(self, change: Change) -> None:
        """Moves the working version on."""
        self.version = apply(self.version, change)
        self.changes.append(change)


class Writer:
    """The writing end of one open graph, and what its readers pin.

    Attributes:
        commits, log_bytes: entries that this writer has appended, and their size
        replaced: how often the content has been replaced otherwise than by changes
    """

    def __init__(self, version: GraphVersion, position: int, log: Log) -> None:
        self._lock = FairLock()
        self._log = log
        self._head = version
        self._position = position
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

    @contextmanager
    def begin(self, check: Callable[[], None]) -> Iterator[Transaction]:
        """A transaction that ends with the block: committed and durable, or without a trace when the block raises.

        Args: check: called while waiting for the write lock; may raise

        Raises: Unavailable(worker) when the log has failed; Throttled(queue)
        """
        with self.locked(check) as head:
            transaction = Transaction(head)
            yield transaction
            # Without changes too: it may have read what is not durable yet, and no answer may be
            # ahead of the log.
            position = self._append(transaction) if transaction.changes else self._position
        self._settle(position)

    @contextmanager
    def locked(self, check: Callable[[], None]) -> Iterator[GraphVersion]:
        """Holds the write lock and gives `head`.

        Raises: Unavailable(worker) when the log has failed; Throttled(queue)
        """
        self._lock.acquire(check)
        try:
            if self._broken is not None:
                raise self._broken
            yield self._head
        finally:
            self._lock.release()

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

    def _append(self, transaction: Transaction) -> int:
        payload = encode_entry(transaction.version.number, transaction.changes)
        try:
            self._position = self._log.append(payload)
        except Exhausted:
            # The log has refused the entry by its size; it is as it was.
            raise
        except BaseException as error:
            # Also when the thread is interrupted: nobody knows whether the entry is in the log.
            self._break(error)
        self.commits += 1
        self.log_bytes += len(payload)
        self._head = transaction.version
        with self._publishing:
            self._pending.append(Published(self._head, self._position))
        return self._position

    def _settle(self, position: int) -> None:
        """Waits until the log is durable up to `position`, and publishes what that makes durable."""
        if self._current.position >= position:
            return
        try:
            self._log.sync(position)
        except Exception as error:
            self._break(error)
        with self._publishing:
            while self._pending and self._pending[0].position <= position:
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
