"""What stands before each page of a column of a Parquet file, in Thrift's compact form.

Above: `pages`. Below: nothing.

    header    = fields, each of them u8 delta << 4 | type, or u8 type and its number as a zigzag
                varint where the delta is 0; u8 0 ends them
    types     1 true, 2 false, 3 u8, 4 to 6 zigzag varint, 7 f64, 8 varint size and bytes,
              9 and 10 list and set, 12 fields; there are no maps
    page      1 kind, 2 bytes when it is unpacked, 3 bytes, 5 data, 7 dictionary, 8 data of version 2
    data      1 values, 2 encoding, 3 encoding of the levels that say what is null
    dictionary  1 values, 2 encoding
    data of version 2   1 values, 2 nulls, 3 rows, 4 encoding, 5 bytes of those levels, 6 bytes of
              other levels, 7 whether it is packed

Source: the Apache Parquet format: parquet.thrift; Apache Thrift: compact protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

# Of fields within fields: a page header has three.
_DEPTH_MAX = 8
_VARINT_BYTES_MAX = 10
_SHORT_LIST_MAX = 15
_DOUBLE_BYTES = 8
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _FIELDS = 1, 2, 3, 7, 8, 9, 10, 12
_VARINTS = (4, 5, 6)


class NotPlain(Exception):
    """A column that is left to Arrow, which reads all that may be in a file, and tells what is wrong."""


class PageKind(IntEnum):
    """The kinds of pages that there are."""

    DATA = 0
    DICTIONARY = 2
    DATA_2 = 3


# The field that says more.
_ABOUT = {PageKind.DATA: 5, PageKind.DICTIONARY: 7, PageKind.DATA_2: 8}


class Encoding(IntEnum):
    """Those of the encodings that are known here."""

    PLAIN = 0
    PLAIN_DICTIONARY = 2
    RLE = 3
    RLE_DICTIONARY = 8


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is stored.

    Args: values: the nulls too; start, stop: of its bytes; size_bytes: when they are unpacked;
        level_bytes: in front of these, not packed, None where they say themselves; packed: whether
        the bytes are
    """

    kind: PageKind
    encoding: Encoding
    values: int
    start: int
    stop: int
    size_bytes: int
    level_bytes: int | None
    packed: bool


def read_page(data: bytes, place: int) -> Page:
    """The page whose header is at a place.

    Raises: NotPlain where none is, or one of an unknown kind or encoding
    """
    reader = _Reader(data, place)
    try:
        fields = reader.fields(0)
        kind = PageKind(fields[1])
        about = fields[_ABOUT[kind]]
        newer = kind is PageKind.DATA_2
        page = Page(
            kind,
            Encoding(about[4] if newer else about[2]),
            values=about[1],
            start=reader.place,
            stop=reader.place + fields[3],
            size_bytes=fields[2],
            level_bytes=about[5] + about[6] if newer else None,
            packed=about.get(7, True) if newer else True,
        )
        old_levels = kind is PageKind.DATA and about[3] != Encoding.RLE
    except (IndexError, KeyError, TypeError, ValueError):
        raise NotPlain from None
    smallest = min(page.stop - page.start, page.size_bytes)
    if old_levels or page.values < 0 or page.stop > len(data):
        raise NotPlain
    if not 0 <= (page.level_bytes or 0) <= smallest:
        raise NotPlain
    return page


class _Reader:
    """Raises IndexError behind the end, ValueError where something cannot be read."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self.place = place

    def fields(self, depth: int) -> dict[int, Any]:
        """The fields that begin here by their numbers."""
        if depth > _DEPTH_MAX:
            raise ValueError("too deep")
        found: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 15
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _VARINTS:
            return self._zigzag()
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind == _DOUBLE:
            return self._skip(_DOUBLE_BYTES)
        if kind == _BINARY:
            return self._skip(self._varint())
        if kind == _FIELDS:
            return self.fields(depth + 1)
        if kind not in (_LIST, _SET) or depth > _DEPTH_MAX:
            raise ValueError("no such type")
        head = self._byte()
        count = head >> 4 if head >> 4 < _SHORT_LIST_MAX else self._varint()
        for _ in range(count):
            self._value(head & 15, depth + 1)
        return None

    def _byte(self) -> int:
        byte = self._data[self.place]
        self.place += 1
        return byte

    def _varint(self) -> int:
        number = 0
        for place in range(_VARINT_BYTES_MAX):
            byte = self._byte()
            number |= (byte & 127) << 7 * place
            if byte < 128:
                return number
        raise ValueError("too long")

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self._data):
            raise IndexError
