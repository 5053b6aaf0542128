"""What one running query carries: parameters, the graph it sees, and what may stop it.

Above: `run`, `operators/`, `expressions/`. Below: `engine/graph/version`, `engine/values`.
The seams are Protocols: a view gives the version that the query sees now and takes its changes (a
reader's view refuses them), an interrupt (`engine/values/interrupt`) raises when the query must
end, a budget raises when its rows take too much memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from seaglass.base import limits
from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions.values import place
from seaglass.engine.exec.holding import Held, written_bytes
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.base.clock import Clock
    from seaglass.base.rng import Rng
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.algorithms import Answer
    from seaglass.engine.exec.expressions.membership import Sought
    from seaglass.engine.exec.probe import Probe
    from seaglass.engine.exec.procedures import Body
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.options import Settings
    from seaglass.engine.values.types import Value


# Of the name of a parameter, as many as a message shows.
_NAME_CHARS = 200


class View(Protocol):
    """The graph as the query sees it."""

    @property
    def version(self) -> GraphVersion:
        """The newest working version."""
        ...

    def apply(self, change: Change) -> None:
        """Makes `change` part of the working version."""
        ...


class Budget(Protocol):
    """Memory that the query may hold."""

    def charge(self, amount_bytes: int) -> None:
        """Counts bytes that an operator keeps; a negative amount gives them back.

        Raises: Exhausted(memory) past the limit; the bytes count all the same
        """
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """`frame_rows`: most rows of a frame. `force_mixed`: no typed fast path, for tests that compare
    the two. `small`: small reads run without operators (`small.py`). `neptune`: the dialect is that
    of Neptune Analytics. `import_folders`: below which queries may read local files."""

    frame_rows: int = limits.FRAME_ROWS
    force_mixed: bool = False
    small: bool = True
    neptune: bool = False
    import_folders: tuple[str, ...] = ()


@dataclass(slots=True)
class Context:
    """One query's run. `deleted` turns true with its first DELETE: from then on, entities that are
    read must be alive. A `probe` counts what the operators do. `procedures` has a body for each
    that the query's catalogue has; `answers` is what its algorithms have found out; `sought` holds the
    last long list that values were looked for in, and how they are found in it; `alone` is held
    by the one search for communities that may run on a graph."""

    parameters: Mapping[str, Value]
    view: View
    interrupt: Interrupt
    clock: Clock
    rng: Rng
    options: Options = Options()
    budget: Budget | None = None
    probe: Probe | None = None
    procedures: Mapping[str, Body] = field(default_factory=dict)
    alone: Lock = field(default_factory=Lock)
    deleted: bool = False
    answers: dict[Settings, Answer] = field(default_factory=dict)
    sought: Sought | None = None
    _now_ns: int | None = None
    _parameter_columns: dict[str, Column] | None = None

    @property
    def version(self) -> GraphVersion:
        return self.view.version

    def now_ms(self) -> int:
        """Milliseconds since 1970 in UTC; one instant for the whole query."""
        return self.now_ns() // 1_000_000

    def now_ns(self) -> int:
        """Nanoseconds since 1970 in UTC; one instant for the whole query."""
        if self._now_ns is None:
            self._now_ns = self.clock_ns()
        return self._now_ns

    def clock_ns(self) -> int:
        """Nanoseconds since 1970 in UTC, as the clock shows them now."""
        # A float of today's seconds is true to a quarter of a microsecond.
        return round(self.clock.now() * 1_000_000) * 1000

    def check_given(self, name: str, at: Position) -> None:
        """Raises: Invalid(illegal_argument) when the parameter is not given."""
        if name not in self.parameters:
            shown = name if len(name) <= _NAME_CHARS else f"{name[:_NAME_CHARS]} …"
            message = f"Expected parameter ${shown}, but it was not given{place(at)}."
            raise Invalid("illegal_argument", message, code=Code.MISSING_PARAMETER)

    def parameter(self, name: str, at: Position) -> Column:
        """The parameter as a column of one row.

        Raises: Invalid(illegal_argument) when it is not given
        """
        if self._parameter_columns is None:
            self._parameter_columns = {}
        column = self._parameter_columns.get(name)
        if column is None:
            self.check_given(name, at)
            column = cols.one(self.parameters[name])
            self._parameter_columns[name] = column
        return column

    def change(self, change: Change) -> None:
        """Makes `change` part of the working version, and counts what it takes until the query ends.

        Raises: Exhausted(memory) where there is no room for it
        """
        if self.budget is not None:
            amount_bytes = written_bytes(change)
            try:
                self.budget.charge(amount_bytes)
            except BaseException:
                self.budget.charge(-amount_bytes)
                raise
        self.view.apply(change)

    def holding(self) -> Held:
        """What an operator that keeps rows counts them with."""
        return Held(self.budget, self.interrupt.check)

    def require(self, amount_bytes: int) -> None:
        """Sees whether there is room for what is about to be made, and is soon gone or counted.

        Raises: Exhausted(memory) if there is not
        """
        if self.budget is not None:
            try:
                self.budget.charge(amount_bytes)
            finally:
                self.budget.charge(-amount_bytes)
