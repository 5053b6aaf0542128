"""Tasks that begin at once, and not in the next turn of the loop.

Above: patience. Below: asyncio. A request whose body is there needs nothing more until its query is on the way to
the worker. A task of asyncio's begins in a later turn of the loop; this one does its first step in the call that
makes it. Event loop only, and not in a task.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any


def begin(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Do the first step of a task, up to where it waits for something; the loop does the others."""
    begun = _Begun(work)
    context = contextvars.copy_context()
    task = loop.create_task(begun, context=context)
    # As asyncio's documentation has it for those who make tasks of their own: `current_task` is right.
    asyncio.tasks._enter_task(loop, task)  # noqa: SLF001
    try:
        context.run(begun.first)
    finally:
        asyncio.tasks._leave_task(loop, task)  # noqa: SLF001
    return task


class _Begun(Coroutine[Any, Any, None]):
    """Work that has begun, for its task, which hears then what came of the first step."""

    __slots__ = ("_awaited", "_ended", "_fresh", "_work")

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = work
        self._fresh = True
        self._awaited: object = None
        self._ended: BaseException | None = None

    def first(self) -> None:
        """Do the first step."""
        try:
            self._awaited = self._work.send(None)
        except BaseException as ended:
            self._ended = ended

    def send(self, value: Any) -> Any:
        if not self._fresh:
            return self._work.send(value)
        self._fresh = False
        if self._ended is not None:
            raise self._ended
        awaited, self._awaited = self._awaited, None
        return awaited

    def throw(self, kind: Any, value: Any = None, traceback: Any = None) -> Any:
        del traceback
        self._fresh = False
        if self._ended is not None:
            # There is nothing to cancel any more.
            raise self._ended
        return self._work.throw(kind if value is None else value)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Any:
        raise AssertionError("it is its task's alone")
