"""Errors as messages: {category, kind, message} on the wire, classes of base.errors on both sides.

Above: `client` and `server`. Invariant: only errors that seaglass raises on purpose cross with
their text. Anything else is a bug of ours; its text stays in the worker's log, and the other side
raises `WorkerError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

_CATEGORIES: tuple[type[errors.SeaglassError], ...] = (
    errors.Invalid,
    errors.Unsupported,
    errors.NotFound,
    errors.Conflict,
    errors.Forbidden,
    errors.Exhausted,
    errors.Interrupted,
    errors.Throttled,
    errors.Unavailable,
    errors.Corrupt,
)
_FAULT = "Fault"


class WorkerError(Exception):
    """The worker failed in a way that nobody foresaw; its log says how."""


def error_message(error: BaseException) -> dict[str, object]:
    """Return the body of the ERROR frame for an error."""
    if isinstance(error, MemoryError):
        error = errors.Exhausted(
            "memory",
            "The request needs more memory than is left. Ask for less at once, or give the graph "
            "more memory.",
        )
    for category in _CATEGORIES:
        if isinstance(error, category):
            return {"category": category.__name__, "kind": error.kind, "message": error.message}
    return {
        "category": _FAULT,
        "kind": "",
        "message": "The worker failed unexpectedly; its log has the details.",
    }


def error_from(message: Mapping[str, object]) -> Exception:
    """Return the error that the body of an ERROR frame describes."""
    name, kind, text = (str(message.get(member, "")) for member in ("category", "kind", "message"))
    for category in _CATEGORIES:
        if category.__name__ == name:
            return category(kind, text)
    return WorkerError(text)
