"""Many inputs, one after the other, and what became of them.

Above: `__main__`, tests. Below: inputs, judge, running, shrink.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.testkit.fuzz import inputs, judge
from seaglass.testkit.fuzz.running import Laboratory
from seaglass.testkit.fuzz.shrink import shrunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seaglass.testkit.fuzz.inputs import Input


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with an input, and the least text with which it does."""

    seed: int
    number: int
    what: str
    text: str
    given: Input


@dataclass(slots=True)
class Tally:
    """What became of the inputs; it ends with the first fault."""

    tried: int = 0
    planned: int = 0
    ran: int = 0
    fault: Fault | None = None


class Campaign:
    """Tries inputs of a seed. Args: known: texts to make worse; every: one plan in so many is run"""

    def __init__(self, seed: int, known: Sequence[str], every: int) -> None:
        self._seed = seed
        self._known = known
        self._every = every
        self._laboratory = Laboratory()

    def run(self, numbers: Iterable[int]) -> Tally:
        """The inputs of these numbers, up to the first fault."""
        tally = Tally()
        for number in numbers:
            given = inputs.make(self._seed, number, self._known)
            runs = number % self._every == 0
            query, what = judge.compiled(given)
            tally.tried += 1
            if query is not None and what is None:
                tally.planned += 1
                if runs:
                    tally.ran += 1
                    what = self._laboratory.fault(query, given)
            if what is not None:
                tally.fault = Fault(
                    self._seed, number, what, self._least(given, what, runs=runs), given
                )
                break
        return tally

    def fault(self, given: Input, *, runs: bool) -> str | None:
        """What is wrong with one input."""
        query, what = judge.compiled(given)
        if query is not None and what is None and runs:
            what = self._laboratory.fault(query, given)
        return what

    def _least(self, given: Input, what: str, *, runs: bool) -> str:
        if " more than " in what:
            # Each trial would take as long.
            return given.text

        def fails(text: str) -> bool:
            less = self.fault(dataclasses.replace(given, text=text), runs=runs)
            return less is not None and _kind(less) == _kind(what)

        return shrunk(given.text, fails)


def _kind(what: str) -> str:
    """What two faults of one cause have in common: the beginning, without numbers and quotations."""
    return re.sub(r"`[^`]*`|'[^']*'|\d+", "", what)[:50]
