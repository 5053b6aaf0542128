"""An operation's output as an HTTP reply.

Above: the service's chain, faults. Below: model. Timestamps are seconds since the epoch (a float in
outputs here) and travel as JSON numbers, or as ISO-8601 text where the model says so. Absent and
None are the same: not sent. An output member that the model does not know is our bug, and asserted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

import orjson

from seaglass.server.wire.model import (
    BlobShape,
    BooleanShape,
    DocumentShape,
    IntegerShape,
    ListShape,
    MapShape,
    StringShape,
    StructureShape,
    TimestampShape,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.wire.model import Operation, Shape

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP reply; headers without the ones that every reply carries."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def serialize(operation: Operation, output: Mapping[str, object]) -> Reply:
    """Shape an output by the model. No operation of this model puts outputs into headers."""
    assert operation.payload is None, "a streamed payload does not pass here"
    if operation.output is None:
        assert not output, f"{operation.name} has no output"
        return Reply(operation.status, {}, b"")
    content = _structure(operation.output, output)
    return Reply(operation.status, {"content-type": JSON}, orjson.dumps(content))


def _structure(shape: StructureShape, values: Mapping[str, object]) -> dict[str, object]:
    content = {}
    known = 0
    for member in shape.members:
        if member.name not in values:
            continue
        known += 1
        value = values[member.name]
        if value is not None:
            content[member.wire] = _value(member.shape, value)
    assert known == len(values), f"members unknown to the model: {sorted(values)}"
    return content


def _value(shape: Shape, value: object) -> object:
    match shape:
        case StringShape() | IntegerShape() | BooleanShape() | DocumentShape() | BlobShape():
            return value
        case TimestampShape():
            return _timestamp(shape, value)
        case ListShape():
            assert isinstance(value, list | tuple)
            return [_value(shape.member, item) for item in value]
        case MapShape():
            assert isinstance(value, dict)
            return {key: _value(shape.value, item) for key, item in value.items()}
        case StructureShape():
            assert isinstance(value, dict)
            return _structure(shape, value)
        case _:
            assert_never(shape)


def _timestamp(shape: TimestampShape, value: object) -> object:
    if isinstance(value, str):
        return value
    assert isinstance(value, float | int)
    if not shape.iso8601:
        return value
    return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
