"""The model's rules on an input: required, type, length, range, pattern, enum, sizes, union.

Above: the service's chain. Below: model. Every broken rule is named with the member's path, in
AWS's words; values are not echoed, because a reply may be logged where the value should not be.
Pure: nothing here looks at any state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from seaglass.base.errors import Invalid
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
    from collections.abc import Iterator, Mapping

    from seaglass.server.wire.model import Operation, Shape

# Past this many, further broken rules are not named.
RULES_NAMED_MAX = 10
_INTEGER_MIN, _INTEGER_MAX = -(2**63), 2**63 - 1


def validate(operation: Operation, values: Mapping[str, object]) -> None:
    """Check an input against the model.

    Raises: Invalid(bad_request) naming each broken rule.
    """
    broken = []
    for problem in _structure(operation.input, values, ""):
        broken.append(problem)
        if len(broken) == RULES_NAMED_MAX:
            break
    if broken:
        raise broken_rules(broken)


def broken_rules(problems: list[str]) -> Invalid:
    """Make the error for broken rules, each as `at` gives it."""
    noun = "validation error" if len(problems) == 1 else "validation errors"
    return Invalid("bad_request", f"{len(problems)} {noun} detected: {'; '.join(problems)}")


def at(path: str, rule: str) -> str:
    """Word one broken rule."""
    return f"Value at '{path}' failed to satisfy constraint: {rule}"


def _check(shape: Shape, value: object, path: str) -> Iterator[str]:
    match shape:
        case StringShape():
            yield from (at(path, rule) for rule in _string(shape, value))
        case IntegerShape():
            yield from (at(path, rule) for rule in _integer(shape, value))
        case BooleanShape():
            if not isinstance(value, bool):
                yield at(path, "Member must be a boolean")
        case ListShape():
            yield from _list(shape, value, path)
        case MapShape():
            yield from _map(shape, value, path)
        case StructureShape():
            yield from _nested(shape, value, path)
        case TimestampShape() | BlobShape() | DocumentShape():
            # The model has no timestamp or blob in any input; a document is any JSON value.
            return
        case _:
            assert_never(shape)


def _string(shape: StringShape, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield "Member must be a string"
        return
    if shape.length_max is not None and len(value) > shape.length_max:
        # Only the length is named: matching a pattern against a text of any size is not worth it.
        yield f"Member must have length less than or equal to {shape.length_max}"
        return
    if shape.length_min is not None and len(value) < shape.length_min:
        yield f"Member must have length greater than or equal to {shape.length_min}"
    if shape.pattern is not None and shape.pattern.fullmatch(value) is None:
        yield f"Member must satisfy regular expression pattern: {shape.pattern.pattern}"
    if shape.enum and value not in shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


def _integer(shape: IntegerShape, value: object) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield "Member must be an integer"
        return
    low = _INTEGER_MIN if shape.value_min is None else shape.value_min
    high = _INTEGER_MAX if shape.value_max is None else shape.value_max
    if value < low:
        yield f"Member must have value greater than or equal to {low}"
    if value > high:
        yield f"Member must have value less than or equal to {high}"


def _sizes(shape: ListShape | MapShape, size: int, path: str) -> Iterator[str]:
    if shape.length_min is not None and size < shape.length_min:
        yield at(path, f"Member must have length greater than or equal to {shape.length_min}")
    if shape.length_max is not None and size > shape.length_max:
        yield at(path, f"Member must have length less than or equal to {shape.length_max}")


def _list(shape: ListShape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield at(path, "Member must be a list")
        return
    yield from _sizes(shape, len(value), path)
    for position, item in enumerate(value, start=1):
        item_path = f"{path}.{position}.member"
        if item is None:
            yield at(item_path, "Member must not be null")
        else:
            yield from _check(shape.member, item, item_path)


def _map(shape: MapShape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield at(path, "Member must be a map")
        return
    yield from _sizes(shape, len(value), path)
    for key, item in value.items():
        rules = list(_string(shape.key, key))
        if rules:
            yield at(path, f"Map keys must satisfy constraint: [{', '.join(rules)}]")
        if isinstance(shape.value, DocumentShape):
            continue
        item_path = f"{path}.{key[:128]}.member"
        if item is None:
            yield at(item_path, "Member must not be null")
        else:
            yield from _check(shape.value, item, item_path)


def _nested(shape: StructureShape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield at(path, "Member must be a structure")
        return
    if shape.union:
        known = [m for m in shape.members if value.get(m.wire) is not None]
        if len(known) != 1:
            names = ", ".join(m.name for m in shape.members)
            yield at(path, f"Member must have exactly one of the members: [{names}]")
    yield from _structure(shape, value, f"{path}.")


def _structure(shape: StructureShape, values: Mapping[str, object], prefix: str) -> Iterator[str]:
    for member in shape.members:
        # Top-level members were renamed by `parse`; deeper ones have the same name on the wire.
        value = values.get(member.name)
        if value is not None:
            yield from _check(member.shape, value, prefix + member.name)
        elif member.required:
            yield at(prefix + member.name, "Member must not be null")
