"""Replies that leave as soon as the answer is there, before the request's task has its next turn.

Above: chain, operations. Below: whole, which writes them. The worker's answer to most queries comes
in one piece; whoever hears it gives it to the client, and the task, which is told of it next, puts
the server's own things in order meanwhile. Event loop only.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from seaglass.server.service.whole import REPLY, WRITE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Scope

    from seaglass.server.service.whole import WriteReply

_NONE: Mapping[str, Any] = {}


class Prompt:
    """The reply to one request.

    Attributes: request_id: which every reply carries
    given: whether it has left; then nothing more may be sent
    """

    __slots__ = ("_write", "given", "request_id")

    def __init__(self, scope: Scope, request_id: str) -> None:
        self.request_id: Final = request_id
        self.given = False
        extension = scope.get("extensions", _NONE).get(REPLY, _NONE)
        self._write: WriteReply | None = extension.get(WRITE)

    def of(self, status: int, content_type: str) -> Callable[[bytes], None]:
        """What takes the body of the reply, and sends it now, if that can be."""
        return partial(self._give, status, content_type)

    def _give(self, status: int, content_type: str, body: bytes) -> None:
        if self._write is not None:
            fields = (
                f"content-type: {content_type}\r\ncontent-length: {len(body)}\r\n"
                f"x-amzn-requestid: {self.request_id}\r\n"
            )
            self.given = self._write(status, fields.encode("latin-1"), body)
