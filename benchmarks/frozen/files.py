"""Copies of files that survive a power cut, and what files occupy. Nothing but the standard library."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def copy_durably(source: Path, target: Path) -> int:
    """`cp -r`, then an fsync of each file and folder; the bytes that were copied."""
    subprocess.run(["cp", "-r", source, target], check=True)
    for path in (*below(target), target.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return bytes_of(target)


def bytes_of(path: Path) -> int:
    """The bytes of a file, or of all files below a folder."""
    return sum(each.stat().st_size for each in below(path) if each.is_file())


def below(path: Path) -> Iterator[Path]:
    """A file or folder, and everything in it."""
    yield path
    if path.is_dir():
        yield from path.rglob("*")
