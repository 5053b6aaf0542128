"""Names of value types, as messages for people say them.

Above: everything that refuses a value. Below: `types`.
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

_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "a list",
    dict: "a map",
    Node: "a node",
    Edge: "a relationship",
    Path: "a path",
    Date: "a date",
    LocalTime: "a local time",
    Time: "a time",
    LocalDateTime: "a local datetime",
    DateTime: "a datetime",
    Duration: "a duration",
    type(None): "null",
}


def type_name(value: Value) -> str:
    """The type of `value` with its article, e.g. "an integer"."""
    return _NAMES[type(value)]
