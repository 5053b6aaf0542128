"""Where the records of a CSV text end: newlines outside of quotes, of any of the three kinds.

Above: `engine/transfer`. Below: Numba, `words`. A quote begins a quoted part only where a field begins; inside
it two quotes are one, and after its end the field goes on as plain text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.words import COMMA, QUOTE, low_from, quote_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEWLINE = 10
_RETURN = 13


@njit(nogil=True, cache=True)
def _ends(data, ends):  # type: ignore[no-untyped-def]
    found = 0
    at_start = True
    quoted = False
    position = 0
    size = len(data)
    while position < size:
        byte = data[position]
        if quoted:
            if byte == QUOTE:
                if position + 1 < size and data[position + 1] == QUOTE:
                    position += 1
                else:
                    quoted = False
        elif byte == _NEWLINE or (
            byte == _RETURN and position + 1 < size and data[position + 1] != _NEWLINE
        ):
            if found < len(ends):
                ends[found] = position + 1
            found += 1
            at_start = True
        elif byte == COMMA:
            at_start = True
        else:
            quoted = at_start and byte == QUOTE
            at_start = False
        position += 1
    return found


@njit(nogil=True, cache=True)
def _last_end(data):  # type: ignore[no-untyped-def]
    """As `_ends`, a field at a time."""
    last = 0
    position = 0
    size = len(data)
    while position < size:
        if data[position] == QUOTE:
            position = quote_from(data, position + 1)
            while position + 1 < size and data[position + 1] == QUOTE:
                position = quote_from(data, position + 2)
            position += 1
        position = low_from(data, position)
        if position >= size:
            break
        byte = data[position]
        position += 1
        if byte == COMMA:
            continue
        if byte == _NEWLINE or (byte == _RETURN and position < size and data[position] != _NEWLINE):
            last = position
            continue
        # Some other byte below a comma: the field goes on, and a quote in it is none.
        while position < size:
            byte = data[position]
            if byte in (COMMA, _NEWLINE, _RETURN):
                break
            position += 1
        if (
            position < size
            and data[position] == _RETURN
            and (position + 1 >= size or data[position + 1] == _NEWLINE)
        ):
            position += 1
    return last


def record_ends(data: bytes) -> NDArray[np.int64]:
    """Where the whole records of a text end, after their newlines.

    Args: data: begins with a record
    Returns: int64[n], ascending
    Cost: two passes, some 1 ns a byte each.
    """
    bytes_ = frozen(np.frombuffer(data, np.uint8))
    ends = np.empty(_ends(bytes_, np.empty(0, np.int64)), np.int64)
    _ends(bytes_, ends)
    return ends


def last_record_end(data: bytes) -> int:
    """Where the last whole record of a text ends; 0 where there is none.

    Args, Cost: as record_ends, one pass; none where the text has no quotes
    """
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    return int(_last_end(frozen(np.frombuffer(data, np.uint8))))
