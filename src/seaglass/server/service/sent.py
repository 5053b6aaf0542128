"""What a client sent, and which call of its program that belongs to.

Above: chain, operations. Below: control's ports. AWS SDKs send a request again when its answer is
an error of the server or does not come. All sendings of one call have one `amz-sdk-invocation-id`,
and say in `amz-sdk-request` which they are, as in `attempt=2; max=4`.
"""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from seaglass.server.control.ports import Call
from seaglass.server.service.messages import INLINE_BYTES_MAX, looked_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seaglass.base.owner import Owner
    from seaglass.server.service.prompt import Prompt

INVOCATION = "amz-sdk-invocation-id"
ATTEMPT = "amz-sdk-request"
# As nearly every request says.
_FIRST = "attempt=1"
_ATTEMPT = re.compile(r"attempt=([0-9]{1,9})(?:;|$)")


class Sent:
    """One request as it came, and its reply. Args: headers: by name, in lower case"""

    __slots__ = ("_body", "_headers", "prompt")

    def __init__(self, headers: Mapping[str, str], body: bytes | bytearray, prompt: Prompt) -> None:
        self._headers: Final = headers
        self._body: Final = body
        self.prompt: Final = prompt

    async def call(self, owner: Owner, graph_id: str, withheld: Iterable[str]) -> Call | None:
        """Which call on a graph it belongs to; None where the client does not say.

        Whoever sends another body under the same id, or has other rights, means another call.
        """
        invocation = self._headers.get(INVOCATION)
        if not invocation:
            return None
        digest = hashlib.blake2b(digest_size=16)
        if len(self._body) < INLINE_BYTES_MAX:
            digest.update(self._body)
        else:
            await looked_at(self._body, partial(digest.update, self._body))
        parts = (owner.account_id, owner.region, graph_id, *withheld, invocation)
        digest.update("\n".join(parts).encode("utf-8", "surrogatepass"))
        made = digest.hexdigest()
        attempt = self._headers.get(ATTEMPT, "")
        # In the shape of all query ids.
        call_id = "-".join((made[:8], made[8:12], made[12:16], made[16:20], made[20:]))
        return Call(call_id, 1 if attempt == _FIRST else _attempt_of(attempt))


def _attempt_of(text: str) -> int:
    said = _ATTEMPT.search(text)
    return 1 if said is None else int(said[1])
