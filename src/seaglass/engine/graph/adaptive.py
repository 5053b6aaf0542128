"""Packed integers in whichever of several ways suits them: `packed` of chunks of layout 2.

Above: `codec`, `text_codec`. Below: `binary`, `kernels/bits`.

    packed   as in `binary`, with two more forms (the words symbol and bits are those of
             `kernels/bits`):
             form 32: i64 base, u8 symbols[n], bits; value[i] = base + number[i]
             form 33: i64 base, u8 symbols[n - 1], bits; value[0] = base,
                      value[i + 1] = value[i] + number[i]
             The bits take as many bytes as hold what the symbols ask for; unused bits are 0.

The writer's base of form 32 is 0 where there are numbers of both signs, else the least number.

The choice: what takes a byte a number or less in one of the old forms stays there, since zstd packs
bytes well. Else the sizes that zstd should come to are estimated from a sample that is always the
same, and a new form is taken where it is smaller by a twentieth. What repeats itself in runs that
are longer than a word of zstd's that points back stays as well: zstd finds them while they are
whole bytes. Small numbers repeat in twos and threes by chance, which is of no use to it.

Invariants: as `binary`; equal numbers give equal bytes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base.pace import breathe
from seaglass.engine.graph.binary import FORM, Reader, Writer, damaged, width_of
from seaglass.engine.kernels.bits import (
    BITS_MARGIN,
    count_bits,
    count_repeats,
    from_offsets,
    pack_numbers,
    ranges,
    sizes,
    survey,
    unpack_numbers,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.bits import Ranges

_FROM_BASE = 32
_FROM_BEFORE = 33
# Fewer are not worth a look.
_ROWS_MIN = 64
# The sample: so many blocks of so many numbers, spread evenly.
_BLOCKS = 8
_BLOCK_ROWS = 512
# zstd makes one code for so many bytes.
_ZSTD_BLOCK_BYTES = 128 * 1024
_GAIN = 0.95
_REPEATS_MAX = 0.25
# What a word of zstd's that points back takes, about.
_POINTER_BITS = 32
_RUN_MAX = 32


class AdaptiveWriter(Writer):
    """A Writer of chunks of layout 2."""

    __slots__ = ()

    def packed(self, numbers: NDArray[Any]) -> Ranges | None:
        """Args: numbers: int32|int64[n]. Returns: their ranges, unless they are few"""
        if len(numbers) < _ROWS_MIN:
            return super().packed(numbers)
        breathe()
        within = ranges(numbers)
        breathe()
        low, high, step_low, step_high = within
        width, narrow = width_of(high - low), width_of(step_high - step_low)
        if min(width, narrow) > 1:
            # Numbers of both signs are short near 0, others near the least.
            base = 0 if low < 0 < high else low
            form = _form_of(numbers, (low, step_low, base), (width, narrow))
            breathe()
            if form == _FROM_BASE:
                self._packed_bits(form, base, *pack_numbers(numbers, base, follows=False))
                breathe()
                return within
            if form == _FROM_BEFORE:
                first = int(numbers[0])
                self._packed_bits(form, first, *pack_numbers(numbers[1:], first, follows=True))
                breathe()
                return within
        self.packed_within(numbers, within)
        breathe()
        return within

    def _packed_bits(
        self, form: int, base: int, symbols: NDArray[np.uint8], bits: NDArray[np.uint8]
    ) -> None:
        self.raw(FORM.pack(form, base))
        self.raw(symbols.data)
        self.raw(bits.data)


class AdaptiveReader(Reader):
    """Reads what an AdaptiveWriter wrote."""

    __slots__ = ()

    def _packed(self, form: int, base: int, numbers: NDArray[Any]) -> int:
        if form not in (_FROM_BASE, _FROM_BEFORE):
            return super()._packed(form, base, numbers)
        if len(numbers) == 0:
            raise damaged(f"form {form} of no integers")
        follows = form == _FROM_BEFORE
        packed = self._symbols_and_bits(len(numbers) - follows)
        if not follows:
            return unpack_numbers(packed, base, numbers, follows=False)
        from_offsets(b"", base, 0, numbers[:1])
        return base | unpack_numbers(packed, base, numbers[1:], follows=True)

    def _symbols_and_bits(self, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        symbols = np.frombuffer(self.shown(count), np.uint8)
        total = count_bits(symbols)
        if total is None:
            raise damaged("a length of an integer that cannot be")
        start = self._place
        bits = self.shown((total + 7) // 8)
        if total % 8 and bits[-1] >> total % 8:
            raise damaged("bits past the last integer")
        room = len(bits) + BITS_MARGIN
        if self.left() >= BITS_MARGIN:
            return symbols, np.frombuffer(self._data, np.uint8, room, start)
        with_margin = np.zeros(room, np.uint8)
        with_margin[: len(bits)] = bits
        return symbols, with_margin


def _form_of(
    numbers: NDArray[Any], bases: tuple[int, int, int], widths: tuple[int, int]
) -> int | None:
    """The new form that is worth it; None for one of the old ones.

    Args:
        bases: of numbers and of differences in the old forms, of numbers in the new one
        widths: bytes of a number and of a difference in the old forms
    """
    sample = _sample(numbers)
    # The sample's blocks are joined at a few places where no difference is.
    often, steps = survey(sample, bases, widths)
    byte, from_base, from_before = sizes(often, len(sample), len(numbers), _ZSTD_BLOCK_BYTES)
    old = byte * min(widths)
    if min(from_base, from_before) > _GAIN * old:
        return None
    stored = steps if widths[1] < widths[0] else sample
    if count_repeats(stored, _run_of(old)) > _REPEATS_MAX * len(sample):
        return None
    return _FROM_BASE if from_base <= from_before else _FROM_BEFORE


def _run_of(bits: float) -> int:
    """How many numbers of so many bits each are worth a pointer."""
    return max(2, min(_RUN_MAX, math.ceil(_POINTER_BITS / max(bits, 1.0))))


def _sample(numbers: NDArray[Any]) -> NDArray[np.int64]:
    if len(numbers) > _BLOCKS * _BLOCK_ROWS:
        starts = np.arange(_BLOCKS) * (len(numbers) - _BLOCK_ROWS) // (_BLOCKS - 1)
        numbers = np.concatenate([numbers[at : at + _BLOCK_ROWS] for at in starts.tolist()])
    return numbers.astype(np.int64, copy=False)
