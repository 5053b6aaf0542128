"""Reads a log: entries in order, each checked, across segments.

What is read is whole or refused: in every segment but the last each byte must belong to a true
frame, and each segment must go on where the one before it ended. At the end of the last one there
may be zeros that are laid out for more, or a torn write, which reading leaves out: bytes that are no
true frame and that no later frame vouches for (`format` says how).

Above: log, recovery, and processes that follow a log. Below: format, base/files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from seaglass.base.errors import Corrupt
from seaglass.storage.wal.format import (
    FRAME_MAGIC,
    SEGMENT_HEADER_BYTES,
    Frame,
    SegmentCipher,
    decode_header,
    first_of_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from seaglass.base.files import Files


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log."""

    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of the log and the sequence that it begins with."""

    first: int
    path: Path


class SegmentScan:
    """Walks the frames of one segment; afterwards `next` and `end` tell where they stopped."""

    __slots__ = ("_cipher", "_data", "_segment", "end", "next")

    def __init__(self, data: bytes, segment: Segment, key: bytes) -> None:
        header = decode_header(data, segment.path)
        self._data = data
        self._segment = segment
        self._cipher = SegmentCipher(key, header)
        self.next = header.first
        self.end = SEGMENT_HEADER_BYTES

    def frames(self) -> Iterator[Frame]:
        """The true frames in order, up to the first byte that belongs to none."""
        while self.end < len(self._data):
            frame = self._open_at(self.end)
            if frame is None:
                return
            if frame.sequence != self.next:
                raise self._damaged()
            self.end = frame.end
            self.next = frame.sequence + 1
            yield frame

    def check_whole(self) -> None:
        """After `frames`, for a segment that others follow: nothing may be left over."""
        if self.end != len(self._data):
            raise self._damaged()

    def check_tail(self) -> None:
        """After `frames`, for the last segment: what is left over must be laid out, or torn."""
        offset = self._data.find(FRAME_MAGIC, self.end)
        while offset >= 0:
            frame = self._open_at(offset)
            if frame is not None and frame.durable >= self.next:
                raise self._damaged()
            offset = self._data.find(FRAME_MAGIC, offset + 1 if frame is None else frame.end)

    def _open_at(self, offset: int) -> Frame | None:
        try:
            return self._cipher.open_at(self._data, offset)
        except InvalidTag as error:
            raise Corrupt(
                "corrupt",
                f"log segment {self._segment.path}: the frame at byte {offset} (entry {self.next} "
                "is expected) is whole, but sealed with another key, or forged",
            ) from error

    def _damaged(self) -> Corrupt:
        return Corrupt(
            "corrupt",
            f"log segment {self._segment.path} is damaged at byte {self.end}: entry {self.next} "
            "was acknowledged and cannot be read; keep the file, and restore from a snapshot",
        )


def list_segments(files: Files, folder: Path) -> list[Segment]:
    """The segments of the log in `folder`, oldest first."""
    numbered = ((first_of_name(name), name) for name in files.list(folder))
    return [Segment(first, folder / name) for first, name in numbered if first is not None]


def read_entries(
    files: Files, segments: Sequence[Segment], key: bytes, from_sequence: int
) -> Iterator[Entry]:
    """Entries from `from_sequence` on, to the end of the last whole frame.

    Raises: Corrupt when an acknowledged entry from there on is missing or damaged
    """
    needed = [i for i, s in enumerate(segments) if s.first <= from_sequence]
    if segments and not needed:
        raise Corrupt(
            "corrupt",
            f"the log in {segments[0].path.parent} begins with entry {segments[0].first}; "
            f"entries from {from_sequence} on are missing",
        )
    expected: int | None = None
    for index in range(needed[-1] if needed else 0, len(segments)):
        segment = segments[index]
        if expected is not None and segment.first != expected:
            raise Corrupt(
                "corrupt",
                f"the log in {segment.path.parent} has a hole: entry {expected} is expected "
                f"at the start of segment {segment.path.name}",
            )
        scan = SegmentScan(files.read(segment.path), segment, key)
        for frame in scan.frames():
            if frame.sequence >= from_sequence:
                yield Entry(frame.sequence, frame.payload)
        if index + 1 < len(segments):
            scan.check_whole()
        else:
            scan.check_tail()
        expected = scan.next
