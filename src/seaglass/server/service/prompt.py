"""Replies that leave as soon as the answer is there, before the request's task has its next turn.

Above: chain, operations. Below: whole, which writes them. The worker's answer to most queries comes
in one piece; whoever hears it gives it to the client, and the task, which is told of it next, puts
the server's own things in order meanwhile. Event loop only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seaglass.server.service.patience import BODY, KNOWN
from seaglass.server.service.whole import REPLY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

    from seaglass.base.reply import Lent
    from seaglass.server.service.whole import WholeReply

_NONE: Mapping[str, Any] = {}


class Prompt:
    """The reply to one request.

    Attributes: request_id: which every reply carries; begun: monotonic seconds
    alone: whether nobody else seems to ask meanwhile. Where somebody does, it is worth more that the worker
        does nothing that the front can do
    body: of the request, where it is there
    known: of requests with the same head; lost, if the head is nothing that comes again
    given: whether it has left; then nothing more may be sent
    held_bytes: of the room for large bodies
    """

    __slots__ = (
        "_content_type",
        "_lends",
        "_status",
        "_whole",
        "alone",
        "begun",
        "body",
        "given",
        "held_bytes",
        "known",
        "request_id",
    )

    def __init__(self, scope: Scope, request_id: str, begun: float, *, alone: bool) -> None:
        self.request_id: Final = request_id
        self.begun: Final = begun
        self.given = False
        self.held_bytes = 0
        extensions = scope.get("extensions", _NONE)
        self._whole: WholeReply | None = extensions.get(REPLY)
        self.body: Final[bytes | None] = extensions.get(BODY)
        self.known: Final[dict[str, Any]] = extensions.get(KNOWN, {})
        self.alone: Final = alone
        self._lends = False
        self._status, self._content_type = 0, ""

    def of(self, status: int, content_type: str, *, lends: bool) -> Prompt:
        """As what takes the body of a reply with this head (`base.reply`).

        Args: lends: whether the worker may give it, to a client that asks alone. It is for writes: the
            front has been asleep by then, while the disk was waited for
        """
        self._status, self._content_type = status, content_type
        self._lends = lends and self.alone
        return self

    def give(self, answer: bytes) -> None:
        if self._whole is not None:
            self.given = self._whole.write(self._status, self._fields(), answer, now=self.alone)

    def lend(self) -> Lent | None:
        if self._whole is None or not self._lends:
            return None
        return self._whole.lend(self._status, self._fields())

    def sent(self, answer: bytes, count: int) -> None:
        assert self._whole is not None
        self.given = True
        self._whole.sent(answer, count)

    def lost(self) -> bool:
        if self._whole is None or self._whole.lost():
            return True
        self.given = True
        return False

    def _fields(self) -> str:
        return f"content-type: {self._content_type}\r\nx-amzn-requestid: {self.request_id}\r\n"
