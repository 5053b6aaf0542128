"""Writes that a client may send again: each is run once, and every sending gets the one answer.

Above: `graph`. Below: server.control.ports. AWS SDKs repeat a request by themselves when its answer
is an error of the server or does not come, under the same invocation id. A sending waits for the one
before it, and gets its answer, if it has one. If it has none, whoever runs the query asks the worker
first whether it was committed.

Answers are kept for a while, so many and so large in all; what is forgotten here the worker still
knows, but for the rows. Event loop only.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from seaglass.base.errors import Interrupted
from seaglass.server.control.ports import Last

# Answers of one graph that are kept: longer than SDKs go on trying, as many as the quickest
# clients get in half a minute, and what is no burden beside a graph.
ANSWERS_SECONDS_MAX = 300.0
ANSWERS_MAX = 65_536
ANSWERS_BYTES_MAX = 16 << 20
# A larger one is not kept.
ANSWER_BYTES_MAX = 64 << 10


class Write:
    """One write, in hand or answered.

    Attributes: call_id: of all its sendings
    answer: all of its bytes, once it has ended well and they are few enough
    whole: whether all of the answer has been heard
    again: whether another sending has been in hand before this one
    left: whether its client has gone away, and somebody else hears how it ends
    """

    __slots__ = (
        "_parts",
        "_size",
        "again",
        "answer",
        "call_id",
        "ended_at",
        "left",
        "waiting",
        "whole",
    )

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.answer: bytes | None = None
        self.again = False
        self.whole = False
        self.left = False
        self.ended_at = 0.0
        self.waiting: list[asyncio.Future[None]] = []
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Take the next part of the answer."""
        self._size += len(part)
        self.whole = isinstance(part, Last)
        if self._size <= ANSWER_BYTES_MAX:
            self._parts.append(part)

    def begin(self) -> None:
        """Be in hand, again perhaps."""
        self.left = self.whole = False
        self._parts, self._size = [], 0

    def end(self, *, well: bool) -> None:
        """Have ended."""
        if well and self._size <= ANSWER_BYTES_MAX:
            self.answer = b"".join(self._parts)
        self.again = True
        self._parts = []
        waiting, self.waiting = self.waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)


class Writes:
    """The writes of one graph that clients may send again."""

    def __init__(self) -> None:
        self._in_hand: dict[str, Write] = {}
        # In the order in which they ended.
        self._ended: OrderedDict[str, Write] = OrderedDict()
        self._bytes = 0

    async def free(self, call_id: str, timeout_ms: int) -> None:
        """Wait until no sending of a call is in hand. Raises: Interrupted(timeout)."""
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                while (write := self._in_hand.get(call_id)) is not None:
                    turn = asyncio.get_running_loop().create_future()
                    write.waiting.append(turn)
                    await turn
        except TimeoutError:
            raise Interrupted(
                "timeout",
                f"The same request was sent before, and is still being worked on after {timeout_ms} "
                "ms. Give it more time.",
            ) from None

    def busy(self, call_id: str) -> bool:
        """Whether a sending of a call is in hand."""
        return call_id in self._in_hand

    def begin(self, call_id: str) -> Write:
        """Take the write of a call in hand, or find its answer. Whoever takes it must `end` it."""
        assert call_id not in self._in_hand
        write = self._ended.get(call_id)
        if write is None:
            write = Write(call_id)
        elif write.answer is None:
            del self._ended[call_id]
        else:
            return write
        write.begin()
        self._in_hand[call_id] = write
        return write

    def end(self, write: Write, *, well: bool) -> None:
        """Let go of a write."""
        if self._in_hand.pop(write.call_id, None) is None:
            # Its answer was there before.
            return
        write.end(well=well)
        write.ended_at = asyncio.get_running_loop().time()
        self._ended[write.call_id] = write
        self._bytes += len(write.answer or b"")
        self._forget(write.ended_at - ANSWERS_SECONDS_MAX)

    def _forget(self, before: float) -> None:
        """Forget what ended long ago, or is too much."""
        ended = self._ended
        while ended:
            oldest = next(iter(ended.values()))
            enough = len(ended) <= ANSWERS_MAX and self._bytes <= ANSWERS_BYTES_MAX
            if enough and oldest.ended_at >= before:
                return
            ended.popitem(last=False)
            self._bytes -= len(oldest.answer or b"")
