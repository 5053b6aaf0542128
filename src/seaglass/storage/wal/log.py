"""The writing end of a log: append, sync for many threads at once, segments, cutting the front.

    append     seals the payload and gives it a sequence; it waits in memory
    sync       one waiting thread writes and syncs for all that wait; each returns when its entry
               is durable
    poison     a write or sync that fails, or is interrupted, leaves the log's end unknown: from
               then on it takes nothing, until it is opened again. What was not acknowledged may be
               there then, or not, but whole.

Invariants: `durable <= last`; frames lie in the file in the order of their sequences; a segment is
synced before the next one is begun, and ends with its last frame then (the zeros that are laid out
after it are cut); only this object writes to segments that it began. Lock order:
`_io`, then `_state`. `_io` is held during writes and syncs, `_state` only for moments (and while a
segment is begun).

Above: engine/commit, engine/checkpoint. Below: format, reader, recovery, base/files.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NoReturn

from seaglass.base.errors import Corrupt, Exhausted, NotFound, SeaglassError, Unavailable
from seaglass.base.limits import (
    LOG_BUFFER_BYTES,
    LOG_PAYLOAD_BYTES_MAX,
    LOG_ROOM_BYTES,
    LOG_ROOM_WRITES,
    LOG_SEGMENT_BYTES,
    LOG_STEP_BYTES,
)
from seaglass.storage.wal.format import (
    SALT_BYTES,
    SEGMENT_HEADER_BYTES,
    SegmentCipher,
    SegmentHeader,
    encode_header,
    segment_name,
    steps,
)
from seaglass.storage.wal.reader import Entry, Segment, read_entries
from seaglass.storage.wal.recovery import Recovered, check_reaches, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from seaglass.base.files import AppendFile, Files
    from seaglass.base.rng import Rng


class _OpenSegment:
    """The segment that this log appends to. `write`, `sync`, `cut` and `close` with the log's `_io`.

    Attributes: size_bytes: with what waits in memory, without what is laid out
    """

    __slots__ = ("_end", "_file", "_room", "cipher", "first", "size_bytes")

    def __init__(self, first: int, cipher: SegmentCipher, file: AppendFile) -> None:
        self.first = first
        self.cipher = cipher
        self.size_bytes = SEGMENT_HEADER_BYTES
        self._file = file
        self._end = SEGMENT_HEADER_BYTES
        # Of the zeros after the end; below 0 when a write went beyond them.
        self._room = 0

    def write(self, data: bytes) -> None:
        """Adds frames; where they are small, with room for more."""
        self._file.write(data)
        self._end += len(data)
        self._room -= len(data)
        if self._room < 0 and len(data) * LOG_ROOM_WRITES <= LOG_ROOM_BYTES:
            try:
                self.lay_out()
            except Exhausted:
                # The frames have their place on the disk: they alone must have it.
                self._room = LOG_ROOM_BYTES

    def write_all(self, pieces: list[bytes]) -> None:
        """Adds frames that are in pieces; a copy of many bytes is not made to write them at once."""
        if len(pieces) == 1:
            self.write(pieces[0])
        elif sum(map(len, pieces)) <= LOG_STEP_BYTES:
            self.write(b"".join(pieces))
        else:
            for step in steps(pieces):
                self.write(step)

    def lay_out(self) -> None:
        """Has room for more, if the disk has any."""
        self._file.lay_out(LOG_ROOM_BYTES)
        self._room = LOG_ROOM_BYTES

    def sync(self) -> None:
        """Makes everything written so far durable."""
        self._file.sync()

    def cut(self) -> None:
        """Lets the segment end with its last frame; durable after `sync`."""
        self._file.truncate(self._end)

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


class Log:
    """One log, opened for writing by one process. Safe to share between threads."""

    def __init__(
        self, files: Files, folder: Path, key: bytes, rng: Rng, recovered: Recovered
    ) -> None:
        self.folder = folder
        self._files = files
        self._key = key
        self._rng = rng
        self._segment_bytes = LOG_SEGMENT_BYTES
        self._io = threading.Lock()
        self._state = threading.Lock()
        self._segments = list(recovered.segments)
        self._open: _OpenSegment | None = None
        self._next = recovered.next
        # What a full disk takes of the first entry would end this log: it must have room first.
        self._room_first = recovered.full
        self._durable = recovered.next - 1
        self._buffer: list[bytes] = []
        self._buffer_bytes = 0
        self._poison: str | None = None
        # Guards the two below: whether a thread syncs now, and which wait, each for a sequence and
        # on a lock of its own. (A Condition wakes all to look; these are told when they are done.)
        self._turn = threading.Lock()
        self._leading = False
        self._waiting: list[tuple[int, threading.Lock]] = []

    @classmethod
    def open(
        cls,
        files: Files,
        folder: Path,
        key: bytes,
        rng: Rng,
        segment_bytes: int = LOG_SEGMENT_BYTES,
    ) -> Log:
        """Recover the log in `folder`, which is made if it is not there. The caller holds its lock.

        Raises: Corrupt when acknowledged entries are damaged
        """
        files.make_dir(folder)
        log = cls(files, folder, key, rng, recover(files, folder, key))
        log._segment_bytes = segment_bytes
        return log

    @property
    def last(self) -> int:
        """Sequence of the newest entry, durable or not; 0 when there never was one."""
        return self._next - 1

    @property
    def durable(self) -> int:
        """Every entry up to this sequence is durable."""
        return self._durable

    @property
    def failed(self) -> bool:
        """Whether it takes no more entries until it is opened again."""
        return self._poison is not None

    def append(self, payload: bytes) -> int:
        """Give `payload` the next sequence; it is durable after `sync`.

        Raises: Exhausted(internal_limit) for a payload that is too large; Exhausted(storage) or
            Unavailable(storage) when a segment cannot be begun; the log is as it was, unless it has `failed`
        """
        _check_size(len(payload))
        while True:
            with self._state:
                if self._poison is not None:
                    self._check_usable()
                segment = self._open
                if segment is not None and segment.size_bytes < self._segment_bytes:
                    sequence = self._append_to(segment, payload)
                    full = self._buffer_bytes > LOG_BUFFER_BYTES
                    break
            with self._io:
                if segment is self._open:
                    self._begin_segment()
        if full:
            self._write_buffer_early()
        return sequence

    def append_parts(self, parts: Sequence[bytes], check: Callable[[], None]) -> int:
        """As `append`, of a payload in parts, which are many bytes: nobody's sync waits until they are sealed.

        Args: check: called between steps until the entry has its place; the log is as it was when it
            raises
        Raises: as `append`
        """
        _check_size(sum(map(len, parts)))
        while True:
            with self._state:
                self._check_usable()
                segment, sequence, durable = self._open, self._next, self._durable
            if segment is None or segment.size_bytes >= self._segment_bytes:
                with self._io:
                    if segment is self._open:
                        self._begin_segment()
                continue
            pieces = segment.cipher.seal_parts(sequence, durable, parts, check)
            with self._state:
                self._check_usable()
                if segment is self._open and sequence == self._next:
                    self._take(segment, pieces)
                    break
        self._write_buffer_early()
        return sequence

    def sync(self, sequence: int | None = None) -> None:
        """Return when every entry up to `sequence` (all appended so far) is durable.

        Threads that wait at the same time share one sync: one of them does the work, the others
        wait for it; whoever came too late for that one does the next.

        Raises: Unavailable(storage) when the log has failed: the entry may be there or not
        """
        wanted = self.last if sequence is None else sequence
        assert wanted < self._next
        while self._durable < wanted:
            gate = None
            with self._turn:
                leads = not self._leading
                self._leading = True
                if not leads:
                    gate = threading.Lock()
                    gate.acquire()
                    self._waiting.append((wanted, gate))
            try:
                if gate is None:
                    self._sync_all()
                else:
                    gate.acquire()
            except BaseException:
                self._pass_on(leads, gate)
                raise
            if leads:
                self._pass_on(leads, None)

    def _pass_on(self, led: bool, gone: threading.Lock | None) -> None:
        """Lets go those whose entries are durable, and one more, which syncs for the rest.

        Args: led: whether this thread has synced; gone: what waits no longer
        """
        with self._turn:
            if led:
                self._leading = False
            if not self._waiting:
                return
            rest = []
            for wanted, gate in self._waiting:
                if gate is gone:
                    continue
                if wanted <= self._durable:
                    gate.release()
                else:
                    rest.append((wanted, gate))
            if rest and not self._leading:
                rest.pop(0)[1].release()
            self._waiting = rest

    def entries(self, from_sequence: int) -> Iterator[Entry]:
        """The durable entries from `from_sequence` on, as of now.

        Raises: Corrupt when one of them is missing or damaged
        """
        with self._state:
            segments, durable = tuple(self._segments), self._durable
        check_reaches(durable + 1, from_sequence, self.folder)
        seen = from_sequence - 1
        for entry in read_entries(self._files, segments, self._key, from_sequence):
            if entry.sequence > durable:
                return
            seen = entry.sequence
            yield entry
        if seen < durable:
            raise Corrupt(
                "corrupt", f"the log in {self.folder} has lost entry {seen + 1} while it was open"
            )

    def start_segment(self) -> None:
        """Make everything durable and let the next entry begin a segment of its own."""
        with self._io:
            with self._state:
                self._check_usable()
                fresh = bool(self._segments) and self._segments[-1].first == self._next
            if not fresh:
                self._begin_segment()

    def truncate_before(self, sequence: int) -> int:
        """Remove the segments whose entries are all older than `sequence`; how many were removed.

        The newest segment stays, so that the log remembers its sequence.
        """
        removed = 0
        with self._io:
            while len(self._segments) > 1 and self._segments[1].first <= sequence:
                try:
                    self._files.remove(self._segments[0].path)
                except NotFound:
                    pass
                with self._state:
                    del self._segments[0]
                removed += 1
            if removed:
                self._files.sync_folder(self.folder)
        return removed

    def close(self) -> None:
        """Sync what was appended, unless the log has failed, and let go of the file."""
        try:
            if self._poison is None:
                self.sync()
        finally:
            with self._io, self._state:
                segment, self._open = self._open, None
                sound = self._poison is None
                if sound:
                    self._poison = f"the log in {self.folder} is closed"
                if segment is not None:
                    try:
                        if sound:
                            segment.cut()
                    finally:
                        segment.close()

    def _append_to(self, segment: _OpenSegment, payload: bytes) -> int:
        sequence = self._next
        try:
            frame = segment.cipher.seal(sequence, self._durable, payload)
        except BaseException as error:
            self._fail(error)
        self._take(segment, [frame])
        return sequence

    def _take(self, segment: _OpenSegment, pieces: list[bytes]) -> None:
        """With `_state` held: the frame has the next sequence from here on."""
        size_bytes = sum(map(len, pieces))
        try:
            self._buffer += pieces
            self._buffer_bytes += size_bytes
            segment.size_bytes += size_bytes
            self._next += 1
        except BaseException as error:
            # An interrupt between these lines would give one sequence to two payloads.
            self._fail(error)

    def _sync_all(self) -> None:
        with self._io:
            if self._poison is not None:
                self._check_usable()
            try:
                segment, last = self._write_buffer()
                if segment is not None:
                    segment.sync()
                self._durable = last
            except BaseException as error:
                self._fail(error)

    def _write_buffer_early(self) -> None:
        with self._io:
            self._check_usable()
            try:
                self._write_buffer()
            except BaseException as error:
                self._fail(error)

    def _write_buffer(self) -> tuple[_OpenSegment | None, int]:
        """With `_io` held: write what waits; the segment, and the last sequence that is in it."""
        with self._state:
            buffer, self._buffer, self._buffer_bytes = self._buffer, [], 0
            segment = self._open
            last = self._next - 1
        if buffer:
            assert segment is not None
            segment.write_all(buffer)
        return segment, last

    def _begin_segment(self) -> None:
        """With `_io` held: sync the open segment, then begin the next.

        Raises: Exhausted(storage), Unavailable(storage); the log is as it was, unless it has `failed`
        """
        with self._state:
            self._check_usable()
            try:
                self._begin_segment_once()
            except BaseException as error:
                # Else the one before is whole, durable and closed, and no entry is on its way.
                if self._open is not None or not isinstance(error, Exhausted | Unavailable):
                    self._fail(error)
                raise

    def _begin_segment_once(self) -> None:
        if self._open is not None:
            if self._buffer:
                self._open.write_all(self._buffer)
                self._buffer, self._buffer_bytes = [], 0
            self._open.cut()
            self._open.sync()
            self._durable = self._next - 1
            self._open.close()
            self._open = None
        header = SegmentHeader(self._next, self._rng.token(SALT_BYTES))
        path = self.folder / segment_name(header.first)
        # The header is whole and durable before the first frame, so a bad header is always damage.
        self._files.write_atomic(path, encode_header(header))
        if self._segments and self._segments[-1].first == header.first:
            self._segments.pop()  # an empty segment of an earlier writer, replaced
        self._segments.append(Segment(header.first, path))
        file = self._files.open_append(path)
        segment = _OpenSegment(header.first, SegmentCipher(self._key, header), file)
        if self._room_first:
            try:
                segment.lay_out()
            except BaseException:
                segment.cut()
                segment.close()
                raise
            self._room_first = False
        self._open = segment

    def _check_usable(self) -> None:
        if self._poison is not None:
            raise Unavailable("storage", self._poison)

    def _fail(self, error: BaseException) -> NoReturn:
        """Poison the log. With `_io` or `_state` held."""
        reason = error.message if isinstance(error, SeaglassError) else repr(error)
        self._poison = (
            f"the log in {self.folder} takes no more entries until it is opened again: {reason}"
        )
        if isinstance(error, Exception):
            raise Unavailable("storage", self._poison, detail=repr(error)) from error
        raise error


def _check_size(payload_bytes: int) -> None:
    """Raises: Exhausted(internal_limit) for a payload that is too large"""
    if payload_bytes > LOG_PAYLOAD_BYTES_MAX:
        raise Exhausted(
            "internal_limit",
            f"a log entry of {payload_bytes} bytes is larger than {LOG_PAYLOAD_BYTES_MAX}; "
            "write in several smaller transactions, or load in bulk",
        )
