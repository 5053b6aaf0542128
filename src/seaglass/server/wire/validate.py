"""The model's rules on an input: required, type, length, range, pattern, enum, sizes, union.

Above: the service's chain. Below: model. Every broken rule is named with the member's path, in
AWS's words; values are not echoed, because a reply may be logged where the value should not be.
Pure: nothing here looks at any state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from seaglass.base.errors import Invalid
from seaglass.base.unread import Unread
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
    from collections.abc import Mapping, Sequence

    from seaglass.server.wire.model import Operation, Shape

# Past this many, further broken rules are not named.
RULES_NAMED_MAX = 10
_INTEGER_MIN, _INTEGER_MAX = -(2**63), 2**63 - 1


def validate(operation: Operation, values: Mapping[str, object]) -> None:
    """Check an input against the model.

    Raises: Invalid(bad_request) naming each broken rule.
    """
    broken: list[str] = []
    try:
        _structure(operation.input, values, "", broken)
    except _Enough:
        pass
    if broken:
        raise broken_rules(broken)


def broken_rules(problems: list[str]) -> Invalid:
    """Make the error for broken rules, each as `at` gives it."""
    noun = "validation error" if len(problems) == 1 else "validation errors"
    return Invalid("bad_request", f"{len(problems)} {noun} detected: {'; '.join(problems)}")


def at(path: str, rule: str) -> str:
    """Word one broken rule."""
    return f"Value at '{path}' failed to satisfy constraint: {rule}"


class _Enough(Exception):
    """No more broken rules are named."""


# Each of the next adds the rules that a value breaks to `broken`. None is a generator: nearly every
# request breaks no rule, and would pay for each of them.


def _say(broken: list[str], path: str, rule: str) -> None:
    broken.append(at(path, rule))
    if len(broken) == RULES_NAMED_MAX:
        raise _Enough


def _check(shape: Shape, value: object, path: str, broken: list[str]) -> None:
    match shape:
        case StringShape():
            for rule in _string(shape, value):
                _say(broken, path, rule)
        case IntegerShape():
            _integer(shape, value, path, broken)
        case BooleanShape():
            if not isinstance(value, bool):
                _say(broken, path, "Member must be a boolean")
        case ListShape():
            _list(shape, value, path, broken)
        case MapShape():
            _map(shape, value, path, broken)
        case StructureShape():
            _nested(shape, value, path, broken)
        case TimestampShape() | BlobShape() | DocumentShape():
            # The model has no timestamp or blob in any input; a document is any JSON value.
            return
        case _:
            assert_never(shape)


def _string(shape: StringShape, value: object) -> Sequence[str]:
    """The rules that a text breaks."""
    if not isinstance(value, str):
        return ("Member must be a string",)
    if shape.length_max is not None and len(value) > shape.length_max:
        # Only the length is named: matching a pattern against a text of any size is not worth it.
        return (f"Member must have length less than or equal to {shape.length_max}",)
    rules = []
    if shape.length_min is not None and len(value) < shape.length_min:
        rules.append(f"Member must have length greater than or equal to {shape.length_min}")
    if shape.pattern is not None and shape.pattern.fullmatch(value) is None:
        rules.append(f"Member must satisfy regular expression pattern: {shape.pattern.pattern}")
    if shape.enum and value not in shape.enum:
        rules.append(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    return rules


def _integer(shape: IntegerShape, value: object, path: str, broken: list[str]) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        _say(broken, path, "Member must be an integer")
        return
    low = _INTEGER_MIN if shape.value_min is None else shape.value_min
    high = _INTEGER_MAX if shape.value_max is None else shape.value_max
    if value < low:
        _say(broken, path, f"Member must have value greater than or equal to {low}")
    if value > high:
        _say(broken, path, f"Member must have value less than or equal to {high}")


def _sizes(shape: ListShape | MapShape, size: int, path: str, broken: list[str]) -> None:
    if shape.length_min is not None and size < shape.length_min:
        rule = f"Member must have length greater than or equal to {shape.length_min}"
        _say(broken, path, rule)
    if shape.length_max is not None and size > shape.length_max:
        _say(broken, path, f"Member must have length less than or equal to {shape.length_max}")


def _list(shape: ListShape, value: object, path: str, broken: list[str]) -> None:
    if not isinstance(value, list):
        _say(broken, path, "Member must be a list")
        return
    _sizes(shape, len(value), path, broken)
    for position, item in enumerate(value, start=1):
        item_path = f"{path}.{position}.member"
        if item is None:
            _say(broken, item_path, "Member must not be null")
        else:
            _check(shape.member, item, item_path, broken)


def _map(shape: MapShape, value: object, path: str, broken: list[str]) -> None:
    if isinstance(value, Unread):
        # Of documents: there is no rule for what is in it.
        return
    if not isinstance(value, dict):
        _say(broken, path, "Member must be a map")
        return
    _sizes(shape, len(value), path, broken)
    for key, item in value.items():
        rules = _string(shape.key, key)
        if rules:
            _say(broken, path, f"Map keys must satisfy constraint: [{', '.join(rules)}]")
        if isinstance(shape.value, DocumentShape):
            continue
        item_path = f"{path}.{key[:128]}.member"
        if item is None:
            _say(broken, item_path, "Member must not be null")
        else:
            _check(shape.value, item, item_path, broken)


def _nested(shape: StructureShape, value: object, path: str, broken: list[str]) -> None:
    if not isinstance(value, dict):
        _say(broken, path, "Member must be a structure")
        return
    if shape.union:
        known = [m for m in shape.members if value.get(m.wire) is not None]
        if len(known) != 1:
            names = ", ".join(m.name for m in shape.members)
            _say(broken, path, f"Member must have exactly one of the members: [{names}]")
    _structure(shape, value, f"{path}.", broken)


def _structure(
    shape: StructureShape, values: Mapping[str, object], prefix: str, broken: list[str]
) -> None:
    for member in shape.members:
        # Top-level members were renamed by `parse`; deeper ones have the same name on the wire.
        value = values.get(member.name)
        if value is not None:
            _check(member.shape, value, prefix + member.name, broken)
        elif member.required:
            _say(broken, prefix + member.name, "Member must not be null")
