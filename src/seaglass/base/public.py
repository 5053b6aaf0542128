"""What of an error may leave the server.

Above: wire/faults (replies), control (status reasons). Below: errors. Messages of our errors are
written for people, but those of the file layer are for the one who runs the server: they name
paths. Clients get a sentence of the same meaning; the log has the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Exhausted, NotFound, SeaglassError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERNAL = "An internal error occurred. The server's log has the details."

_INSTEAD: Mapping[tuple[type[SeaglassError], str], str] = {
    (NotFound, "object"): "Something that the graph needs is missing in the server's storage. "
    "The server's log says what.",
    (NotFound, "key"): "The key that the data is sealed with is missing on the server. "
    "The server's log says which.",
    (Exhausted, "storage"): "The server's storage is full. Make room there, then try again.",
    (Unavailable, "storage"): "The server's storage cannot be read or written now. "
    "The server's log says why.",
}


def public_message(error: Exception) -> str:
    """Word an error for clients; of one that is none of ours nothing is told."""
    if not isinstance(error, SeaglassError):
        return INTERNAL
    for category in type(error).__mro__:
        instead = _INSTEAD.get((category, error.kind))
        if instead is not None:
            return instead
    return error.message
