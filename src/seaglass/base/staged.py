"""Files whose bytes are there, and whose names are not yet: so the slow part comes before what they wait for.

Above: files. Below: os_errors.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from seaglass.base.os_errors import os_errors

if TYPE_CHECKING:
    from pathlib import Path


class Staged(Protocol):
    """A file that waits for its name. One thread at a time; named or dropped once."""

    def place(self) -> None:
        """Give it the name, in place of what has it; durable after `sync_folder`."""
        ...

    def create(self) -> bool:
        """Give it the name unless it is taken; False if it is. Safe between processes; durable after
        `sync_folder`."""
        ...

    def drop(self) -> None:
        """Give the bytes up; harmless when it has its name."""
        ...


class LocalStaged:
    """One under a temporary name, its bytes synced."""

    __slots__ = ("_path", "_temporary")

    def __init__(self, path: Path, temporary: Path) -> None:
        self._path = path
        self._temporary: Path | None = temporary

    def place(self) -> None:
        with os_errors("write", self._path):
            try:
                os.rename(self._given(), self._path)
            except OSError:
                self.drop()
                raise
            self._temporary = None

    def create(self) -> bool:
        with os_errors("write", self._path):
            try:
                # A hard link, unlike a rename, fails when the name is taken.
                os.link(self._given(), self._path)
            except FileExistsError:
                return False
            finally:
                self.drop()
        return True

    def drop(self) -> None:
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            unlink_quietly(temporary)

    def _given(self) -> Path:
        assert self._temporary is not None, "a staged file is named once"
        return self._temporary


def is_temporary(name: str) -> bool:
    """Whether a name is that of a file that is being written, or of whose writer has died."""
    return name.startswith(".") and name.endswith(".tmp")


def unlink_quietly(path: Path) -> None:
    """Remove a temporary file, if that can be."""
    try:
        os.unlink(path)
    except OSError:
        # One that stays costs space only; the error that brought us here matters more.
        pass
