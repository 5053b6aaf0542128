"""What makes the choices of a query or a graph: Hypothesis, or a seed.

Above: `graphs`, `parts`. Below: Hypothesis. By Hypothesis, what fails is made small; it tries much
that is alike, so that a long run meets more by seeds.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Protocol

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable


class Chance(Protocol):
    """Where choices come from."""

    def pick(self, *choices: Any) -> Any:
        """One of the choices; the first is the simplest."""
        ...

    def number(self, least: int, most: int) -> int:
        """One of these and what lies between."""
        ...


class Drawn:
    """By Hypothesis."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw

    def pick(self, *choices: Any) -> Any:
        return self._draw(st.sampled_from(choices))

    def number(self, least: int, most: int) -> int:
        return int(self._draw(st.integers(least, most)))


class Seeded:
    """By a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def pick(self, *choices: Any) -> Any:
        return self._random.choice(choices)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)


def strategy(make: Callable[[Chance], Any], *, seeded: bool) -> st.SearchStrategy[Any]:
    """The strategy of what a maker makes by chance."""
    if seeded:
        return st.integers(0, 2**62).map(lambda seed: make(Seeded(seed)))
    return st.composite(lambda draw: make(Drawn(draw)))()
