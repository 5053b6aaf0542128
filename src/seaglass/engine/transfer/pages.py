"""A column of texts of a Parquet file, page by page, as it is stored: no text is copied.

Above: `parquet`. Below: `page_headers`, `batch`, `kernels/pages`, Arrow (which unpacks). Ids of edges come so: what
is looked up is the bytes of a page, and a text of a dictionary once. A column that has nulls, other
encodings or very small pages, or is damaged, is not plain: Arrow reads it.

    page of texts         (levels, where texts may be null), then u32 size and bytes of each
    page of places        (levels), u8 bits of a place, places in the dictionary in runs
    levels                u32 size, runs of one bit: 1 where there is a text; version 2 has no size
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seaglass.engine.kernels.pages import LENGTH_BYTES, text_starts, unpacked
from seaglass.engine.transfer.batch import Coded, Dictionary, PageIds, PageTexts
from seaglass.engine.transfer.page_headers import Encoding, NotPlain, Page, PageKind, read_page

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of one page, on average: smaller ones cost Python more than Arrow.
_ROWS_MIN = 4_096
_WIDTH_MAX = 32
_CODECS = {
    "UNCOMPRESSED": None,
    "SNAPPY": "snappy",
    "GZIP": "gzip",
    "BROTLI": "brotli",
    "ZSTD": "zstd",
    # As Arrow names what the format has as LZ4_RAW.
    "LZ4": "lz4_raw",
}


def stored_span(column: Any) -> tuple[int, int]:
    """Where the pages of a column of a row group begin, and their bytes. Args: column: its metadata"""
    start = column.data_page_offset
    if column.has_dictionary_page and column.dictionary_page_offset:
        start = min(start, column.dictionary_page_offset)
    return start, column.total_compressed_size


class TextColumn:
    """A column of one row group, read from its first row to its last."""

    def __init__(self, data: bytes, codec: str, rows: int, *, nulls: bool) -> None:
        """
        Args: data: its pages; codec: as the metadata name it; nulls: whether there may be any
        Raises: NotPlain
        """
        if codec not in _CODECS:
            raise NotPlain
        name = _CODECS[codec]
        self._data = data
        self._codec = None if name is None else pa.Codec(name)
        self._nulls = nulls
        self._pages = _pages_of(data, rows)
        self._dictionary: Dictionary | None = None
        self._part: PageTexts | Coded | None = None
        self._taken = 0

    def take(self, rows: int) -> PageIds:
        """The next rows, which there are. Raises: NotPlain"""
        parts: list[PageTexts | Coded] = []
        while rows:
            if self._part is None:
                self._part, self._taken = self._next(), 0
            stop = min(len(self._part), self._taken + rows)
            parts.append(self._part.part(self._taken, stop))
            rows -= stop - self._taken
            self._taken = stop
            if stop == len(self._part):
                self._part = None
        return PageIds(tuple(parts))

    def _next(self) -> PageTexts | Coded:
        """The next page that has rows."""
        while True:
            page = self._pages.pop(0)
            data = self._unpacked(page)
            if page.kind is PageKind.DICTIONARY:
                self._dictionary = Dictionary(_texts(data, page.values))
            elif page.values:
                data = data[self._level_bytes(data, page) :]
                if page.encoding is Encoding.PLAIN:
                    return _texts(data, page.values)
                if self._dictionary is None:
                    raise NotPlain
                return Coded(self._dictionary, _codes(data, page.values, len(self._dictionary)))

    def _unpacked(self, page: Page) -> NDArray[np.uint8]:
        stored = np.frombuffer(self._data, np.uint8, page.stop - page.start, page.start)
        if self._codec is None or not page.packed:
            if len(stored) != page.size_bytes:
                raise NotPlain
            return stored
        levels = page.level_bytes or 0
        size = page.size_bytes - levels
        try:
            data = np.frombuffer(self._codec.decompress(stored[levels:], size), np.uint8)
        except (OSError, ValueError):
            raise NotPlain from None
        return np.concatenate([stored[:levels], data]) if levels else data

    def _level_bytes(self, data: NDArray[np.uint8], page: Page) -> int:
        """How many bytes are levels. Raises: NotPlain where they tell of a null"""
        if not self._nulls:
            return page.level_bytes or 0
        start, stop = 0, page.level_bytes
        if stop is None:
            start = LENGTH_BYTES
            stop = start + int.from_bytes(data[:start].tobytes(), "little")
        if start > len(data) or stop > len(data):
            raise NotPlain
        levels = unpacked(data[:stop], start, 1, page.values)
        if levels is None or not levels.all():
            raise NotPlain
        return stop


def _pages_of(data: bytes, rows: int) -> list[Page]:
    """All pages of a column. Raises: NotPlain where they do not have so many rows, or are small"""
    pages: list[Page] = []
    place, found, count = 0, 0, 0
    while found < rows:
        page = read_page(data, place)
        pages.append(page)
        place = page.stop
        if page.kind is not PageKind.DICTIONARY:
            found += page.values
            count += 1
            if count * _ROWS_MIN > rows:
                raise NotPlain
    if found > rows:
        raise NotPlain
    return pages


def _texts(data: NDArray[np.uint8], count: int) -> PageTexts:
    starts = text_starts(data, count)
    if starts is None or starts[-1] - LENGTH_BYTES != len(data):
        raise NotPlain
    return PageTexts(data, starts)


def _codes(data: NDArray[np.uint8], count: int, texts: int) -> NDArray[np.int32]:
    """Raises: NotPlain"""
    width = int(data[0]) if len(data) else _WIDTH_MAX + 1
    codes = unpacked(data, 1, width, count) if width <= _WIDTH_MAX else None
    if codes is None or not 0 <= int(codes.min()) <= int(codes.max()) < texts:
        raise NotPlain
    return codes
