"""What may end a query from outside: cancellation and its time limit.

Above: `engine/running`, whose queries are interrupts; `graph`, `exec`, `order`. Below:
`kernels/stopping`. Work in Python asks `check` between pieces of at most some 20 ms; a kernel looks
at the flag, and its caller asks `check` after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from seaglass.engine.kernels.stopping import new_flag

if TYPE_CHECKING:
    from seaglass.engine.kernels.stopping import Flag


class Interrupt(Protocol):
    """Cancellation and deadline."""

    @property
    def flag(self) -> Flag:
        """Raised from soon after the query must end; for kernels, which do not write to it."""
        ...

    def check(self) -> None:
        """Raises: Interrupted(cancelled | timeout) when the query must end."""
        ...


class Uninterrupted:
    """Nothing ends it: for work outside of queries."""

    def __init__(self) -> None:
        self.flag = new_flag()

    def check(self) -> None:
        """Does nothing."""
