"""A query's result: its rows as frames, as JSON bytes, or as Python dicts.

Above: programs, the worker. Below: records, exec/json, running.
A result of a reading query computes while it is read; a result of a writing query is complete, and what it wrote is
durable, when the caller gets it. The query stays in the table of running queries, and its version stays pinned, until
the result is read to its end, closed, or dropped.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Self

from seaglass.base.errors import Exhausted
from seaglass.engine.exec.json import render
from seaglass.engine.records import frame_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame


class Result:
    """Rows of one query, to be read once.

    Attributes: columns: their names, in the order of RETURN; query_id: its name in the table of queries
    """

    def __init__(
        self,
        query_id: str,
        columns: tuple[str, ...],
        frames: Iterator[Frame],
        context: Context,
        leave: Callable[[], None],
    ) -> None:
        self.query_id = query_id
        self.columns = columns
        self._frames = frames
        self._context = context
        # Runs once: at the end, on close, or when the last reference goes.
        self._leave = weakref.finalize(self, leave)

    def frames(self) -> Iterator[Frame]:
        """The rows in column form, in order.

        Raises: whatever the query raises: Interrupted(cancelled | timeout), Exhausted(memory), Invalid, …
        """
        try:
            yield from self._frames
        except MemoryError:
            raise memory_exhausted() from None
        finally:
            self._leave()

    def json(self) -> Iterator[bytes]:
        """The result as Neptune Analytics sends it: `{"results": [{…}, …]}`, in pieces.

        Raises: as frames
        """
        return render(self.columns, self.frames(), self._context)

    def rows(self) -> list[dict[str, Any]]:
        """All rows as dicts from column name to value.

        Raises: as frames
        """
        rows: list[dict[str, Any]] = []
        for frame in self.frames():
            rows += frame_records(frame, self.columns, self._context.version)
        return rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows as dicts, one at a time; Raises: as frames."""
        for frame in self.frames():
            yield from frame_records(frame, self.columns, self._context.version)

    def close(self) -> None:
        """Ends the query; harmless when repeated."""
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def memory_exhausted() -> Exhausted:
    """What a query that runs out of memory raises."""
    return Exhausted(
        "memory",
        "The query needs more memory than there is. Ask for less at once, e.g. with LIMIT.",
    )
