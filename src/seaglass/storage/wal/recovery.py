"""Recovery of a log: what a writer must know and repair before it may append.

Only the last segment can have been open when the writer died: a segment is synced before the next
one is begun. Its true frames are kept; a torn tail, and what is laid out, is cut.

The last segment is written anew (temporary file, sync, rename; on a full disk where it is), not just cut. After an
fsync that failed, the page cache may hold bytes that the disk never got, and a later fsync does not write
them again; so what is read here counts as durable only once it has been written again.

Above: log. Below: reader, base/files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.errors import Corrupt, Exhausted
from seaglass.storage.wal.format import SEGMENT_HEADER_BYTES
from seaglass.storage.wal.reader import Segment, SegmentScan, list_segments

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import Files

FIRST_SEQUENCE = 1


@dataclass(frozen=True, slots=True)
class Recovered:
    """The segments of a log, and the sequence of its next entry.

    Args: full: whether the disk had no room to write the last one anew
    """

    segments: tuple[Segment, ...]
    next: int
    full: bool = False


def recover(files: Files, folder: Path, key: bytes) -> Recovered:
    """Make the log in `folder` whole; after that everything that a reader finds is durable.

    Raises: Corrupt when acknowledged entries of the last segment are damaged
    """
    for name in files.list_temporary(folder):
        # Of a writer that died while it wrote a segment anew: as large as that, and nobody else's.
        files.remove(folder / name)
    segments = list_segments(files, folder)
    if not segments:
        return Recovered((), FIRST_SEQUENCE)
    last = segments[-1]
    data = files.read(last.path)
    scan = SegmentScan(data, last, key)
    for _ in scan.frames():
        pass
    scan.check_tail()
    full = False
    if len(data) > SEGMENT_HEADER_BYTES:
        try:
            files.place(last.path, data[: scan.end])
        except Exhausted:
            # A full disk has no room for both, and the graph must be readable all the same.
            files.write_over(last.path, data[: scan.end])
            full = True
    files.sync_folder(folder)
    return Recovered(tuple(segments), scan.next, full)


def check_reaches(recovered_next: int, from_sequence: int, folder: Path) -> None:
    """A reader that knows of entries up to `from_sequence` - 1 must find a log that got so far."""
    if from_sequence > recovered_next:
        raise Corrupt(
            "corrupt",
            f"the log in {folder} ends before entry {recovered_next}, but entries up to "
            f"{from_sequence - 1} were acknowledged: its newest segments are missing",
        )
