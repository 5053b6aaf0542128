"""Loops over all rows, in blocks that several threads share.

Above: `ranks`, `closeness`, `engine/exec/operators/count_paths`. Below: NumPy.
Blocks follow from the rows alone, and what they give comes in their order, so the number of threads
changes no result. A block is some milliseconds of work; cancellation is looked at between them.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from numpy.typing import NDArray

    from seaglass.engine.values.interrupt import Interrupt

Part = TypeVar("Part")

# Entries and rows of a block: 1 to 5 ms, against some 30 us that handing it to a thread costs.
_BLOCK_ENTRIES = 1 << 19
_SINGLE_THREAD = 1
ALL_PROCESSORS = 0


def spans_of(indptr: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of rows, of about equally many entries and rows together; none where there is no row."""
    rows = len(indptr) - 1
    work = np.asarray(indptr, np.int64) + np.arange(rows + 1)
    blocks = max(1, -(-int(work[-1]) // _BLOCK_ENTRIES))
    wanted = np.linspace(0, work[-1], blocks + 1)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(work, wanted[1:-1]), [rows]])).tolist()
    return list(itertools.pairwise(cuts))


class Blocks:
    """The blocks of some rows and the threads that work on them; a context manager."""

    def __init__(
        self, spans: list[tuple[int, int]], concurrency: int, interrupt: Interrupt
    ) -> None:
        """Args: spans: as `spans_of`; concurrency: 1 for one thread, else as many as processors"""
        self._spans = spans
        self._interrupt = interrupt
        threads = min(os.cpu_count() or 1, len(spans))
        single = concurrency == _SINGLE_THREAD or threads <= 1
        self._pool = None if single else ThreadPoolExecutor(threads, thread_name_prefix="algo")

    def __enter__(self) -> Blocks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def run(self, work: Callable[[tuple[int, int]], Part]) -> list[Part]:
        """What the work gives for each block, in their order.

        Raises: Interrupted(cancelled | timeout); the blocks that were begun are then finished first
        """
        if self._pool is None:
            parts: list[Part] = []
            for span in self._spans:
                self._interrupt.check()
                parts.append(work(span))
            return parts
        waiting = [self._pool.submit(work, span) for span in self._spans]
        for one in waiting:
            self._interrupt.check()
            one.exception()
        return [one.result() for one in waiting]


def entry_spans(
    links: tuple[NDArray[np.int64], NDArray[Any], NDArray[np.float64]],
) -> list[tuple[int, int]]:
    """Ranges of entries, each some milliseconds of work."""
    return [
        (begin, min(begin + _BLOCK_ENTRIES, len(links[1])))
        for begin in range(0, len(links[1]), _BLOCK_ENTRIES)
    ]
