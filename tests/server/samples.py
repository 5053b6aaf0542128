"""Requests made from the service model: one right input per operation, and one for each way to
break a rule.

The generator looks at the model only, never at what the server does, so that it finds the rules
that we forgot.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from seaglass.server.wire import model as wire

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = wire.load()

# Texts that fit the model's patterns; keys are the patterns.
FITTING = {
    "g-[a-z0-9]{10}": "g-0123456789",
    "gs-[a-z0-9]{10}": "gs-0123456789",
    "t-[a-z0-9]{10}": "t-0123456789",
    "(?!g-)[a-z][a-z0-9]*(-[a-z0-9]+)*": "social",
    "(?!gs-)[a-z][a-z0-9]*(-[a-z0-9]+)*": "before",
    "arn:.+": "arn:aws:neptune-graph:us-east-1:123456789012:graph/g-0123456789",
    r"arn:aws[^:]*:iam::\d{12}:(role|role/service-role)(/[\w+=,.@-]+)+": "arn:aws:iam::123456789012:role/r",
    "arn:aws[^:]*:kms:[a-zA-Z0-9-]*:[0-9]{12}:key/[a-zA-Z0-9-]{36}": (
        "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
    ),
    "[a-zA-Z+-=._:/]+": "team",
    "[a-zA-Z0-9_]+": "name",
    "vpc-[a-z0-9]+": "vpc-1",
    "subnet-[a-z0-9]+": "subnet-1",
    "sg-[a-z0-9]+": "sg-1",
    r"(Any|Byte|Short|Int|Long|Float|Double|String|Bool|Boolean|Float\[\]|Double\[\])": "Int",
}
# Required by the model, but raw HTTP clients leave them out, so their absence is no error.
LENIENT = {("ExecuteQuery", "language")}


@dataclass(frozen=True, slots=True)
class Case:
    """One request that breaks one rule; `path` is the member's name, `rule` the words of the rule."""

    operation: str
    path: str
    rule: str
    values: dict[str, object]

    def __str__(self) -> str:
        return f"{self.operation}-{self.path}-{self.rule[:40]}"


