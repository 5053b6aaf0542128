"""The bytes of a file piece by piece, unpacked where its name says that it is packed.

Above: `reading`. Below: `sources`, zlib, bz2, zstandard. `.gz`, `.bz2` and `.zst` (`.zstd`) are unpacked; a
file may have several packed parts, one after the other. The next piece is fetched while one is used.
"""

from __future__ import annotations

import bz2
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import zstandard

from seaglass.base.limits import IMPORT_PIECE_BYTES
from seaglass.engine.transfer.issues import ErrorClass, Issue, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seaglass.engine.transfer.sources import SourceFile

# gzip's format and no other, with the largest window.
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
# What some programs write behind the last part; no part begins with it.
_FILLING = b"\0"
# A block of zstandard has at most 128 KiB, and at least 4 bytes.
_ZSTANDARD_BYTES = 1024
# Packed bytes are read in pieces so many times smaller: gzip makes up to a thousand bytes of one.
_PACKED = 32


class _Unpacker(Protocol):
    """One part of a file. Attributes: eof: whether it has ended; unused_data: what came behind it"""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def unpacked(self, data: bytes) -> Iterator[bytes]:
        """What more packed bytes make, some at a time: of few may come very many."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._made = zlib.decompressobj(_GZIP_WINDOW)

    @property
    def eof(self) -> bool:
        return self._made.eof

    @property
    def unused_data(self) -> bytes:
        return self._made.unused_data

    def unpacked(self, data: bytes) -> Iterator[bytes]:
        # Behind the end, what was not taken stays the same.
        while data and not self._made.eof:
            yield self._made.decompress(data, IMPORT_PIECE_BYTES)
            data = self._made.unconsumed_tail


class _Bzip2:
    def __init__(self) -> None:
        self._made = bz2.BZ2Decompressor()

    @property
    def eof(self) -> bool:
        return self._made.eof

    @property
    def unused_data(self) -> bytes:
        return self._made.unused_data

    def unpacked(self, data: bytes) -> Iterator[bytes]:
        yield self._made.decompress(data, IMPORT_PIECE_BYTES)
        while not self._made.eof and not self._made.needs_input:
            yield self._made.decompress(b"", IMPORT_PIECE_BYTES)


class _Zstandard:
    def __init__(self) -> None:
        self._made = zstandard.ZstdDecompressor().decompressobj()
        self.eof = False
        self.unused_data = b""

    def unpacked(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTANDARD_BYTES):
            yield self._made.decompress(data[start : start + _ZSTANDARD_BYTES])
            if self._made.eof:
                self.eof = True
                self.unused_data = self._made.unused_data + data[start + _ZSTANDARD_BYTES :]
                return


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes of a file. Args: stored_bytes: of it that were read for them"""

    data: bytes
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of what was fetched, not copied. Args: as Fetched"""

    data: memoryview
    stored_bytes: int


def pieces_of(file: SourceFile, size_bytes: int) -> Iterator[Fetched]:
    """The bytes of a file, in pieces that come of so many stored ones.

    Raises: Rejected when what should be packed is not, or is cut; what reading raises
    """
    make = _unpacker_of(file.name)
    if make is None:
        return _stored(file, size_bytes)
    return _unpacked(_stored(file, max(1, size_bytes // _PACKED)), make, file.name)


def cut(pieces: Iterable[Fetched], size_bytes: int) -> Iterator[Cut]:
    """The same bytes in pieces of at most this size."""
    for piece in pieces:
        stored_bytes = piece.stored_bytes
        whole = memoryview(piece.data)
        for start in range(0, len(whole), size_bytes):
            yield Cut(whole[start : start + size_bytes], stored_bytes)
            # What was read for them counts once.
            stored_bytes = 0


def _stored(file: SourceFile, size_bytes: int) -> Iterator[Fetched]:
    with ThreadPoolExecutor(1, thread_name_prefix="fetch") as pool:
        waiting = pool.submit(file.read_at, 0, size_bytes)
        for offset in range(size_bytes, file.size_bytes + size_bytes, size_bytes):
            data = waiting.result()
            if offset < file.size_bytes:
                waiting = pool.submit(file.read_at, offset, size_bytes)
            yield Fetched(data, len(data))


def _unpacked(
    stored: Iterator[Fetched], make: Callable[[], _Unpacker], name: str
) -> Iterator[Fetched]:
    unpacker = make()
    begun = False
    try:
        for fetched in stored:
            data, stored_bytes = fetched.data, fetched.stored_bytes
            if not begun:
                data = data.lstrip(_FILLING)
            while data:
                begun = True
                for part in unpacker.unpacked(data):
                    yield Fetched(part, stored_bytes)
                    # What was read for them counts once.
                    stored_bytes = 0
                data = b""
                if unpacker.eof:
                    data, unpacker, begun = unpacker.unused_data.lstrip(_FILLING), make(), False
    except (zlib.error, zstandard.ZstdError, OSError, EOFError) as error:
        raise _damaged(name, str(error)) from None
    if begun:
        raise _damaged(name, "it ends too early")


def _unpacker_of(name: str) -> Callable[[], _Unpacker] | None:
    name = name.lower()
    if name.endswith(".gz"):
        return _Gzip
    if name.endswith(".bz2"):
        return _Bzip2
    if name.endswith((".zst", ".zstd")):
        return _Zstandard
    return None


def _damaged(name: str, why: str) -> Rejected:
    text = f"The file cannot be unpacked: {why}."
    return Rejected(Issue(ErrorClass.PARSING_ERROR, text, name, 0))
