"""Every error that seaglass raises on purpose, grouped by what a handler does about it.

    SeaglassError
    ├── Invalid       the request is wrong; the caller must change it
    ├── Unsupported   the request is right, but this is not served
    ├── NotFound      what is named does not exist
    ├── Conflict      the state of the thing forbids it now
    ├── Forbidden     the caller may not do this
    ├── Exhausted     a limit of size, memory or number is reached
    ├── Interrupted   cancelled, or past its deadline
    ├── Throttled     too many at once; the same call later may pass
    ├── Unavailable   a part is not up; the same call later may pass
    └── Corrupt       stored bytes fail a check; nothing is guessed

`kind` names the case inside a category for programs; kinds are append-only, and a new one exists only where some
handler would react differently. `message` is for people: what, which value, which limit, what to do next.
`detail` is for logs and never leaves the process. `code` is what openCypher calls an error of a query, if it has a
word for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seaglass.base.codes import Code


class SeaglassError(Exception):
    """Root of the tree; `kind` and `code` are stable, `message` may change."""

    kind: str
    message: str
    detail: str
    code: Code | None

    def __init__(
        self, kind: str, message: str, *, detail: str = "", code: Code | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.detail = detail
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        """Its fields, and not what it was made with: pools of processes send errors to each other."""
        return _again, (type(self), self.message), self.__dict__


def _again(kind: type[SeaglassError], message: str) -> SeaglassError:
    return kind.__new__(kind, message)


class Invalid(SeaglassError):
    """The request is wrong; the caller must change it."""


class Unsupported(SeaglassError):
    """The request is right, but this is not served."""


class NotFound(SeaglassError):
    """What is named does not exist."""


class Conflict(SeaglassError):
    """The state of the thing forbids it now."""


class Forbidden(SeaglassError):
    """The caller may not do this."""


class Exhausted(SeaglassError):
    """A limit of size, memory or number is reached."""


class Interrupted(SeaglassError):
    """The work was cancelled, or ran past its deadline."""


class Throttled(SeaglassError):
    """Too many at once; the same call later may pass."""


class Unavailable(SeaglassError):
    """A part is not up; the same call later may pass."""


class Corrupt(SeaglassError):
    """Stored bytes fail a check; nothing is guessed."""
