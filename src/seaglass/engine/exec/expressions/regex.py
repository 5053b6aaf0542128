"""`text =~ pattern`: whether a regular expression matches the whole text.

Above: `evaluate`. Below: `values`, RE2 in Arrow.
RE2 takes time linear in the text whatever the pattern; so it has no back-references and no
look-around. Its syntax and flags, such as `(?i)` and `(?s)`, are those of Java otherwise. Null gives
null, and so does what is no string. Mixed columns go through the same engine, pattern by pattern.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.values import place, rows_of, values_of
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.column import Column

_PATTERNS_MAX = 256
# Texts that are matched together: some milliseconds, for the worst of patterns some 50.
_PART_BYTES = 1 << 18


def regex(texts: Column, patterns: Column, at: Position, check: Callable[[], None]) -> Column:
    """`texts =~ patterns`; operands as `values` says.

    Args: check: called between parts of the work; raises when the query must end
    Raises: Invalid(illegal_argument) for a pattern that is none, if a text is to be matched with it
    """
    rows = rows_of(texts, patterns)
    if len(patterns) == 1 and texts.kind is Kind.STRING and rows:
        pattern = patterns.value(0)
        if isinstance(pattern, str) and (texts.valid is None or texts.valid.any()):
            truth = _matches(texts.data, pattern, at, check)
            return cols.bools(truth if texts.valid is None else truth & texts.valid, texts.valid)
    # Of every pattern, the rows and the texts.
    found: dict[str, tuple[list[int], list[str]]] = {}
    pairs = zip(values_of(texts, rows), values_of(patterns, rows), strict=True)
    for row, (text, pattern) in enumerate(pairs):
        if isinstance(text, str) and isinstance(pattern, str):
            places, alike = found.setdefault(pattern, ([], []))
            places.append(row)
            alike.append(text)
    true, valid = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_)
    for pattern, (places, alike) in found.items():
        check()
        true[places] = _matches(pa.array(alike, cols.STRING), pattern, at, check)
        valid[places] = True
    return cols.bools(true, valid) if valid.any() else cols.nulls(rows)


def _matches(
    texts: pa.LargeStringArray, pattern: str, at: Position, check: Callable[[], None]
) -> NDArray[np.bool_]:
    whole, complaint = _whole(pattern)
    if complaint:
        raise Invalid(
            "illegal_argument",
            f"`{pattern}` is not a regular expression: {complaint}{place(at)}.",
            code=Code.VALUE,
        )
    parts: list[NDArray[np.bool_]] = []
    for begin, end in pairwise(_cuts(texts)):
        check()
        part = texts.slice(begin, end - begin)
        parts.append(pc.match_substring_regex(part, whole).to_numpy(zero_copy_only=False))
    return np.concatenate(parts)


def _cuts(texts: pa.LargeStringArray) -> list[int]:
    """Where parts of about so many bytes begin, or of one long text, and where the last ends."""
    ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    cuts = np.flatnonzero(np.diff(ends[1:] // _PART_BYTES)) + 1
    return [0, *cuts.tolist(), len(texts)]


@lru_cache(_PATTERNS_MAX)
def _whole(pattern: str) -> tuple[str, str]:
    """The pattern for whole texts, or what is wrong with it."""
    # By itself first: `a)(b` would be right between the brackets.
    complaint = _complaint(pattern)
    if complaint:
        return "", complaint
    whole = rf"\A(?:{pattern})\z"
    # `\Q` may be left open at the end of a pattern.
    return (whole, "") if not _complaint(whole) else (rf"\A(?:{pattern}\E)\z", "")


def _complaint(pattern: str) -> str:
    try:
        pc.match_substring_regex(pa.array([""], cols.STRING), pattern)
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ").partition(": ")[0]
    return ""
