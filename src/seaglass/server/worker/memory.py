"""The memory guard of a worker: it ends queries, then the process, before the machine has to.

Above: `serve`, `engine`. Below: link.limits. It is the second line of defence: queries count what they
keep, and one that asks for more than there is fails by itself (engine/memory). The guard looks at
the resident size of the process. Past the limit it cancels the queries in hand; a size that stays
past the limit ends the process, which recovers from its log. Without a limit it only asks the
kernel to take workers before the front, should the machine run out.
"""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.server.link.limits import EXIT_OUT_OF_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.1
# Looks past the limit, after the queries were cancelled, before the process is given up.
LOOKS_MAX = 20
# The kernel's scale goes from -1000 (never) to 1000 (first).
_OOM_SCORE = "500"


def prefer_as_victim() -> None:
    """Have the kernel take this process before the front when the machine's memory runs out."""
    try:
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    except OSError:
        # Not Linux, or not allowed: only the order of victims is lost.
        pass


def resident_bytes() -> int:
    """Memory that this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        # Where there is no /proc the peak is the best that is known; macOS gives it in bytes.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * os.sysconf("SC_PAGE_SIZE")


def free_unused() -> None:
    """Give the system back what allocators hold for nothing."""
    import ctypes
    import gc

    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        # Not glibc: its allocator decides alone.
        pass


class Pressure:
    """Decides, look by look, what a resident size calls for."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._looks = 0

    def look(self, size_bytes: int) -> str:
        """Return "calm", "cancel" or "end"."""
        if size_bytes <= self._limit_bytes:
            self._looks = 0
            return "calm"
        self._looks += 1
        return "end" if self._looks > LOOKS_MAX else "cancel"


def guard(limit_bytes: int, free_memory: Callable[[], bool]) -> None:
    """Watch the size of this process from a thread, for as long as it lives."""
    pressure = Pressure(limit_bytes)

    def watch() -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_SECONDS):
            match pressure.look(resident_bytes()):
                case "cancel":
                    free_memory()
                case "end":
                    os._exit(EXIT_OUT_OF_MEMORY)

    threading.Thread(target=watch, name="memory-guard", daemon=True).start()
