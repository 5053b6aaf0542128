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
    from collections.abc import Callable, Iterable, Iterator

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
            truth = _matches(_parts(texts.data), pattern, at, check)
            return cols.bools(truth if texts.valid is None else truth & texts.valid, texts.valid)
    found: dict[str, _Asked] = {}
    pairs = zip(values_of(texts, rows), values_of(patterns, rows), strict=True)
    for row, (text, pattern) in enumerate(pairs):
        if isinstance(text, str) and isinstance(pattern, str):
            found.setdefault(pattern, _Asked()).add(row, text)
    true, valid = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_)
    for pattern, asked in found.items():
        check()
        true[asked.rows] = _matches(asked.parts(), pattern, at, check)[asked.places]
        valid[asked.rows] = True
    return cols.bools(true, valid) if valid.any() else cols.nulls(rows)


class _Asked:
    """The rows of one pattern. Attributes: places: where the text of each is in `texts`"""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.places: list[int] = []
        # A long text that stands in many rows is matched once.
        self._texts: list[str] = []
        self._known: dict[int, int] = {}

    def add(self, row: int, text: str) -> None:
        place = self._known.setdefault(id(text), len(self._texts))
        if place == len(self._texts):
            self._texts.append(text)
        self.rows.append(row)
        self.places.append(place)

    def parts(self) -> Iterator[pa.LargeStringArray]:
        """The texts, about so many bytes at a time, or one long text."""
        some: list[str] = []
        size = 0
        for text in self._texts:
            some.append(text)
            size += len(text)
            if size >= _PART_BYTES:
                yield pa.array(some, cols.STRING)
                some, size = [], 0
        yield pa.array(some, cols.STRING)


def _matches(
    texts: Iterable[pa.LargeStringArray], pattern: str, at: Position, check: Callable[[], None]
) -> NDArray[np.bool_]:
    """Whether each text matches. Args: texts: in parts"""
    whole, complaint = _whole(pattern)
    if complaint:
        raise Invalid(
            "illegal_argument",
            f"`{pattern}` is not a regular expression: {complaint}{place(at)}.",
            code=Code.VALUE,
        )
    parts: list[NDArray[np.bool_]] = []
    for part in texts:
        check()
        parts.append(pc.match_substring_regex(part, whole).to_numpy(zero_copy_only=False))
    return np.concatenate(parts)


def _parts(texts: pa.LargeStringArray) -> Iterator[pa.LargeStringArray]:
    """The texts, about so many bytes at a time, or one long text."""
    ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    cuts = np.flatnonzero(np.diff(ends[1:] // _PART_BYTES)) + 1
    for begin, end in pairwise([0, *cuts.tolist(), len(texts)]):
        yield texts.slice(begin, end - begin)


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
