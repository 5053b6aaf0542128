"""Functions of one text of millions of characters, some of it at a time.

Above: `functions`, `text`. Below: `growing`, `values`.
Each says the same as its like in `text`; between two parts of the text a query may end. What makes a
text still makes it in one step, by one copy.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from seaglass.base.limits import TEXT_CHARS_MAX
from seaglass.engine.exec.expressions.growing import check_list, check_text
from seaglass.engine.values.column import One, Packed
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.column import Column

    Check = Callable[[], None]

# Characters between two looks: some 20 ms of the slowest function.
_PART_CHARS = 1 << 20
# How far from a cut a letter is looked for that decides how a sigma beside the cut is written.
_NEAR_CHARS = 32
_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"


def has_long(column: Column) -> bool:
    """Whether a text of the column is longer than one part."""
    if type(column) is One:
        # Nearly every small query.
        return type(column.only) is str and len(column.only) > _PART_CHARS
    if column.kind is Kind.STRING:
        return bool(column.data.nbytes > _PART_CHARS)
    if column.kind is not Kind.MIXED or isinstance(column, Packed):
        return False
    return any(type(value) is str and len(value) > _PART_CHARS for value in column.to_list())


def upper(text: str, check: Check) -> str:
    """`text.upper()`, of which each character goes by itself."""
    return "".join([text[start:stop].upper() for start, stop in _parts(text, check)])


def lower(text: str, check: Check) -> str:
    """`text.lower()`: each character goes by itself, but a sigma at the end of a word."""
    return "".join([_lower_part(text, start, stop) for start, stop in _parts(text, check)])


def _lower_part(text: str, start: int, stop: int) -> str:
    part = text[start:stop]
    if _SIGMA not in part:
        return part.lower()
    before, after = _before(text, start), _after(text, stop)
    # No character becomes more or fewer for what is beside it.
    lowered = (before + part + after).lower()
    return lowered[len(before.lower()) : len(lowered) - len(after.lower())]


def _before(text: str, start: int) -> str:
    """What before the cut decides whether a sigma behind it ends a word."""
    chars = _NEAR_CHARS
    while True:
        near = text[max(0, start - chars) : start]
        # What of it does not count is looked through: then it goes by what would stand before.
        open_end = ("a" + near + _SIGMA).lower()[-1] != (near + _SIGMA).lower()[-1]
        if not open_end or chars >= start:
            return near
        chars *= 2


def _after(text: str, stop: int) -> str:
    """What behind the cut decides whether a sigma before it ends a word."""
    chars = _NEAR_CHARS
    while True:
        near = text[stop : stop + chars]
        open_end = ("a" + _SIGMA + near + "a").lower()[1] != ("a" + _SIGMA + near).lower()[1]
        if not open_end or stop + chars >= len(text):
            return near
        chars *= 2


def stripped(text: str, check: Check, *, left: bool = True, right: bool = True) -> str:
    """The text without spaces at these ends."""
    begin, end = 0, len(text)
    if left:
        begin = end
        for start, stop in _parts(text, check):
            rest = text[start:stop].lstrip()
            if rest:
                begin = stop - len(rest)
                break
    while right and end > begin:
        check()
        start = max(begin, end - _PART_CHARS)
        rest = text[start:end].rstrip()
        end = start + len(rest)
        if rest:
            break
    return text[begin:end]


def index(text: str, part: str, check: Check, begin: int = 0, end: int | None = None) -> int:
    """`text.find(part, begin, end)`."""
    end = len(text) if end is None else min(end, len(text))
    # Parts of the text that are shorter than what is looked for would make it long.
    step = max(_PART_CHARS, len(part))
    for start in range(begin, end, step):
        check()
        found = text.find(part, start, min(start + step + len(part) - 1, end))
        if found >= 0:
            return found
    return text.find(part, end, end) if begin <= end else -1


def replaced(text: str, search: str, put: str, at: Position, check: Check) -> str:
    """`text.replace(search, put)`. Raises: as `check_text`"""
    if len(text) * max(1, len(put)) > TEXT_CHARS_MAX:
        more = len(put) - len(search)
        found = sum(len(run) - 1 for run in _runs(text, search, check))
        check_text(len(text) + more * found, at)
    return "".join([put.join(run) for run in _runs(text, search, check)])


def split(text: str, separator: str, at: Position, check: Check) -> list[str]:
    """`text.split(separator)`, or its characters where the separator is empty. Raises: as `check_list`"""
    if not separator:
        check_list(len(text), at)
        return list(chain.from_iterable(text[a:b] for a, b in _parts(text, check)))
    check_list(sum(len(run) - 1 for run in _runs(text, separator, check)), at)
    parts: list[str] = []
    # What the runs so far have of a part that has not ended.
    begun: list[str] = []
    for run in _runs(text, separator, check):
        begun.append(run[0])
        if len(run) > 1:
            parts.append("".join(begun))
            parts += run[1:-1]
            begun = [run[-1]]
    return [*parts, "".join(begun)]


def _runs(text: str, search: str, check: Check) -> Iterator[list[str]]:
    """What is between the places of `search`, as `str.split` finds them, in runs: the last of a run
    goes on as the first of the next."""
    step = max(_PART_CHARS, 2 * len(search))
    start = 0
    while True:
        check()
        stop = start + step
        run = text[start:stop].split(search)
        if stop >= len(text):
            yield run
            return
        # Where one begins that does not end in this part.
        held = min(len(run[-1]), len(search) - 1)
        run[-1] = run[-1][: len(run[-1]) - held]
        yield run
        start = stop - held


def _parts(text: str, check: Check) -> Iterator[tuple[int, int]]:
    for start in range(0, len(text), _PART_CHARS):
        check()
        yield start, min(start + _PART_CHARS, len(text))
