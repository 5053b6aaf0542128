"""A stable 64-bit hash of texts.

Above: `engine/graph` (the `~id` index keeps these hashes in stored chunks). Below: Numba. The hash
is part of stored formats: the same bytes give the same hash on every machine and in every version.
It takes the UTF-8 bytes as little-endian 8-byte words, the last one padded with zeros:

    h = SEED ^ (length * P1)
    for each word w:  h = rotl(h ^ (rotl(w * P2, 31) * P1), 27) * P1 + P3
    h ^= h >> 33;  h *= P2;  h ^= h >> 29;  h *= P4;  h ^= h >> 32

The rounds and primes are those of xxHash64 (one lane). It is no defence against chosen collisions:
users of the hash compare the texts, so an attacker can make lookups slow but never wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.words import word_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x85EBCA77C2B2AE63)
_P4 = np.uint64(0x165667B19E3779F9)
_SEED = np.uint64(0x736561676C617373)
_WORD = np.uint64(8)
_ONE = np.uint64(1)


@njit(nogil=True, cache=True, inline="always")
def _rotated(value, bits):  # type: ignore[no-untyped-def]
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@njit(nogil=True, cache=True)
def hash_range(data, start, stop):  # type: ignore[no-untyped-def]
    # Unsigned positions: Numba then leaves out the test for negative indices.
    position = np.uint64(start)
    end = np.uint64(stop)
    state = _SEED ^ ((end - position) * _P1)
    while position + _WORD <= end:
        word = word_at(data, position)
        state = _rotated(state ^ (_rotated(word * _P2, 31) * _P1), 27) * _P1 + _P3
        position += _WORD
    if position < end:
        word = np.uint64(0)
        for byte in range(end - position):
            word |= np.uint64(data[position + np.uint64(byte)]) << (np.uint64(byte) * _WORD)
        state = _rotated(state ^ (_rotated(word * _P2, 31) * _P1), 27) * _P1 + _P3
    state ^= state >> np.uint64(33)
    state *= _P2
    state ^= state >> np.uint64(29)
    state *= _P4
    return state ^ (state >> np.uint64(32))


# Keeps the interpreter's lock: to let go of it and take it again takes longer than this does, and in
# between another thread may have it for a while.
@njit(cache=True)
def _hash_one(data):  # type: ignore[no-untyped-def]
    return hash_range(data, 0, len(data))


@njit(nogil=True, cache=True)
def _hash_all(data, offsets, hashes):  # type: ignore[no-untyped-def]
    for row in range(len(hashes)):
        hashes[row] = hash_range(data, offsets[row], offsets[row + 1])


def hash_text(text: str) -> int:
    """The hash of one text, equal to `hash_texts` of the same text.

    Cost: about half a microsecond.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8 form; no stored text holds one, so any hash will do as long as
        # nothing fails.
        data = text.encode("utf-8", "surrogatepass")
    hashed: int = _hash_one(data)
    return hashed


def hash_texts(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The hashes of all texts of an Arrow string buffer.

    Args:
        data: uint8[b], UTF-8
        offsets: int64[n + 1], ascending, within 0 .. b
    Returns: uint64[n]
    Cost: one pass over the bytes, about 8 ns a text of 10 bytes.
    """
    hashes = np.empty(len(offsets) - 1, np.uint64)
    _hash_all(frozen(data), frozen(offsets), hashes)
    return hashes
