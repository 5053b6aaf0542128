"""valueType(): the type of a value, written as GQL writes types.

Above: `functions`. Below: `engine/values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.values.temporal import (
    Date,
    DateTime,
    Duration,
    LocalDateTime,
    LocalTime,
    Time,
)
from seaglass.engine.values.types import Edge, Node, Path

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value

# In the order in which the types of a list's items are named.
_NAMES: dict[type, str] = {
    bool: "BOOLEAN",
    str: "STRING",
    int: "INTEGER",
    float: "FLOAT",
    Date: "DATE",
    LocalTime: "LOCAL TIME",
    Time: "ZONED TIME",
    LocalDateTime: "LOCAL DATETIME",
    DateTime: "ZONED DATETIME",
    Duration: "DURATION",
    Node: "NODE",
    Edge: "RELATIONSHIP",
    dict: "MAP",
    list: "LIST",
    Path: "PATH",
}
_PLACES = {name: place for place, name in enumerate(_NAMES.values())}


def value_type(value: Value) -> str:
    """Such as `INTEGER NOT NULL` or `LIST<STRING NOT NULL | INTEGER NOT NULL> NOT NULL`; `NULL`."""
    return "NULL" if value is None else f"{_bare(value)} NOT NULL"


def _bare(value: Value) -> str:
    if not isinstance(value, list):
        return _NAMES[type(value)]
    names = sorted({_bare(item) for item in value if item is not None}, key=_order)
    if not names:
        return "LIST<NULL>" if value else "LIST<NOTHING>"
    suffix = "" if None in value else " NOT NULL"
    return f"LIST<{' | '.join([name + suffix for name in names])}>"


def _order(name: str) -> tuple[int, str]:
    return _PLACES[name.partition("<")[0]], name