@dataclass(frozen=True, slots=True)
class Raw:
    """A request as HTTP has it."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes


def fitting(shape: wire.Shape) -> object:
    """Make a value that fits a shape, with every member present."""
    match shape:
        case wire.StringShape(enum=(first, *_)):
            return first
        case wire.StringShape(pattern=None):
            return "x" * max(1, shape.length_min or 0)
        case wire.StringShape():
            assert shape.pattern is not None
            return FITTING[shape.pattern.pattern]
        case wire.IntegerShape():
            return shape.value_min if shape.value_min is not None else 1
        case wire.BooleanShape():
            return True
        case wire.DocumentShape():
            return [1, None, {"a": "b"}]
        case wire.ListShape():
            return [fitting(shape.member)] * max(1, shape.length_min or 0)
        case wire.MapShape():
            return {str(fitting(shape.key)): fitting(shape.value)}
        case wire.StructureShape():
            return {m.name: fitting(m.shape) for m in shape.members}
        case _:
            raise AssertionError(shape)


def full_input(operation: wire.Operation) -> dict[str, object]:
    """Make a right input with every member."""
    return {m.name: fitting(m.shape) for m in operation.input.members}


def broken_cases() -> Iterator[Case]:
    """Make a case for every rule of every member of every operation, nested ones too."""
    for operation in MODEL.operations.values():
        values = full_input(operation)
        for member in operation.input.members:
            rest = {k: v for k, v in values.items() if k != member.name}
            if member.required and member.location != "uri" and not _lenient(operation, member):
                yield Case(operation.name, member.name, "Member must not be null", rest)
            for path, rule, value in _broken(member.shape, member.name):
                if member.location in ("uri", "header") and value in ("", 7):
                    continue  # cannot be said in a path segment or a header
                if member.location == "querystring" and value == 7:
                    continue  # a number is text there
                yield Case(operation.name, path, rule, {**rest, member.name: value})


def _lenient(operation: wire.Operation, member: wire.Member) -> bool:
    # The graph is also found by host name or default.
    return (operation.name, member.name) in LENIENT or member.location == "header"


def _broken(shape: wire.Shape, path: str) -> Iterator[tuple[str, str, object]]:
    match shape:
        case wire.StringShape():
            yield path, "Member must be a string", 7
            for rule, text in _broken_texts(shape):
                yield path, rule, text
        case wire.IntegerShape():
            yield path, "Member must be an integer", "many"
            if shape.value_min is not None:
                rule = f"Member must have value greater than or equal to {shape.value_min}"
                yield path, rule, shape.value_min - 1
            if shape.value_max is not None:
                rule = f"Member must have value less than or equal to {shape.value_max}"
                yield path, rule, shape.value_max + 1
        case wire.BooleanShape():
            yield path, "Member must be a boolean", "maybe"
        case wire.ListShape() | wire.MapShape():
            yield from _broken_collections(shape, path)
        case wire.StructureShape():
            yield from _broken_structures(shape, path)


def _broken_texts(shape: wire.StringShape) -> Iterator[tuple[str, str]]:
    if shape.length_min:
        yield f"Member must have length greater than or equal to {shape.length_min}", ""
    if shape.length_max is not None:
        text = "x" * (shape.length_max + 1)
        yield f"Member must have length less than or equal to {shape.length_max}", text
    if shape.pattern is not None:
        rule = f"Member must satisfy regular expression pattern: {shape.pattern.pattern}"
        good = FITTING[shape.pattern.pattern]
        # A whole-text match is meant: neither a prefix, nor a suffix, nor a line of it.
        for text in (f"\u00e9{good}", f"{good}\n", f"\n{good}", "%"):
            if shape.pattern.fullmatch(text) is None:
                yield rule, text
    if shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]", "NEITHER"


def _broken_collections(
    shape: wire.ListShape | wire.MapShape, path: str
) -> Iterator[tuple[str, str, object]]:
    rule = f"Member must have length less than or equal to {shape.length_max}"
    if isinstance(shape, wire.ListShape):
        if shape.length_max is not None:
            yield path, rule, [fitting(shape.member)] * (shape.length_max + 1)
        for inner, inner_rule, value in _broken(shape.member, f"{path}.1.member"):
            if value != 7:
                yield inner, inner_rule, [value]
        return
    yield path, "Member must be a map", 7
    if shape.length_max is not None:
        yield path, rule, {f"k{n}": fitting(shape.value) for n in range(shape.length_max + 1)}
    for key_rule, text in _broken_texts(shape.key):
        yield path, f"Map keys must satisfy constraint: [{key_rule}", {text: fitting(shape.value)}
    if not isinstance(shape.value, wire.DocumentShape):
        key = str(fitting(shape.key))
        for inner, inner_rule, value in _broken(shape.value, f"{path}.{key}.member"):
            yield inner, inner_rule, {key: value}


def _broken_structures(shape: wire.StructureShape, path: str) -> Iterator[tuple[str, str, object]]:
    yield path, "Member must be a structure", 7
    values = {m.name: fitting(m.shape) for m in shape.members}
    if shape.union:
        names = ", ".join(m.name for m in shape.members)
        yield path, f"Member must have exactly one of the members: [{names}]", {}
    for member in shape.members:
        rest = {k: v for k, v in values.items() if k != member.name}
        if member.required:
            yield f"{path}.{member.name}", "Member must not be null", rest
        for inner, rule, value in _broken(member.shape, f"{path}.{member.name}"):
            yield inner, rule, {**rest, member.name: value}


def raw(name: str, values: dict[str, object]) -> Raw:
    """Write an input as HTTP has it."""
    operation = MODEL.operations[name]
    path = "/" + "/".join(operation.segments)
    query: list[tuple[str, str]] = []
    headers = {}
    body = {}
    for member in operation.input.members:
        if member.name not in values:
            continue
        value = values[member.name]
        match member.location:
            case "uri":
                path = path.replace("{" + member.wire + "}", quote(str(value), safe=""))
            case "querystring":
                texts = value if isinstance(value, list) else [value]
                query += [(member.wire, _text(text)) for text in texts]
            case "header":
                headers[member.wire.lower()] = str(value)
            case "body":
                body[member.wire] = value
    return Raw(
        operation.method, path, urlencode(query).encode(), headers, json.dumps(body).encode()
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
