"""What a query of a scenario gave, and what the runner asks of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.procedures import Procedure
    from seaglass.engine.exec.procedures import Body
    from tests.engine.tck.forms import Form


class NotYet(Exception):
    """The scenario needs something that is not served yet."""


class Wrong(Exception):
    """The answer is not the one that the TCK expects."""


@dataclass
class Failure:
    """An error; `code` and `at_compile` are None where the engine does not tell them."""

    message: str
    code: str | None
    at_compile: bool | None


@dataclass
class Outcome:
    """Of the query under test: rows by column (None: not known, because there are no rows), or why it failed."""

    columns: tuple[str, ...] | None = ()
    rows: list[list[Any]] | None = None
    failure: Failure | None = None


class Engine(Protocol):
    def reset(self) -> None:
        """Makes the graph empty, and forgets the procedures."""
        ...

    def add_procedure(self, procedure: Procedure, body: Body) -> None:
        """Raises: NotYet where there are none"""
        ...

    def execute(self, text: str, parameters: dict[str, Any]) -> Outcome:
        """Raises: NotYet"""
        ...

    def form(self, wanted: Form) -> Form:
        """An expected value in the form in which the engine gives it."""
        ...

    def state(self) -> dict[str, set[Any]]:
        """Everything that side effects are counted in, by the word that the TCK counts it with: nodes, relationships,
        the labels of any node, and properties as element, key and value.
        """
        ...
