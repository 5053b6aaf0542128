"""Files of every format as a stream of parsed pieces, several of which are in work at a time.

Above: `load`. Below: the formats. Pieces come in the order of the file.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING

from seaglass.base.limits import IMPORT_BLOCK_BYTES, IMPORT_PIECE_BYTES
from seaglass.engine.transfer.batch import EdgeBatch, bytes_of, rows_of
from seaglass.engine.transfer.blocks import blocks_of, split_header
from seaglass.engine.transfer.csv import csv_batch
from seaglass.engine.transfer.gremlin import gremlin_layout
from seaglass.engine.transfer.issues import Rejected, bad_header
from seaglass.engine.transfer.ntriples import TRIPLES, scope_of, triples_batches
from seaglass.engine.transfer.opencypher import opencypher_layout
from seaglass.engine.transfer.parquet import parquet_batches, parquet_layout, row_groups
from seaglass.engine.transfer.request import Format
from seaglass.engine.transfer.unpacking import cut, pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seaglass.engine.transfer.assembly import Ends
    from seaglass.engine.transfer.batch import Batch
    from seaglass.engine.transfer.blocks import Block
    from seaglass.engine.transfer.issues import Issue
    from seaglass.engine.transfer.layout import Layout
    from seaglass.engine.transfer.parquet import RowGroups
    from seaglass.engine.transfer.request import LoadRequest
    from seaglass.engine.transfer.sources import SourceFile

    Resolve = Callable[[EdgeBatch], Ends]
    # Batches, and what was wrong with the rows that are left out.
    Read = tuple[list[Batch], list[Issue]]
    Work = Callable[[], Iterable[Read]]

# Enough for most headers; a longer one is read on.
_PEEK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was looked into. Args: layout: of its columns; scope: of its blank nodes"""

    file: SourceFile
    form: Format
    layout: Layout
    scope: str
    neptune: bool

    @property
    def edges_only(self) -> bool:
        return self.layout.edges


@dataclass(slots=True)
class Piece:
    """A parsed part of a file. Attributes: rows: read, the wrong ones too; size_bytes: of memory;
    done_bytes: of the file so far"""

    batches: list[Batch]
    issues: list[Issue]
    rows: int
    ends: list[Ends] = field(default_factory=list)
    size_bytes: int = 0
    done_bytes: int = 0


def opened(file: SourceFile, request: LoadRequest, *, neptune: bool) -> Opened:
    """Looks into a file.

    Raises: Rejected when its header cannot be read
    """
    match request.format:
        case Format.CSV:
            layout = gremlin_layout(_header(file), file.name)
        case Format.OPEN_CYPHER:
            layout = opencypher_layout(_header(file), file.name)
        case Format.PARQUET:
            layout = parquet_layout(file)
        case Format.NTRIPLES:
            layout = TRIPLES
    layout = layout.fitted(request.dimension, neptune=neptune)
    scope = scope_of(file.name, request.load_id)
    return Opened(file, request.format, layout, scope, neptune)


def _header(file: SourceFile) -> tuple[str, ...]:
    for block in blocks_of(pieces_of(file, _PEEK_BYTES), file.name):
        return split_header(block)[0]
    raise bad_header("Headers must be non-empty.", file.name)


def parsed(one: Opened, threads: int, resolve: Resolve | None) -> Iterator[Piece]:
    """The pieces of a file.

    Args: resolve: looks the ends of edges up in the threads; None: edges stay in the batches
    Raises: Rejected when the file cannot be read on
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="import")
    waiting: deque[_Part] = deque()
    ended = Event()
    done_bytes = 0
    try:
        for work, size_bytes in _work(one, threads):
            waiting.append(_Part(done_bytes, done_bytes + size_bytes))
            pool.submit(_fill, waiting[-1], work, resolve, ended)
            done_bytes += size_bytes
            if len(waiting) > threads:
                yield from waiting.popleft().pieces()
    except Rejected:
        # What comes before it is good.
        while waiting:
            yield from waiting.popleft().pieces()
        raise
    else:
        while waiting:
            yield from waiting.popleft().pieces()
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


class _Part:
    """A part of a file, whose pieces are taken while a thread still makes others."""

    def __init__(self, first_bytes: int, done_bytes: int) -> None:
        """Args: first_bytes, done_bytes: of the file, before the part and with it"""
        self._first_bytes = first_bytes
        self._done_bytes = done_bytes
        self._made: SimpleQueue[Piece | BaseException | None] = SimpleQueue()

    def put(self, made: Piece | BaseException | None) -> None:
        """Adds a piece; or None at the end, or why it ends."""
        self._made.put(made)

    def pieces(self) -> Iterator[Piece]:
        """All pieces. Raises: what the thread raised"""
        before = None
        while (made := self._made.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            if before is not None:
                before.done_bytes = self._first_bytes
                yield before
            before = made
        if before is not None:
            before.done_bytes = self._done_bytes
            yield before


def _fill(part: _Part, work: Work, resolve: Resolve | None, ended: Event) -> None:
    """Makes the pieces of a part, until nobody takes them any more."""
    try:
        for batches, issues in work():
            part.put(_piece(batches, issues, resolve))
            if ended.is_set():
                break
        part.put(None)
    except BaseException as error:
        # Raised by whoever takes the pieces.
        part.put(error)


def _piece(batches: list[Batch], issues: list[Issue], resolve: Resolve | None) -> Piece:
    piece = Piece([], issues, sum(map(rows_of, batches)) + len(issues))
    for batch in batches:
        piece.size_bytes += bytes_of(batch)
        if resolve is not None and isinstance(batch, EdgeBatch):
            piece.ends.append(resolve(batch))
        else:
            piece.batches.append(batch)
    return piece


def _work(one: Opened, threads: int) -> Iterator[tuple[Work, int]]:
    """What is to be done for each part of a file, and the stored bytes of the part."""
    if one.form is Format.PARQUET:
        parts = list(row_groups(one.file))
        # A part alone leaves other threads free for its columns.
        spare = threads > 1 and len(parts) == 1
        for groups in parts:
            yield partial(_parquet_work, one, groups, spare=spare), groups.stored_bytes
        return
    pieces = cut(pieces_of(one.file, IMPORT_PIECE_BYTES), IMPORT_BLOCK_BYTES)
    if one.form is Format.NTRIPLES:
        for block in blocks_of(pieces, one.file.name, quoted=False):
            yield partial(_triples_work, one, block), block.stored_bytes
        return
    blocks = blocks_of(pieces, one.file.name, columns=len(one.layout.columns))
    for first_block in blocks:
        for block in chain((split_header(first_block)[1],), blocks):
            if block.text:
                yield partial(_csv_work, block, one.layout), block.stored_bytes


def _csv_work(block: Block, layout: Layout) -> Iterator[Read]:
    batch, issues = csv_batch(block, layout)
    yield [batch], issues


def _triples_work(one: Opened, block: Block) -> Iterator[Read]:
    yield triples_batches(block, one.scope, neptune=one.neptune)


def _parquet_work(one: Opened, groups: RowGroups, *, spare: bool) -> Iterator[Read]:
    for batch, issues in parquet_batches(one.file, one.layout, groups, spare=spare):
        yield [batch], issues
