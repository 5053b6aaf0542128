"""What `files` does with an open file: whole reads and writes.

Above: files, memory_files. Below: the operating system, base/errors.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict

if TYPE_CHECKING:
    from pathlib import Path

# Linux has it, and Python no word for it.
_sync_file_range = getattr(ctypes.CDLL(None), "sync_file_range", None)
if _sync_file_range is not None:
    _sync_file_range.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
_SYNC_FILE_RANGE_WRITE = 2
# Without it there is no reading ahead.
_NOWAIT: int = getattr(os, "RWF_NOWAIT", 0)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data` at the descriptor's place. Raises: OSError; some of it may be there then."""
    written = os.write(descriptor, data)
    if written < len(data):
        rest = memoryview(data)
        while written < len(data):
            written += os.write(descriptor, rest[written:])


def read_all(descriptor: int, offset: int, size_bytes: int) -> bytes:
    """Up to `size_bytes` from `offset`; fewer at the end of the file only."""
    data = os.pread(descriptor, size_bytes, offset)
    if len(data) == size_bytes:
        return data
    parts = [data]
    read = len(data)
    while read < size_bytes and parts[-1]:
        parts.append(os.pread(descriptor, size_bytes - read, offset + read))
        read += len(parts[-1])
    return b"".join(parts)


def read_through(path: Path) -> bool:
    """Have the system read a file of which the end is not in its memory; whether it did."""
    if not _NOWAIT:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        size_bytes = os.fstat(descriptor).st_size
        if size_bytes == 0 or _in_memory(descriptor, size_bytes - 1):
            return False
        with open(os.devnull, "wb", buffering=0) as nowhere:
            offset = 0
            # Nothing is copied.
            while sent := os.sendfile(nowhere.fileno(), descriptor, offset, size_bytes - offset):
                offset += sent
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _in_memory(descriptor: int, offset: int) -> bool:
    try:
        return os.preadv(descriptor, [bytearray(1)], offset, _NOWAIT) == 1
    except BlockingIOError:
        return False


def start_writing(descriptor: int) -> None:
    """Have the system write a file's bytes now, without waiting; a sync must follow in any case."""
    if _sync_file_range is not None:
        _sync_file_range(descriptor, 0, 0, _SYNC_FILE_RANGE_WRITE)


class OpenLock:
    """A lock that lasts as long as a descriptor is open."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.release()


def locked(path: Path, owner: str) -> Conflict:
    """Say who holds a lock."""
    if owner == str(os.getpid()):
        return Conflict(
            "state", f"{path.parent} is open in this process. Use that one, or close it first."
        )
    return Conflict("state", f"{path.parent} is in use by another process (pid {owner})")
