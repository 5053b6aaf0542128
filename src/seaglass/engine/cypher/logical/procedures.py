"""What a procedure takes and gives: signatures, without what they do.

Above: `plan`, the binder's catalogue, the executor. Below: `engine/values/options`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seaglass.engine.values.options import Option


class Type(StrEnum):
    """The type of an argument or a result, in openCypher's words. An INTEGER that is given where a
    FLOAT is declared becomes one; NUMBER is either. NODES are what algorithms begin with: a node, the
    id of one, or a list of both.
    """

    ANY = "ANY"
    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    NUMBER = "NUMBER"
    STRING = "STRING"
    LIST = "LIST"
    MAP = "MAP"
    NODE = "NODE"
    RELATIONSHIP = "RELATIONSHIP"
    PATH = "PATH"
    NODES = "NODE, STRING or LIST OF these"


@dataclass(frozen=True, slots=True)
class Field:
    """An argument or a result: `name :: type`, with `?` where it may be null."""

    name: str
    type: Type
    nullable: bool


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure without results is void: it passes every row on as it is.

    Args:
        name: with its namespaces, as in `neptune.graph.pg_info`
        reads / writes / deletes: what it does with the graph
        options: the keys of its last argument, a map, which may then be left out; None where the
            last argument is like the others
        gives_all: whether a call without YIELD gives all results inside a query, too
    """

    name: str
    arguments: tuple[Field, ...]
    results: tuple[Field, ...]
    reads: bool
    writes: bool
    deletes: bool = False
    options: tuple[Option, ...] | None = None
    gives_all: bool = False

    @property
    def changes(self) -> bool:
        """Whether it changes the graph."""
        return self.writes or self.deletes
