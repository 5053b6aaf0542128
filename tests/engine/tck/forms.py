"""Expected values of the TCK and values of the engine in one comparable form.

A form is a tuple whose first item names the type: ("int", 1), ("float", "1.0"), ("node", labels, map), ...
Lists can be compared without their order by `unordered`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.graph import read
from seaglass.engine.values.temporal import TEMPORALS
from seaglass.engine.values.types import Edge, Node, Path

if TYPE_CHECKING:
    from seaglass.engine.graph.version import GraphVersion

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
Form = tuple[Any, ...]
_TOKEN = re.compile(
    r"\s*(?:(?P<float>[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+|-?Inf\b|NaN\b)"
    r"|(?P<int>[-+]?\d+)|(?P<text>'(?:\\.|[^'\\])*')|(?P<name>`[^`]*`|\w+)"
    r"|(?P<mark><-|->|[-\[\](){}:,<>]))"
)


class Reader:
    """Reads one expected value."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        text = text.strip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise ValueError(f"cannot read {text[place:]!r}")
            self.tokens.append((str(found.lastgroup), found[found.lastgroup or 0]))
            place = found.end()
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        token = self.tokens[self.place]
        if wanted is not None and token[1] != wanted:
            raise ValueError(f"expected {wanted}, got {token[1]}")
        self.place += 1
        return token

    def value(self) -> Form:
        kind, text = self.take()
        if kind == "int":
            return ("int", int(text))
        if kind == "float":
            return ("float", repr(float(text.replace("Inf", "inf")) + 0.0))
        if kind == "text":
            return (
                "text",
                re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1]),
            )
        if kind == "name":
            return {"null": ("null",), "true": ("bool", True), "false": ("bool", False)}[text]
        self.place -= 1
        match text:
            case "[":
                return self._edge() if self.tokens[self.place + 1][1] == ":" else self._list()
            case "{":
                return self._map()
            case "(":
                return self._node()
            case _:
                return self._path()

    def _list(self) -> Form:
        self.take("[")
        items = []
        while self.peek() != "]":
            items.append(self.value())
            if self.peek() == ",":
                self.take()
        self.take("]")
        return ("list", tuple(items))

    def _map(self) -> Form:
        self.take("{")
        items = {}
        while self.peek() != "}":
            key = self.take()[1].strip("`")
            self.take(":")
            items[key] = self.value()
            if self.peek() == ",":
                self.take()
        self.take("}")
        return ("map", tuple(sorted(items.items())))

    def _node(self) -> Form:
        self.take("(")
        labels = []
        while self.peek() == ":":
            self.take()
            labels.append(self.take()[1].strip("`"))
        properties = self._map() if self.peek() == "{" else ("map", ())
        self.take(")")
        return ("node", tuple(sorted(labels)), properties)

    def _edge(self) -> Form:
        self.take("[")
        self.take(":")
        name = self.take()[1].strip("`")
        properties = self._map() if self.peek() == "{" else ("map", ())
        self.take("]")
        return ("edge", name, properties)

    def _path(self) -> Form:
        self.take("<")
        parts = [self._node()]
        while self.peek() != ">":
            backward = self.take()[1] == "<-"
            edge = self._edge()
            self.take("-" if backward else "->")
            parts.extend([("step", backward, edge), self._node()])
        self.take(">")
        return ("path", tuple(parts))


def expected(text: str) -> Form:
    return Reader(text).value()


def plain(form: Form) -> Any:
    """The Python value of a form without entities: a parameter."""
    match form[0]:
        case "null":
            return None
        case "float":
            return float(form[1])
        case "list":
            return [plain(item) for item in form[1]]
        case "map":
            return {key: plain(item) for key, item in form[1]}
        case _:
            return form[1]


def scalar(value: Any) -> Form | None:
    """The form of null, a boolean, a number or a text; None for anything else."""
    match value:
        case None:
            return ("null",)
        case bool():
            return ("bool", value)
        case int():
            return ("int", value)
        case float():
            # 0.0 and -0.0 are the same value.
            return ("float", repr(value + 0.0))
        case str():
            return ("text", value)
        case _:
            return None


def actual(value: Any, version: GraphVersion) -> Form:
    """The form of a value of the engine."""
    plain_form = scalar(value)
    if plain_form is not None:
        return plain_form
    match value:
        case list():
            return ("list", tuple(actual(item, version) for item in value))
        case dict():
            return ("map", _items(value, version))
        case Node(number=number):
            properties = _items(read.node_properties(version, number), version)
            return ("node", tuple(sorted(read.node_labels(version, number))), ("map", properties))
        case Edge(number=number):
            properties = _items(read.edge_properties(version, number), version)
            return ("edge", read.edge_type(version, number), ("map", properties))
        case Path(nodes=nodes, edges=edges):
            parts = [actual(nodes[0], version)]
            for start, edge, end in zip(nodes, edges, nodes[1:], strict=False):
                found = read.edge_ends(version, np.array([edge.number]))
                ends = (int(found[0][0]), int(found[1][0]))
                assert ends in ((start.number, end.number), (end.number, start.number))
                backward = ends != (start.number, end.number)
                parts += [("step", backward, actual(edge, version)), actual(end, version)]
            return ("path", tuple(parts))
        case _ if isinstance(value, TEMPORALS):
            # The tables of the TCK write temporal values as their texts.
            return ("text", str(value))
        case _:
            raise AssertionError(f"no form for {value!r}")


def _items(value: dict[str, Any], version: GraphVersion) -> tuple[tuple[str, Form], ...]:
    return tuple(sorted((key, actual(item, version)) for key, item in value.items()))


def unordered(form: Any) -> Any:
    """The form with every list sorted."""
    if not isinstance(form, tuple):
        return form
    if form and form[0] == "list":
        return ("list", tuple(sorted((unordered(item) for item in form[1]), key=repr)))
    return tuple(unordered(item) for item in form)
