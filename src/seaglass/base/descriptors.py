"""What `files` does with an open file: whole reads and writes.

Above: files. Below: the operating system.
"""

from __future__ import annotations

import ctypes
import os

# Linux has it, and Python no word for it.
_sync_file_range = getattr(ctypes.CDLL(None), "sync_file_range", None)
if _sync_file_range is not None:
    _sync_file_range.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
_SYNC_FILE_RANGE_WRITE = 2


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


def start_writing(descriptor: int) -> None:
    """Have the system write a file's bytes now, without waiting; a sync must follow in any case."""
    if _sync_file_range is not None:
        _sync_file_range(descriptor, 0, 0, _SYNC_FILE_RANGE_WRITE)
