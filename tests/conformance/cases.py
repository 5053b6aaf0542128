"""Requests made from the service model, beside those that break one rule each (`tests.server.samples`).

`boundaries` are right inputs at the edge of a rule; `types` give each member every kind of JSON value that it is not;
`malformed` are bodies that are no right JSON object; `torn` are right requests whose parts outside the body are damaged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from seaglass.server.wire import model as wire
from tests.server.samples import MODEL, Raw, fitting, full_input, raw

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "(-[a-z0-9]+)*"
# Patterns whose texts can be of any length: what such a text begins with, and what it is filled up with.
FILLED = {
    f"(?!g-)[a-z][a-z0-9]*{NAME}": ("a", "z"),
    f"(?!gs-)[a-z][a-z0-9]*{NAME}": ("a", "z"),
    "arn:.+": ("arn:", "x"),
    "[a-zA-Z+-=._:/]+": ("", "k"),
    "[a-zA-Z0-9_]+": ("", "k"),
}
JSON_KINDS: tuple[object, ...] = (None, True, 7, 1.5, "text", [], ["text"], {}, {"k": "v"}, [[]])


@dataclass(frozen=True, slots=True)
class Case:
    """One request; `note` says what is odd in it."""

    operation: str
    note: str
    request: Raw

    def __str__(self) -> str:
        return f"{self.operation}-{self.note}"


def boundaries() -> Iterator[Case]:
    """Every value at the edge of what a rule allows: shortest, longest, least, most, each word of an enum."""
    for name, operation in MODEL.operations.items():
        values = full_input(operation)
        required = {m.name: values[m.name] for m in operation.input.members if m.required}
        yield Case(name, "only what is required", raw(name, required))
        for member in operation.input.members:
            for note, value in _edges(member.shape):
                # An empty label or list has no place in a path or query string.
                if member.location in ("uri", "querystring") and value in ("", []):
                    continue
                yield Case(
                    name, f"{member.name} {note}", raw(name, {**required, member.name: value})
                )


def _edges(shape: wire.Shape) -> Iterator[tuple[str, object]]:
    match shape:
        case wire.StringShape(enum=enum) if enum:
            yield from ((word, word) for word in enum)
        case wire.StringShape():
            for size in {shape.length_min, shape.length_max} - {None}:
                text = _of_length(shape, size or 0)
                if text is not None:
                    yield f"of length {size}", text
        case wire.IntegerShape():
            for value in {shape.value_min, shape.value_max} - {None}:
                yield str(value), value
        case wire.BooleanShape():
            yield from (("true", True), ("false", False))
        case wire.ListShape():
            for size in {shape.length_min, shape.length_max} - {None}:
                yield f"of {size}", [fitting(shape.member)] * (size or 0)
            yield from ((note, [value]) for note, value in _edges(shape.member))
        case wire.MapShape():
            for size in {shape.length_min, shape.length_max} - {None}:
                yield f"of {size}", {_key(n): fitting(shape.value) for n in range(size or 0)}
            yield from (
                (f"key {note}", {str(k): fitting(shape.value)}) for note, k in _edges(shape.key)
            )
            key = str(fitting(shape.key))
            yield from ((f"value {note}", {key: value}) for note, value in _edges(shape.value))
        case wire.StructureShape():
            right = {m.name: fitting(m.shape) for m in shape.members if m.required or shape.union}
            for member in shape.members:
                for note, value in _edges(member.shape):
                    yield f"{member.name} {note}", {**right, member.name: value}


def _key(number: int) -> str:
    # The pattern of tag keys has letters, and of digits only what lies between "+" and "=".
    return "k" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _of_length(shape: wire.StringShape, size: int) -> str | None:
    if shape.pattern is None:
        return "x" * size
    if shape.pattern.pattern not in FILLED:
        return None
    start, more = FILLED[shape.pattern.pattern]
    return start + more * (size - len(start)) if size >= len(start) else None


def types() -> Iterator[Case]:
    """Every member of a body with every kind of JSON value; null is the same as absent."""
    for name, operation in MODEL.operations.items():
        values = full_input(operation)
        for member in operation.input.members:
            if member.location == "body":
                for value in JSON_KINDS:
                    note = f"{member.name} is {orjson.dumps(value).decode()}"
                    yield Case(name, note, raw(name, {**values, member.name: value}))


def malformed() -> Iterator[Case]:
    """Every operation that has a body, with bodies that are none."""
    for name, operation in MODEL.operations.items():
        if not any(member.location == "body" for member in operation.input.members):
            continue
        right = raw(name, full_input(operation))
        for note, body in _bodies(right.body):
            yield Case(name, note, replace(right, body=body))


def _bodies(right: bytes) -> Iterator[tuple[str, bytes]]:
    text = right.decode()
    yield "half", right[: len(right) // 2]
    yield "all but the end", right[:-1]
    yield "twice", right * 2
    yield "as UTF-16", text.encode("utf-16")
    yield "after a byte order mark", b"\xef\xbb\xbf" + right
    yield "with a byte that is no UTF-8", right.replace(b'"', b'"\xff', 1)
    yield "with a NUL", right + b"\x00"
    yield "with a comma at the end", right[:-1] + b",}"
    yield "in single quotes", right.replace(b'"', b"'")
    for word in (b"NaN", b"Infinity", b"1e999", b"0x10", b"01", b"undefined"):
        yield f"with {word.decode()}", b'{"unknown": ' + word + b"}"
    for other in (b"[]", b"null", b"1", b'"x"', b"true", b"{", b"}", b"[" * 10_000):
        yield other[:8].decode() + " alone", other


def torn() -> Iterator[Case]:
    """Right requests of every operation with a damaged path, query string, header or method."""
    for name, operation in MODEL.operations.items():
        right = raw(name, full_input(operation))
        for end in (
            "%",
            "%zz",
            "%ff",
            "%00",
            "%2F",
            "%2e%2e",
            "/",
            "//",
            "?",
            "#",
            " ",
            "\u00e9",
            "x" * 9_000,
        ):
            yield Case(name, f"path ends {end[:8]!r}", replace(right, path=right.path + end))
        for query in (
            b"%",
            b"=",
            b"&" * 2_000,
            b"maxResults=",
            b"maxResults=1&maxResults=x",
            b"\xff=\xff",
            b"mode",
        ):
            joined = right.query + b"&" + query if right.query else query
            yield Case(name, f"query string with {query[:12]!r}", replace(right, query=joined))
        for kind in (
            "text/xml",
            "application/json; charset=utf-16",
            "multipart/form-data",
            "",
            "\u00e9",
        ):
            headers = {**right.headers, "content-type": kind}
            yield Case(name, f"content type {kind!r}", replace(right, headers=headers))
        for method in ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY", ""):
            if method != operation.method:
                yield Case(name, f"method {method!r}", replace(right, method=method))
