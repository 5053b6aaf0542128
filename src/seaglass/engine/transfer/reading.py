"""Files of every format as a stream of parsed pieces, several of which are in work at a time.

Above: `load`. Below: the formats. Pieces come in the order of the file.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from seaglass.base.errors import Unsupported
from seaglass.base.limits import IMPORT_BLOCK_BYTES
from seaglass.engine.transfer.batch import EdgeBatch, rows_of
from seaglass.engine.transfer.blocks import blocks_of, split_header
from seaglass.engine.transfer.csv import csv_batch
from seaglass.engine.transfer.gremlin import gremlin_layout
from seaglass.engine.transfer.request import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from seaglass.engine.transfer.assembly import Ends
    from seaglass.engine.transfer.batch import Batch
    from seaglass.engine.transfer.blocks import Block
    from seaglass.engine.transfer.issues import Issue
    from seaglass.engine.transfer.layout import Layout
    from seaglass.engine.transfer.sources import SourceFile

    Resolve = Callable[[EdgeBatch], Ends]
    Work = Callable[[], tuple[list[Batch], list[Issue]]]

# Enough for most headers; a longer one is read on.
_PEEK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was looked into. Args: layout: of its columns"""

    file: SourceFile
    layout: Layout

    @property
    def edges_only(self) -> bool:
        return self.layout.edges


@dataclass(slots=True)
class Piece:
    """A parsed part of a file. Attributes: rows: read, the wrong ones too; done_bytes: of the file so
    far"""

    batches: list[Batch]
    issues: list[Issue]
    rows: int
    ends: list[Ends] = field(default_factory=list)
    done_bytes: int = 0


def opened(file: SourceFile, form: Format) -> Opened:
    """Looks into a file.

    Raises: Rejected when its header cannot be read; Unsupported(format)
    """
    if form is not Format.CSV:
        raise Unsupported("format", f"Files of the format {form} are not imported yet.")
    first = next(blocks_of(file.pieces(_PEEK_BYTES), file.name))
    header, _ = split_header(first)
    return Opened(file, gremlin_layout(header, file.name))


def parsed(one: Opened, threads: int, resolve: Resolve | None) -> Iterator[Piece]:
    """The pieces of a file.

    Args: resolve: looks the ends of edges up in the threads; None: edges stay in the batches
    Raises: Rejected when the file cannot be read on
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="import")
    waiting: deque[tuple[Future[Piece], int]] = deque()
    done_bytes = 0
    try:
        for work, size_bytes in _work(one):
            done_bytes += size_bytes
            waiting.append((pool.submit(_done, work, resolve), done_bytes))
            if len(waiting) > threads:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    finally:
        pool.shutdown(cancel_futures=True)


def _next(waiting: deque[tuple[Future[Piece], int]]) -> Piece:
    future, done_bytes = waiting.popleft()
    piece = future.result()
    piece.done_bytes = done_bytes
    return piece


def _done(work: Work, resolve: Resolve | None) -> Piece:
    batches, issues = work()
    piece = Piece(batches, issues, sum(map(rows_of, batches)) + len(issues))
    if resolve is not None:
        edges = [batch for batch in batches if isinstance(batch, EdgeBatch)]
        piece.ends = [resolve(batch) for batch in edges]
        piece.batches = [batch for batch in batches if not isinstance(batch, EdgeBatch)]
    return piece


def _work(one: Opened) -> Iterator[tuple[Work, int]]:
    blocks = blocks_of(one.file.pieces(IMPORT_BLOCK_BYTES), one.file.name)
    first = next(blocks)
    _, rest = split_header(first)
    for block in chain((rest,), blocks):
        if block.data:
            yield _csv_work(block, one.layout), len(block.data)


def _csv_work(block: Block, layout: Layout) -> Work:
    def work() -> tuple[list[Batch], list[Issue]]:
        batch, issues = csv_batch(block, layout)
        return [batch], issues

    return work
