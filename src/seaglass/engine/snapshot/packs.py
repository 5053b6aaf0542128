"""Packs: the patches of a version, many in one object, because they are small.

    pack    = u8 layout (1), records
    record  = u8 table (1 nodes, 2 edges, 3 links out, 4 links in, 5 ids, 6 vectors), u32 token of the edge
              type (0 where the table is not 3 or 4), u32 place, u32 length, the patch (graph/patch_codec)

Numbers are little-endian. Records ascend by (table, token, place), through all packs of a manifest;
a pack is closed once it has PACK_BYTES or more. So equal versions have equal packs.

Above: describe, load. Below: base/limits.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from seaglass.base.errors import Corrupt
from seaglass.base.limits import PACK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LAYOUT = b"\x01"
_RECORD = struct.Struct("<BIII")


class Table(IntEnum):
    """What a patch belongs to."""

    NODES = 1
    EDGES = 2
    OUT = 3
    INTO = 4
    IDS = 5
    VECTORS = 6


_TABLES = frozenset(int(table) for table in Table)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a patch belongs: the `place`-th group, links, partition or block of a table."""

    table: Table
    token: int
    place: int


def encode_packs(patches: Iterable[tuple[Place, bytes]]) -> Iterator[bytes]:
    """The packs of `patches`, which come in order of their places."""
    parts: list[bytes] = []
    size = 0
    for place, patch in patches:
        parts.append(_RECORD.pack(place.table, place.token, place.place, len(patch)))
        parts.append(patch)
        size += _RECORD.size + len(patch)
        if size >= PACK_BYTES:
            yield _LAYOUT + b"".join(parts)
            parts, size = [], 0
    if parts:
        yield _LAYOUT + b"".join(parts)


def decode_pack(data: bytes) -> Iterator[tuple[Place, bytes]]:
    """What a pack holds.

    Raises: Corrupt(corrupt) when `data` is no pack
    """
    if data[:1] != _LAYOUT:
        raise Corrupt("corrupt", "A pack of patches has another layout.")
    offset = 1
    while offset < len(data):
        if len(data) - offset < _RECORD.size:
            raise Corrupt("corrupt", "A pack of patches ends within a record.")
        table, token, place, length = _RECORD.unpack_from(data, offset)
        offset += _RECORD.size
        patch = data[offset : offset + length]
        if table not in _TABLES or len(patch) < length:
            raise Corrupt("corrupt", "A pack of patches has a record that cannot be.")
        yield Place(Table(table), token, place), patch
        offset += length
