"""One `~id` found in the chunks of the index and in the texts themselves, in one call; or its hash in
the index alone.

Above: `engine/graph/id_table`. Below: `hashing`, `search` (how numbers at an address are read), Numba.
Hashes are spread evenly, so the place of one is guessed from its upper bits, as in `lookup`; here
the bounds of a partition are known without a look at its first and last hash.

    partitions  int64[2**k, 4]: of each, addresses of hashes and nodes, how many, and whether nodes
                are int64 (else int32); 0 entries where it is not known
    groups      int64[g, 3]: addresses of offsets (int64) and bytes of the texts, and how many; 0
                where they are not known

The caller keeps the chunks alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from seaglass.engine.kernels.hashing import hash_range
from seaglass.engine.kernels.search import item

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _load_byte(_typing: Any, _address: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], context.get_value_type(types.uint8).as_pointer())
        return builder.load(pointer)

    return types.uint8(types.int64), code


_byte_at: Any = intrinsic(_load_byte)


@njit(cache=True, inline="always")
def _hash_at(hashes, place):  # type: ignore[no-untyped-def]
    return np.uint64(item(hashes, place, True))


@njit(cache=True)
def _first_at_least(hashes, count, wanted, guess):  # type: ignore[no-untyped-def]
    # As `lookup._first_at_least`: gallop away from the guess, then halve.
    step = 1
    if _hash_at(hashes, guess) < wanted:
        below = guess
        above = min(guess + step, count)
        while above < count and _hash_at(hashes, above) < wanted:
            below = above
            step *= 2
            above = min(above + step, count)
    else:
        above = guess
        below = max(guess - step, -1)
        while below >= 0 and _hash_at(hashes, below) >= wanted:
            above = below
            step *= 2
            below = max(below - step, -1)
    while above - below > 1:
        middle = (above + below) // 2
        if _hash_at(hashes, middle) < wanted:
            below = middle
        else:
            above = middle
    return above


@njit(cache=True)
def _is_text(data, groups, group, row):  # type: ignore[no-untyped-def]
    if group >= len(groups) or row >= groups[group, 2]:
        return False
    begin = item(groups[group, 0], row, True)
    if item(groups[group, 0], row + 1, True) - begin != len(data):
        return False
    begin += groups[group, 1]
    for place in range(len(data)):  # noqa: SIM110 - Numba knows no `all`
        if _byte_at(begin + place) != data[place]:
            return False
    return True


@njit(cache=True)
def _sought(hashed, partitions):  # type: ignore[no-untyped-def]
    """The partition of a hash, and where it begins there, or would; -1 where it is not known."""
    bits = 0
    while (1 << bits) < len(partitions):
        bits += 1
    part = np.int64(hashed >> np.uint64(64 - bits)) if bits else 0
    if part >= len(partitions) or partitions[part, 2] == 0:
        return part, -1
    count = partitions[part, 2]
    upper = np.int64((hashed << np.uint64(bits)) >> np.uint64(33))
    return part, _first_at_least(partitions[part, 0], count, hashed, (upper * count) >> 31)


@njit(cache=True)
def _find(data, partitions, groups, group_rows):  # type: ignore[no-untyped-def]
    hashed = hash_range(data, 0, len(data))
    part, place = _sought(hashed, partitions)
    if place < 0:
        return -1
    hashes, count = partitions[part, 0], partitions[part, 2]
    while place < count and _hash_at(hashes, place) == hashed:
        node = item(partitions[part, 1], place, partitions[part, 3] != 0)
        group = node // group_rows
        if _is_text(data, groups, group, node - group * group_rows):
            return node
        place += 1
    return -1


# Keeps the interpreter's lock, as `hashing._hash_one`: so nobody changes a table meanwhile.
@njit(cache=True)
def find_id(
    data: bytes, partitions: NDArray[np.int64], groups: NDArray[np.int64], group_rows: int
) -> int:
    """The node whose `~id` has these bytes; -1 if none of those that are known has.

    Args:
        data: UTF-8
        partitions: int64[2**k, 4], as the module says
        groups: int64[g, 3], as the module says
        group_rows: nodes of a group
    Cost: a third of a microsecond.
    """
    node: int = _find(data, partitions, groups, group_rows)
    return node


# Keeps the interpreter's lock, as `find_id`.
@njit(cache=True)
def find_hash(data: bytes, partitions: NDArray[np.int64]) -> tuple[int, int]:
    """The hash of these bytes, and whether it is in its partition: 1 or 0; -1 if that is not known.

    Args:
        data: UTF-8
        partitions: int64[2**k, 4], as the module says
    Cost: a quarter of a microsecond.
    """
    hashed = hash_range(data, 0, len(data))
    part, place = _sought(hashed, partitions)
    if place < 0:
        return hashed, -1
    if place < partitions[part, 2] and _hash_at(partitions[part, 0], place) == hashed:
        return hashed, 1
    return hashed, 0
