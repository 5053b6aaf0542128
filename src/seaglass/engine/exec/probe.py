"""Counts what the operators of one run do: rows that come out, and the time that each takes.

Above: `run`, which hands every operator's frames through a probe where the context has one;
`live_graph`. Below: `base/clock`. An operator's time is its own: while it waits for its input, the
time is the input's. An operator that runs often (inside a MERGE) is counted in sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seaglass.base.clock import Clock
    from seaglass.engine.cypher.logical.plan import Operator
    from seaglass.engine.values.frame import Frame


@dataclass(slots=True)
class Tally:
    """`rows` that came out, `seconds` that it took."""

    rows: int = 0
    seconds: float = 0.0


class Probe:
    """The tallies of one run; used by one thread at a time."""

    def __init__(self, clock: Clock) -> None:
        self.serialized = Tally()
        self._clock = clock
        # By identity: two operators may be equal. The operators are kept so that no other gets
        # the identity of one of them.
        self._tallies: dict[int, tuple[Operator, Tally]] = {}
        self._current: Tally | None = None
        self._since = 0.0

    def tally(self, op: Operator) -> Tally:
        """What is counted for an operator; nothing yet, if it has not run."""
        return self._tallies.setdefault(id(op), (op, Tally()))[1]

    def watch(self, op: Operator, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames that the operator gives, counted."""
        tally = self.tally(op)
        while True:
            caller = self._turn(tally)
            try:
                frame = next(frames, None)
            finally:
                self._turn(caller)
            if frame is None:
                return
            tally.rows += frame.rows
            yield frame

    def serialize(self, result: Iterable[bytes]) -> None:
        """Reads a result to its end and lets it go; the time is that of `serialized`."""
        caller = self._turn(self.serialized)
        try:
            for _ in result:
                continue
        finally:
            self._turn(caller)

    def _turn(self, tally: Tally | None) -> Tally | None:
        """Has the time run for `tally` from now on; returns for which it ran until now."""
        now = self._clock.monotonic()
        before = self._current
        if before is not None:
            before.seconds += now - self._since
        self._current, self._since = tally, now
        return before
