"""The reply to a query, as those see it who hear its answer.

Above: server.service, which gives it; server.link, which has the answer; server.control's ports between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol


@dataclass(slots=True)
class Lent:
    """A client's socket, for whoever has the answer to send the reply by itself. Args: head: of the
    reply, to which the length of the answer in decimal digits, an empty line and the answer are added
    """

    descriptor: Final[int]
    head: Final[str]


class AtOnce(Protocol):
    """The reply to a query, for an answer that comes in one piece: it leaves as soon as that is there.

    Attributes: alone: whether nobody else seems to ask meanwhile. Where somebody does, things go together: each that
        is sent by itself wakes whom it is for, who takes the processor from the one that sends
    """

    @property
    def alone(self) -> bool: ...

    def give(self, answer: bytes) -> None:
        """Send it now, if that can be."""

    def lend(self) -> Lent | None:
        """What to send it with, in place of `give`, if that can be. Nothing else may be sent until `sent`, or
        an error is heard in place of the answer, or `lost`.
        """

    def sent(self, answer: bytes, count: int) -> None:
        """Whoever was lent the socket has sent so many bytes of the reply."""

    def lost(self) -> bool:
        """Whoever may have been lent the socket has died. Says whether nothing was sent; if something was, the
        connection has ended, as nobody knows whether that was all.
        """
