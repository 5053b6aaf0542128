"""Numba loops: arrays in, arrays out; imports nothing of ours outside this room.

What Numba has compiled is kept in files for the next process. A disk that takes no files, or gives none,
costs the time to compile, and must not cost a query its answer.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from numba.core.caching import Cache

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _without_files(self: object) -> Iterator[None]:
    del self
    with suppress(OSError):
        yield


# Numba has it for one error of one system.
Cache._guard_against_spurious_io_errors = _without_files  # type: ignore[method-assign]  # noqa: SLF001
