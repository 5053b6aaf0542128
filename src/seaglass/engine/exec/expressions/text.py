"""Strings: STARTS WITH, ENDS WITH, CONTAINS and the string functions.

Above: `evaluate`, `functions`. Below: `long_texts`, `values`.
Positions count Unicode characters from 0. Null gives null; a predicate on something that is no
string is null. Functions of LOOKING take as `check` what may end the query, for long texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.base.limits import TEXT_CHARS_MAX
from seaglass.engine.cypher.logical.expressions import BinaryOperator as Op
from seaglass.engine.exec.expressions import long_texts
from seaglass.engine.exec.expressions.growing import check_list, check_text
from seaglass.engine.exec.expressions.values import map_two, place, rows_of, wrong_type
from seaglass.engine.kernels.matching import texts_holding, texts_with
from seaglass.engine.values import column as cols
from seaglass.engine.values.texts import text_buffers
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    Check = Callable[[], None]

_SMALL_ROWS = 16
# Functions that take `check`.
LOOKING = frozenset(
    {"lTrim", "replace", "rTrim", "split", "textIndexOf", "toLower", "toUpper", "trim"}
)


def text_predicate(operator: Op, left: Column, right: Column, check: Check) -> Column:
    """`left STARTS WITH | ENDS WITH | CONTAINS right`. Args: check: called while long texts are searched"""
    rows = rows_of(left, right)
    if rows > _SMALL_ROWS and len(right) == 1 and left.kind is Kind.STRING:
        pattern = right.value(0)
        if isinstance(pattern, str):
            truth = _matching(operator, left.data, pattern)
            return cols.bools(truth if left.valid is None else truth & left.valid, left.valid)
    looking = check if operator is Op.CONTAINS and long_texts.has_long(left) else None
    return map_two(lambda one, two: matches(operator, one, two, looking), left, right)


def _matching(operator: Op, texts: pa.LargeStringArray, pattern: str) -> NDArray[np.bool_]:
    """The typed path of `text_predicate`."""
    data, offsets = text_buffers(texts)
    # No text holds half of a surrogate pair, and none is found then.
    part = pattern.encode("utf-8", "surrogatepass")
    if operator is Op.CONTAINS:
        return texts_holding(data, offsets, part)
    places = (data, offsets[:-1], offsets[1:])
    return texts_with(places, part, at_end=operator is Op.ENDS_WITH)


def matches(operator: Op, text: Value, part: Value, check: Check | None) -> bool | None:
    """The mixed path of `text_predicate`."""
    if not isinstance(text, str) or not isinstance(part, str):
        return None
    match operator:
        case Op.STARTS_WITH:
            return text.startswith(part)
        case Op.ENDS_WITH:
            return text.endswith(part)
        case _ if check is None:
            return part in text
        case _:
            return long_texts.index(text, part, check) >= 0


def _text(name: str, value: Value, at: Position) -> str:
    if not isinstance(value, str):
        raise wrong_type(f"{name}()", "a string", value, at)
    return value


def _count(name: str, value: Value, at: Position) -> int:
    if type(value) is not int:
        raise wrong_type(f"{name}()", "an integer", value, at)
    if value < 0:
        raise Invalid(
            "illegal_argument",
            f"{name}() needs a number >= 0, but got {value}{place(at)}.",
            code=Code.OUT_OF_RANGE,
        )
    return value


def length(at: Position, text: Value) -> Value:
    """char_length()."""
    return len(_text("char_length", text, at))


def to_upper(at: Position, text: Value, check: Check | None = None) -> Value:
    whole = _text("toUpper", text, at)
    return whole.upper() if check is None else long_texts.upper(whole, check)


def to_lower(at: Position, text: Value, check: Check | None = None) -> Value:
    whole = _text("toLower", text, at)
    return whole.lower() if check is None else long_texts.lower(whole, check)


def trim(at: Position, text: Value, check: Check | None = None) -> Value:
    whole = _text("trim", text, at)
    return whole.strip() if check is None else long_texts.stripped(whole, check)


def trim_left(at: Position, text: Value, check: Check | None = None) -> Value:
    whole = _text("lTrim", text, at)
    return whole.lstrip() if check is None else long_texts.stripped(whole, check, right=False)


def trim_right(at: Position, text: Value, check: Check | None = None) -> Value:
    whole = _text("rTrim", text, at)
    return whole.rstrip() if check is None else long_texts.stripped(whole, check, left=False)


def left(at: Position, text: Value, length: Value) -> Value:
    return _text("left", text, at)[: _count("left", length, at)]


def right(at: Position, text: Value, length: Value) -> Value:
    count = _count("right", length, at)
    whole = _text("right", text, at)
    return whole[max(len(whole) - count, 0) :]


def substring(at: Position, text: Value, start: Value, length: Value = 2**62) -> Value:
    begin = _count("substring", start, at)
    return _text("substring", text, at)[begin : begin + _count("substring", length, at)]


def replace(
    at: Position, text: Value, search: Value, replacement: Value, check: Check | None = None
) -> Value:
    search_text = _text("replace", search, at)
    if not search_text:
        return _text("replace", text, at)
    whole, put = _text("replace", text, at), _text("replace", replacement, at)
    if check is not None:
        return long_texts.replaced(whole, search_text, put, at, check)
    if len(whole) * max(1, len(put)) > TEXT_CHARS_MAX:
        more = len(put) - len(search_text)
        check_text(len(whole) + more * whole.count(search_text), at)
    return whole.replace(search_text, put)


def split(at: Position, text: Value, delimiter: Value, check: Check | None = None) -> Value:
    whole = _text("split", text, at)
    parts: list[Value] = []
    separator = _text("split", delimiter, at)
    if check is not None:
        parts.extend(long_texts.split(whole, separator, at, check))
        return parts
    check_list(whole.count(separator) if separator else len(whole), at)
    parts.extend(whole.split(separator) if separator else list(whole))
    return parts


def join(at: Position, items: Value, delimiter: Value) -> Value:
    if not isinstance(items, list):
        raise wrong_type("join()", "a list of strings", items, at)
    texts = [_text("join", item, at) for item in items if item is not None]
    between = _text("join", delimiter, at)
    check_text(sum(map(len, texts)) + len(between) * len(texts), at)
    return between.join(texts)


def text_index_of(
    at: Position, text: Value, lookup: Value, *ends: Value, check: Check | None = None
) -> Value:
    start = ends[0] if ends else 0
    stop = ends[1] if len(ends) > 1 else -1
    whole = _text("textIndexOf", text, at)
    begin = _count("textIndexOf", start, at)
    if type(stop) is not int:
        raise wrong_type("textIndexOf()", "an integer", stop, at)
    end = len(whole) if stop == -1 else _count("textIndexOf", stop, at)
    part = _text("textIndexOf", lookup, at)
    if check is not None:
        return long_texts.index(whole, part, check, begin, end)
    return whole.find(part, begin, end)
