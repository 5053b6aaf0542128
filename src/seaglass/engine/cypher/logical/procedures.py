"""What a procedure takes and gives: signatures, without what they do.

Above: `plan`, the binder's catalogue, the executor. Below: nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """The type of an argument or a result, in openCypher's words. An INTEGER that is given where a
    FLOAT is declared becomes one; NUMBER is either.
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
    """

    name: str
    arguments: tuple[Field, ...]
    results: tuple[Field, ...]
    reads: bool
    writes: bool
    deletes: bool = False
