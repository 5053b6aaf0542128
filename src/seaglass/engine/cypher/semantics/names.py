"""Names that the query does not write: of anonymous pattern parts, and of columns between
operators.

They begin with a space. A query can write such a name too, in back-ticks; those are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class FreshNames:
    """Gives ` n1`, ` e2`, ... : a letter for the reader of a plan and one running number."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = frozenset(taken)
        self._count = 0

    def make(self, letter: str) -> str:
        """A name that no variable of the query has."""
        while True:
            self._count += 1
            name = f" {letter}{self._count}"
            if name not in self._taken:
                return name
