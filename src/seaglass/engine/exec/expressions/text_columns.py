"""String functions of whole columns, by Arrow.

Above: `functions`. Below: `engine/values`, Arrow.
Each says the same as its like in `text`, or None where it leaves the answer to that: where Python and
Arrow differ about letters that are not ASCII, where arguments are no constants or would be refused, and
where texts would grow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.values import column as cols
from seaglass.engine.values.column import Column
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.values.types import Value

# What Python's str.strip() takes away, of ASCII.
_SPACES = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_LENGTH_MAX = 2**31
_LAST_ASCII = 127


def text_column(name: str, operands: tuple[Column, ...]) -> Column | None:
    """The answers of a string function to a column of texts and constants."""
    function = _FUNCTIONS.get(name)
    texts = operands[0]
    if function is None or texts.kind is not Kind.STRING or len(texts) == 1:
        return None
    rest = operands[1:]
    if any(len(operand) != 1 or operand.kind is Kind.NULL for operand in rest):
        return None
    found = function(texts.data, *(operand.value(0) for operand in rest))
    return None if found is None else Column(Kind.STRING, found.cast(cols.STRING), texts.valid)


def _ascii(texts: pa.LargeStringArray) -> bool:
    data, offsets = text_buffers(texts)
    return int(data[offsets[0] : offsets[-1]].max(initial=0)) <= _LAST_ASCII


def _of_ascii(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda texts: function(texts) if _ascii(texts) else None


def _counts(*counts: Value) -> bool:
    return all(type(count) is int and count >= 0 for count in counts)


def _substring(texts: Any, start: Any, length: Any = _LENGTH_MAX) -> Any:
    if not _counts(start, length):
        return None
    first, stop = min(start, _LENGTH_MAX), min(start + length, 2 * _LENGTH_MAX)
    return pc.utf8_slice_codeunits(texts, first, stop)


def _left(texts: Any, length: Any) -> Any:
    return _substring(texts, 0, length)


def _right(texts: Any, length: Any) -> Any:
    if not _counts(length) or length == 0:
        return None
    return pc.utf8_slice_codeunits(texts, -min(length, _LENGTH_MAX))


def _replace(texts: Any, search: Any, put: Any) -> Any:
    if not isinstance(search, str) or not isinstance(put, str) or not search:
        return None
    if not (search.isascii() and put.isascii()) or len(put) > len(search):
        return None
    return pc.replace_substring(texts, search, put)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "left": _left,
    "lTrim": _of_ascii(lambda texts: pc.ascii_ltrim(texts, _SPACES)),
    "replace": _replace,
    "right": _right,
    "rTrim": _of_ascii(lambda texts: pc.ascii_rtrim(texts, _SPACES)),
    "substring": _substring,
    "toLower": _of_ascii(pc.ascii_lower),
    "toUpper": _of_ascii(pc.ascii_upper),
    "trim": _of_ascii(lambda texts: pc.ascii_trim(texts, _SPACES)),
}
