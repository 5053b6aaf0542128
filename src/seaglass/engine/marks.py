"""The marks of a graph's newest commits, which tell whether a query was committed.

A server that has lost a worker, or an answer, must know whether a query has changed the graph before
it runs it again. A mark is a digest of a query's id; the log keeps it in the entry of the query's
transaction (`commit`). A checkpoint cuts the log, so the marks of the newest commits are in a file
beside it, which is written before the graph's ref moves on. Of the commits that are not among the
newest nothing is known, as if they were none. Only servers keep marks (`Shared.marks`).

    offset  bytes  field
    0       32     SHA-256 of the rest
    32      16·n   marks, the oldest first

Above: live_graph, commit, checkpoint. Below: base/files.
"""

from __future__ import annotations

import hashlib
from collections import deque
from typing import TYPE_CHECKING

from seaglass.base.errors import Corrupt
from seaglass.base.limits import MARK_BYTES, MARKS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from seaglass.base.files import Files

_CHECK_BYTES = 32


def mark_of(query_id: str) -> bytes:
    """The mark of the query of this id."""
    return hashlib.blake2b(query_id.encode(), digest_size=MARK_BYTES).digest()


class Marks:
    """The newest marks. One thread adds at a time; any may look."""

    def __init__(self, files: Files, path: Path) -> None:
        """Raises: Corrupt(corrupt) when the file is damaged."""
        self._files = files
        self._path = path
        # Each with the position of its entry in the log; 0 for those that came from the file.
        self._order: deque[tuple[int, bytes]] = deque()
        self._known: set[bytes] = set()
        self._saved = 0
        if files.exists(path):
            self.extend((0, mark) for mark in _decoded(files.read(path), str(path)))

    def __contains__(self, mark: bytes) -> bool:
        return mark in self._known

    def add(self, position: int, mark: bytes) -> None:
        """Takes the mark of an entry of the log; the oldest one goes where there are too many."""
        self._order.append((position, mark))
        self._known.add(mark)
        if len(self._order) > MARKS_MAX:
            self._known.discard(self._order.popleft()[1])

    def extend(self, marks: Iterable[tuple[int, bytes]]) -> None:
        """Takes those of older commits, in order; what is known already is passed over."""
        for position, mark in marks:
            if mark not in self._known:
                self.add(position, mark)

    def save(self, position: int) -> None:
        """Writes, durably, those of the entries up to a position, if any is not written yet. The
        log keeps those after it, which may not be durable.

        Raises: Exhausted(storage), Unavailable(storage)
        """
        order = self._order.copy()
        if any(self._saved < at <= position for at, _ in reversed(order)):
            body = b"".join(mark for at, mark in order if at <= position)
            self._files.write_atomic(self._path, hashlib.sha256(body).digest() + body)
            self._saved = position


def _decoded(data: bytes, name: str) -> list[bytes]:
    check, body = data[:_CHECK_BYTES], data[_CHECK_BYTES:]
    if hashlib.sha256(body).digest() != check or len(body) % MARK_BYTES:
        raise Corrupt(
            "corrupt",
            f"The file {name} is damaged. Restore it from a backup, or delete it: nothing of the "
            "graph is in it, but requests that clients sent before may be run twice when they repeat them now.",
        )
    return [body[at : at + MARK_BYTES] for at in range(0, len(body), MARK_BYTES)]
