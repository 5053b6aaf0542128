"""Follows a log that another process writes: entries as they come, each once.

Above: engine/follower. Below: reader, format, base/files. Nothing is repaired or cut here. Bytes at
the end that are no whole frame yet are left for the next look: the writer may be in the middle of
them, or have laid them out. An entry may be seen a moment before it is durable, never after it was
acknowledged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from seaglass.base.errors import Corrupt, NotFound
from seaglass.base.limits import LOG_FOLLOW_BYTES, LOG_LOOK_BYTES
from seaglass.storage.wal.format import (
    FRAME_MAGIC,
    SEGMENT_HEADER_BYTES,
    SegmentCipher,
    decode_header,
    frame_needs,
    segment_name,
)
from seaglass.storage.wal.reader import Entry, list_segments

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import Files


class LogCut(Exception):
    """The entries that come next were cut off, because a checkpoint has them."""


class LogFollower:
    """A place in a log. One thread at a time."""

    def __init__(self, files: Files, folder: Path, key: bytes, from_sequence: int) -> None:
        self._files = files
        self._folder = folder
        self._key = key
        self._path: Path | None = None
        self._cipher: SegmentCipher | None = None
        self._offset = 0
        # Of the frame at `_offset`; entries before `_from` are skipped.
        self._next = 0
        self._from = from_sequence

    def entries(self) -> list[Entry]:
        """The entries that came since the last call.

        Raises: LogCut; Corrupt for a frame that is whole, but not what must come
        Cost: two looks at files where nothing came
        """
        found: list[Entry] = []
        while self._path is not None or self._find():
            try:
                came = self._read()
            except NotFound:
                # Cut since the last look; or the writer moves to another file of this name.
                self._path = None
                continue
            found += [entry for entry in came if entry.sequence >= self._from]
            following = self._folder / segment_name(self._next)
            if following == self._path or not self._files.exists(following):
                break
            if not came:
                # A segment is whole before the next one begins.
                self._enter(following, self._next)
        return found

    def _find(self) -> bool:
        """Enter the segment that has the next entry; False while there is none at all."""
        wanted = max(self._from, self._next)
        segments = list_segments(self._files, self._folder)
        if not segments:
            return False
        having = [segment for segment in segments if segment.first <= wanted]
        if not having:
            raise LogCut
        self._enter(having[-1].path, having[-1].first)
        self._from = wanted
        return True

    def _enter(self, path: Path, first: int) -> None:
        self._path, self._cipher = path, None
        self._offset, self._next = SEGMENT_HEADER_BYTES, first

    def _read(self) -> list[Entry]:
        """The whole frames from here on."""
        assert self._path is not None
        found: list[Entry] = []
        read_bytes = LOG_LOOK_BYTES
        while True:
            try:
                data = self._files.read_range(self._path, self._offset, read_bytes)
                size = self._files.stat(self._path).size_bytes
            except NotFound:
                if not found:
                    raise
                return found
            began = self._offset
            found += self._frames(data)
            rest = data[self._offset - began :]
            wanted, left = frame_needs(rest), size - self._offset
            # Half of a frame may say any size.
            if wanted <= len(rest) or wanted > left:
                return found
            read_bytes = min(max(wanted, LOG_FOLLOW_BYTES), left)

    def _frames(self, data: bytes) -> list[Entry]:
        """The whole frames that `data`, the bytes at the offset, begins with; steps over them."""
        assert self._path is not None
        if not data.startswith(FRAME_MAGIC):
            return []
        if self._cipher is None or self._offset == SEGMENT_HEADER_BYTES:
            # A writer that is opened replaces a segment that has no frames yet.
            header = self._files.read_range(self._path, 0, SEGMENT_HEADER_BYTES)
            self._cipher = SegmentCipher(self._key, decode_header(header, self._path))
        found: list[Entry] = []
        at = 0
        while at < len(data):
            try:
                frame = self._cipher.open_at(data, at)
            except InvalidTag as error:
                raise self._damaged() from error
            if frame is None:
                break
            if frame.sequence != self._next:
                raise self._damaged()
            found.append(Entry(frame.sequence, frame.payload))
            at, self._next = frame.end, frame.sequence + 1
        self._offset += at
        return found

    def _damaged(self) -> Corrupt:
        return Corrupt(
            "corrupt",
            f"log segment {self._path} does not go on with entry {self._next} at byte "
            f"{self._offset}: it is damaged, or of another log",
        )
