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

from seaglass.engine.transfer.issues import ErrorClass, Issue, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seaglass.engine.transfer.sources import SourceFile

# gzip's format and no other, with the largest window.
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
# What some programs write behind the last part; no part begins with it.
_FILLING = b"\0"
# Packed bytes are read in pieces so many times smaller: gzip makes up to a thousand bytes of one.
_PACKED = 32


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes) -> bytes: ...


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
            parts, data = [], fetched.data if begun else fetched.data.lstrip(_FILLING)
            while data:
                begun = True
                parts.append(unpacker.decompress(data))
                data = b""
                if unpacker.eof:
                    data, unpacker, begun = unpacker.unused_data.lstrip(_FILLING), make(), False
            yield Fetched(b"".join(parts), fetched.stored_bytes)
    except (zlib.error, zstandard.ZstdError, OSError, EOFError) as error:
        raise _damaged(name, str(error)) from None
    if begun:
        raise _damaged(name, "it ends too early")


def _unpacker_of(name: str) -> Callable[[], _Unpacker] | None:
    name = name.lower()
    if name.endswith(".gz"):
        return lambda: zlib.decompressobj(_GZIP_WINDOW)
    if name.endswith(".bz2"):
        return bz2.BZ2Decompressor
    if name.endswith((".zst", ".zstd")):
        return lambda: zstandard.ZstdDecompressor().decompressobj()
    return None


def _damaged(name: str, why: str) -> Rejected:
    text = f"The file cannot be unpacked: {why}."
    return Rejected(Issue(ErrorClass.PARSING_ERROR, text, name, 0))
