"""Which operation a request means, by method and raw path.

Above: the service's chain, parse. Below: model. Paths are matched undecoded, because a client sends
an ARN as one percent-encoded segment whose `/` must not split. A trailing slash never matters.
`ALIASES` are paths that clients of the older engine use for queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from seaglass.base.errors import Invalid, NotFound
from seaglass.server.wire.model import Operation, split_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.wire.model import ServiceModel

ALIASES = (
    ("POST", ("openCypher",), "ExecuteQuery"),
    ("POST", ("opencypher",), "ExecuteQuery"),
)


@dataclass(frozen=True, slots=True)
class Match:
    """An operation and the decoded labels of its path, by wire name."""

    operation: Operation
    labels: Mapping[str, str]


class Router:
    """The table of routes."""

    def __init__(self, model: ServiceModel) -> None:
        # Paths without labels, whole; the others by their number of segments.
        self._fixed: dict[tuple[str, tuple[str, ...]], Match] = {}
        self._routes: dict[tuple[str, int], list[tuple[tuple[str, ...], Operation]]] = {}
        for operation in model.operations.values():
            self._add(operation.method, operation.segments, operation)
        for method, segments, name in ALIASES:
            self._add(method, segments, model.operations[name])

    def _add(self, method: str, segments: tuple[str, ...], operation: Operation) -> None:
        if any(segment[0] == "{" for segment in segments):
            self._routes.setdefault((method, len(segments)), []).append((segments, operation))
        else:
            self._fixed[method, segments] = Match(operation, {})

    def route(self, method: str, raw_path: str) -> Match:
        """Find the operation.

        Raises: NotFound(operation) when no route fits; Invalid(bad_request) when a label does not
        decode.
        """
        segments = split_path(raw_path)
        fixed = self._fixed.get((method, segments))
        if fixed is not None:
            return fixed
        for template, operation in self._routes.get((method, len(segments)), ()):
            if all(t == s or (t[0] == "{" and s) for t, s in zip(template, segments, strict=True)):
                return Match(operation, _labels(template, segments))
        raise NotFound(
            "operation", f"Bad route: {method} {raw_path[:200]} is no operation of this service."
        )


def _labels(template: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str]:
    return {
        t[1:-1]: _decode(t[1:-1], s) for t, s in zip(template, segments, strict=True) if t[0] == "{"
    }


def _decode(name: str, segment: str) -> str:
    if "%" not in segment:
        return segment
    try:
        return unquote_to_bytes(segment).decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Invalid(
            "bad_request",
            f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
            "Member must be percent-encoded UTF-8",
        ) from None
