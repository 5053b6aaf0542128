"""Texts <-> bytes; the words are those of `binary` and `adaptive`.

Above: `column_codec`. Below: `adaptive`, `binary`, `kernels/numbered`, `kernels/taking`, Arrow.

    texts of chunks of layout 1 and of the log
             packed[n] lengths in bytes, the bytes, UTF-8
    texts of chunks of layout 2
             u8 encoding, then
             0 plain       as above
             1 dictionary  uint count, 1 to n; texts[count] as plain; packed[n] places in them; all
                           n texts together have at most DICTIONARY_BYTES_MAX bytes
             2 numbered    text prefix, of at most PREFIX_BYTES_MAX bytes; u8 digits, 1 to 18;
                           packed[n] numbers, 0 to 10**18 - 1; each text is the prefix and the
                           number in decimal, with zeros in front up to `digits` digits

The choice, for more than 16 texts: numbered where all of them are so; dictionary where there are
four texts or more for each different one; else plain. The dictionary is in order of first use.

Invariants: equal texts give equal bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.pace import breathe
from seaglass.engine.graph.adaptive import AdaptiveReader, AdaptiveWriter
from seaglass.engine.graph.binary import SMALL_ROWS, Reader, Writer, damaged
from seaglass.engine.kernels.numbered import DIGITS_MAX, parse_numbered, print_numbered
from seaglass.engine.kernels.taking import take_texts, taken_offsets
from seaglass.engine.values.texts import text_buffers

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREFIX_BYTES_MAX = 64
# Of all the texts that a dictionary stands for: damaged bytes must not use up the memory.
DICTIONARY_BYTES_MAX = 1024 * 1024 * 1024
_PLAIN = 0
_DICTIONARY = 1
_NUMBERED = 2
_DIGITS = b"0123456789"
# Rows for each different text from which a dictionary is taken, and how many rows are looked at
# first: where nearly all of those differ there is no need to look at all.
_ROWS_EACH = 4
_LOOK_ROWS = 1_024
_LOOK_SHARE = 0.97


def write_texts(writer: Writer, texts: pa.LargeStringArray) -> pa.LargeStringArray | None:
    """Args: texts: without nulls. Returns: each of them once, where that is known now"""
    if not isinstance(writer, AdaptiveWriter):
        _write_plain(writer, texts)
        return None
    if len(texts) > SMALL_ROWS:
        if _write_numbered(writer, texts):
            return None
        few = _write_few(writer, texts)
        if few is not None:
            return few
    writer.byte(_PLAIN)
    _write_plain(writer, texts)
    return None


def write_one_text(writer: Writer, text: str) -> None:
    """The bytes of `write_texts` for one text, without an array."""
    encoded = text.encode()
    if isinstance(writer, AdaptiveWriter):
        writer.byte(_PLAIN)
    writer.packed_few([len(encoded)])
    writer.raw(encoded)


def read_texts(reader: Reader, rows: int) -> pa.LargeStringArray:
    """Raises: Corrupt"""
    if not isinstance(reader, AdaptiveReader):
        return _read_plain(reader, rows)
    match reader.byte():
        case 0:
            return _read_plain(reader, rows)
        case 1 if rows:
            return _read_few(reader, rows)
        case 2:
            return _read_numbered(reader, rows)
        case encoding:
            raise damaged(f"{rows} texts in encoding {encoding}")


def _write_plain(writer: Writer, texts: pa.LargeStringArray) -> None:
    if len(texts) <= SMALL_ROWS:
        encoded = [text.encode() for text in texts.to_pylist()]
        writer.packed_few([len(text) for text in encoded])
        writer.raw(b"".join(encoded))
        return
    data, offsets = text_buffers(texts)
    writer.packed(np.diff(offsets))
    writer.raw(data[offsets[0] : offsets[-1]].data)


def _read_plain(reader: Reader, rows: int) -> pa.LargeStringArray:
    lengths = reader.packed(rows)
    # Each length is looked at before they are summed: a sum of large ones may wrap to a small one.
    if rows and (int(lengths.min()) < 0 or int(lengths.max()) > reader.left()):
        raise damaged("a text of impossible length")
    offsets = np.zeros(rows + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    texts = _array(offsets, reader.raw(int(offsets[-1])))
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raise damaged("a text that is not UTF-8") from None
    return texts


def _write_few(writer: Writer, texts: pa.LargeStringArray) -> pa.LargeStringArray | None:
    """Write texts of which many are equal, and give each once; None if they are not."""
    if len(texts) > _LOOK_ROWS:
        looked = texts.take(pa.array(np.arange(_LOOK_ROWS) * len(texts) // _LOOK_ROWS))
        if pc.count_distinct(looked).as_py() > _LOOK_SHARE * _LOOK_ROWS:
            return None
        breathe()
    _, offsets = text_buffers(texts)
    if int(offsets[-1] - offsets[0]) > DICTIONARY_BYTES_MAX:
        return None
    encoded = texts.dictionary_encode()
    breathe()
    few, places = encoded.dictionary, encoded.indices
    if len(few) * _ROWS_EACH > len(texts):
        return None
    writer.byte(_DICTIONARY)
    writer.uint(len(few))
    _write_plain(writer, few)
    writer.packed(places.to_numpy(zero_copy_only=False))
    assert isinstance(few, pa.LargeStringArray)
    return few


def _read_few(reader: Reader, rows: int) -> pa.LargeStringArray:
    count = reader.uint()
    if not 0 < count <= rows:
        raise damaged(f"a dictionary of {count} texts for {rows}")
    few = _read_plain(reader, count)
    places = reader.packed(rows)
    if not 0 <= int(places.min()) <= int(places.max()) < count:
        raise damaged("a place that the dictionary does not have")
    data, starts = text_buffers(few)
    offsets = taken_offsets(starts, places)
    # Checked before they are made: a few bytes can ask for any number of long texts.
    if int(offsets[-1]) > DICTIONARY_BYTES_MAX:
        raise damaged("a column of texts that is too large")
    return _array(offsets, take_texts((data, starts), places, offsets))


def _write_numbered(writer: Writer, texts: pa.LargeStringArray) -> bool:
    """Write texts that are a prefix and a number; False if they are not."""
    data, offsets = text_buffers(texts)
    first = data[offsets[0] : offsets[1]].tobytes()
    prefix = first.rstrip(_DIGITS)
    if not 0 < len(first) - len(prefix) <= DIGITS_MAX or len(prefix) > PREFIX_BYTES_MAX:
        return False
    parsed = parse_numbered(data, offsets, prefix)
    breathe()
    if parsed is None:
        return False
    numbers, digits = parsed
    writer.byte(_NUMBERED)
    writer.text(prefix.decode())
    writer.byte(digits)
    writer.packed(numbers)
    return True


def _read_numbered(reader: Reader, rows: int) -> pa.LargeStringArray:
    prefix = reader.text().encode()
    digits = reader.byte()
    if len(prefix) > PREFIX_BYTES_MAX or not 0 < digits <= DIGITS_MAX:
        raise damaged(f"texts of {len(prefix)} bytes and {digits} digits")
    numbers = reader.packed(rows)
    if rows and not 0 <= int(numbers.min()) <= int(numbers.max()) < 10**DIGITS_MAX:
        raise damaged("a number of a text that has too many digits")
    data, offsets = print_numbered(numbers, prefix, digits)
    return _array(offsets, data)


def _array(offsets: NDArray[np.int64], data: bytes | NDArray[np.uint8]) -> pa.LargeStringArray:
    rows = len(offsets) - 1
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))
