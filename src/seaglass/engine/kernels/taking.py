"""Texts taken from a few: what a dictionary and places in it stand for.

Above: `engine/graph/text_codec`. Below: `words`, Numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.words import WORD_BYTES, put_word, word_at

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def _ends(starts, places, offsets):  # type: ignore[no-untyped-def]
    at = np.int64(0)
    for row in range(len(places)):
        place = places[row]
        at += starts[place + 1] - starts[place]
        offsets[row + 1] = at


@njit(nogil=True, cache=True)
def _take(few, places, offsets, data):  # type: ignore[no-untyped-def]
    bytes_of, starts = few
    for row in range(len(places)):
        at = starts[places[row]]
        # Whole words: what is too much is written over by the next text.
        for into in range(offsets[row], offsets[row + 1], WORD_BYTES):
            put_word(data, into, word_at(bytes_of, at))
            at += WORD_BYTES


def taken_offsets(starts: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n + 1]: where each of the taken texts begins, and the last one ends.

    Args:
        starts: int64[k + 1], those of the few texts; the last text ends at the last
        places: int64[n], 0 to k - 1
    Cost: about 1 ns a text.
    """
    offsets = np.zeros(len(places) + 1, np.int64)
    _ends(frozen(starts), frozen(places), offsets)
    return offsets


def take_texts(
    few: tuple[NDArray[np.uint8], NDArray[np.int64]],
    places: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """The bytes of the texts in `places`, one after the other.

    Args: few: bytes and starts, as Arrow has them; places, offsets: as `taken_offsets`
    Returns: uint8[offsets[n]]
    Cost: about 3 ns a text that is short.
    """
    padded = np.zeros(len(few[0]) + WORD_BYTES, np.uint8)
    padded[: len(few[0])] = few[0]
    data = np.empty(int(offsets[-1]) + WORD_BYTES, np.uint8)
    _take((frozen(padded), frozen(few[1])), frozen(places), frozen(offsets), data)
    return data[: int(offsets[-1])]
