"""The least text that still has a fault.

Above: campaign. Below: mutations, for the parts of a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.testkit.fuzz.mutations import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

# Texts that are tried: some seconds, since most compile in a millisecond.
TRIALS_MAX = 4_000
# Parts of a short clause.
_SHORT = 12


def shrunk(text: str, fails: Callable[[str], bool]) -> str:
    """`text` without all parts that the fault does not need: large ones are left out first."""
    parts, left = parts_of(text), TRIALS_MAX
    before = 0
    while before != len(parts):
        before = len(parts)
        for size in _sizes(before):
            place = 0
            while place + size <= len(parts) and left > 0:
                less = parts[:place] + parts[place + size :]
                left -= 1
                if less and fails("".join(less)):
                    parts = less
                else:
                    # Short pieces are tried at each place: clauses and brackets begin anywhere.
                    place += size if size > _SHORT else 1
    return "".join(parts)


def _sizes(count: int) -> list[int]:
    """How many parts to leave out at once: halves, quarters and so on, then all small numbers."""
    sizes: list[int] = []
    while count // 2 > _SHORT:
        count //= 2
        sizes.append(count)
    return [*sizes, *range(_SHORT, 0, -1)]
