"""Cypher values as Python objects: what a mixed column holds and what row-at-a-time code sees.

    null None · boolean bool · integer int (64-bit) · float float · string str · list list · map
    dict[str, value] node Node · relationship Edge · path Path · temporal values as in `temporal`

`Node` and `Edge` are references: what they have (labels, properties) depends on the version they
are read from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from seaglass.engine.values.temporal import Temporal


class Kind(StrEnum):
    """What a column holds. MIXED holds any values, also of one type where no typed kind exists for
    it."""

    NULL = "null"
    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    STRING = "string"
    NODE = "node"
    EDGE = "edge"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A node by its dense number in the engine."""

    number: int


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """An edge by its dense number in the engine."""

    number: int


@dataclass(frozen=True, slots=True)
class Path:
    """Alternating nodes and edges: `len(nodes) == len(edges) + 1`."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


Value: TypeAlias = (
    "bool | int | float | str | list[Any] | dict[str, Any] | Node | Edge | Path | Temporal | None"
)

INT_MIN = -(2**63)
INT_MAX = 2**63 - 1
