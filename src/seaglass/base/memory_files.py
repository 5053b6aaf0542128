"""Files in memory: what `--in-memory` and most tests run on.

Above: whoever takes a `Files`. Below: `base/files` (the protocol), `base/clock` (times of change),
`base/descriptors` (what is said of a lock).
Invariants: behaves as `LocalFiles` does, locks and errors included (the contract suite runs on
both). `synced_bytes` and `synced_size` say what of a file would outlive a power loss; the test kit
builds on it.
"""

from __future__ import annotations

import itertools
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaglass.base.clock import SystemClock
from seaglass.base.descriptors import locked
from seaglass.base.errors import NotFound, Unavailable
from seaglass.base.files import FILE_MODE, FOLDER_MODE, FileStat

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seaglass.base.clock import Clock
    from seaglass.base.files import AppendFile, FileLock
    from seaglass.base.staged import Staged


_numbers = itertools.count(1)


@dataclass(slots=True)
class MemoryFile:
    """One file of a `MemoryFiles`.

    Attributes: content: what was written; zeros: how many are laid out after it; synced_bytes: so many
        of the content would outlive a power loss; synced_size: and the file would have this size then;
        number: no other file has it
    """

    content: bytearray
    modified: float
    synced_bytes: int
    zeros: int = 0
    synced_size: int = 0
    number: int = field(default_factory=_numbers.__next__)

    def read(self, offset: int, size_bytes: int) -> bytes:
        """Up to `size_bytes` from `offset`; fewer at the end of the file."""
        found = bytes(self.content[offset : offset + size_bytes])
        after = min(offset + size_bytes, len(self.content) + self.zeros) - offset - len(found)
        return found + bytes(after) if after > 0 else found

    @property
    def size_bytes(self) -> int:
        """With the zeros."""
        return len(self.content) + self.zeros


class MemoryFiles:
    """A tree of files in memory, for `--in-memory` and for tests. Safe to share between threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock: Clock = clock if clock is not None else SystemClock()
        self._guard = threading.RLock()
        self._locks: set[Path] = set()
        self.tree: dict[Path, MemoryFile] = {}
        self.folders: set[Path] = set()

    def read(self, path: Path) -> bytes:
        with self._guard:
            file = self._found(path, "read")
            return file.read(0, file.size_bytes)

    def read_range(self, path: Path, offset: int, size_bytes: int) -> bytes:
        with self._guard:
            return self._found(path, "read").read(offset, size_bytes)

    def read_ahead(self, path: Path) -> bool:  # noqa: ARG002
        return False

    def write_atomic(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        with self._guard:
            self.place(path, data, mode)
            self.sync_folder(path.parent)

    def place(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:  # noqa: ARG002
        with self._guard:
            self._check_folder(path.parent, "write", path)
            if path in self.folders:
                raise Unavailable("storage", f"cannot write {path}: it is a folder")
            self.tree[path] = MemoryFile(bytearray(data), self._clock.now(), len(data))

    def write_over(self, path: Path, data: bytes) -> None:
        with self._guard:
            file = self._found(path, "write")
            file.content[:] = data
            file.zeros = 0
            file.synced_bytes = file.synced_size = len(data)
            file.modified = self._clock.now()

    def place_all(self, files: Sequence[tuple[Path, bytes]]) -> None:
        for path, data in files:
            self.place(path, data)

    def create(self, path: Path, data: bytes, mode: int = FILE_MODE) -> bool:  # noqa: ARG002
        with self._guard:
            if not self.create_unsynced(path, data):
                return False
            self.sync_folder(path.parent)
            return True

    def stage(self, path: Path, data: bytes, mode: int = FILE_MODE) -> Staged:  # noqa: ARG002
        with self._guard:
            self._check_folder(path.parent, "write", path)
            return _MemoryStaged(self, path, data)

    def sync_folder(self, folder: Path) -> None:
        with self._guard:
            self._check_folder(folder, "sync", folder)

    def sync_folders(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            self.sync_folder(folder)

    def open_append(self, path: Path) -> AppendFile:
        with self._guard:
            self._check_folder(path.parent, "open", path)
            if path not in self.tree:
                self.tree[path] = MemoryFile(bytearray(), self._clock.now(), 0)
                self.sync_folder(path.parent)
            file = self.tree[path]
            file.content += bytes(file.zeros)
            file.zeros = 0
            return _MemoryAppendFile(file, self._clock, self._guard)

    def list(self, folder: Path) -> tuple[str, ...]:
        with self._guard:
            self._check_folder(folder, "list", folder)
            inside = itertools.chain(self.tree, self.folders)
            return tuple(sorted(p.name for p in inside if p.parent == folder and p != folder))

    def list_temporary(self, folder: Path) -> tuple[str, ...]:
        with self._guard:
            self._check_folder(folder, "list", folder)
            return ()

    def stat(self, path: Path) -> FileStat:
        with self._guard:
            if path in self.folders:
                return FileStat(size_bytes=0, modified=0.0, number=0)
            file = self._found(path, "look at")
            return FileStat(file.size_bytes, file.modified, file.number)

    def exists(self, path: Path) -> bool:
        with self._guard:
            return path in self.tree or path in self.folders

    def touch(self, path: Path) -> bool:
        with self._guard:
            file = self.tree.get(path)
            if file is None:
                return False
            file.modified = self._clock.now()
            return True

    def remove(self, path: Path) -> None:
        with self._guard:
            self._found(path, "remove")
            del self.tree[path]

    def remove_tree(self, folder: Path) -> None:
        with self._guard:
            self._check_folder(folder, "remove", folder)
            for path in [p for p in self.tree if p.is_relative_to(folder)]:
                del self.tree[path]
            self.folders -= {p for p in self.folders if p.is_relative_to(folder)}

    def rename(self, source: Path, target: Path) -> None:
        with self._guard:
            self._check_folder(target.parent, "rename", source)
            if source in self.folders:
                self._rename_folder(source, target)
            else:
                file = self._found(source, "rename")
                del self.tree[source]
                self.tree[target] = file
            self.sync_folder(target.parent)
            if source.parent != target.parent:
                self.sync_folder(source.parent)

    def make_dir(self, folder: Path, mode: int = FOLDER_MODE) -> None:  # noqa: ARG002
        with self._guard:
            if folder in self.tree:
                raise Unavailable("storage", f"cannot make the folder {folder}: it is a file")
            if folder in self.folders:
                return
            if folder.parent != folder:
                self.make_dir(folder.parent)
            self.folders.add(folder)
            self.sync_folder(folder.parent)

    def place_dir(self, folder: Path) -> None:
        with self._guard:
            if folder in self.tree:
                raise Unavailable("storage", f"cannot make the folder {folder}: it is a file")
            self._check_folder(folder.parent, "make the folder", folder)
            self.folders.add(folder)

    def lock(self, path: Path) -> FileLock:
        with self._guard:
            self._check_folder(path.parent, "lock", path)
            if path in self._locks:
                raise locked(path, str(os.getpid()))
            self._locks.add(path)
            self.tree.setdefault(path, MemoryFile(bytearray(), self._clock.now(), 0))
            return _MemoryLock(path, self._locks)

    def close(self) -> None:
        """No thread is kept."""

    def create_unsynced(self, path: Path, data: bytes) -> bool:
        """Place a file unless the name is taken."""
        with self._guard:
            if self.exists(path):
                return False
            self.place(path, data)
            return True

    def _found(self, path: Path, verb: str) -> MemoryFile:
        file = self.tree.get(path)
        if file is None:
            raise NotFound("object", f"cannot {verb} {path}: it does not exist")
        return file

    def _check_folder(self, folder: Path, verb: str, path: Path) -> None:
        if folder not in self.folders:
            missing = "it" if folder == path else f"the folder {folder}"
            raise NotFound("object", f"cannot {verb} {path}: {missing} does not exist")

    def _rename_folder(self, source: Path, target: Path) -> None:
        for path in [p for p in self.tree if p.is_relative_to(source)]:
            self.tree[target / path.relative_to(source)] = self.tree.pop(path)
        moved = {p for p in self.folders if p.is_relative_to(source)}
        self.folders -= moved
        self.folders |= {target / p.relative_to(source) for p in moved}


class _MemoryStaged:
    """Bytes that are not in the tree."""

    __slots__ = ("_data", "_files", "_path")

    def __init__(self, files: MemoryFiles, path: Path, data: bytes) -> None:
        self._files = files
        self._path = path
        self._data = data

    def place(self) -> None:
        self._files.place(self._path, self._data)

    def create(self) -> bool:
        return self._files.create_unsynced(self._path, self._data)

    def drop(self) -> None:
        """Nothing is anywhere."""


class _MemoryAppendFile:
    __slots__ = ("_clock", "_file", "_guard")

    def __init__(self, file: MemoryFile, clock: Clock, guard: threading.RLock) -> None:
        self._file = file
        self._clock = clock
        self._guard = guard

    def write(self, data: bytes) -> None:
        with self._guard:
            self._file.content += data
            self._file.zeros = max(0, self._file.zeros - len(data))
            self._file.modified = self._clock.now()

    def lay_out(self, size_bytes: int) -> None:
        with self._guard:
            self._file.zeros = max(self._file.zeros, size_bytes)

    def sync(self) -> None:
        with self._guard:
            self._file.synced_bytes = len(self._file.content)
            self._file.synced_size = self._file.size_bytes

    def truncate(self, size_bytes: int) -> None:
        with self._guard:
            self._file.zeros = max(
                0, min(self._file.size_bytes, size_bytes) - len(self._file.content)
            )
            del self._file.content[size_bytes:]
            self._file.synced_bytes = min(self._file.synced_bytes, size_bytes)

    def close(self) -> None:
        pass


class _MemoryLock:
    __slots__ = ("_locks", "_path")

    def __init__(self, path: Path, locks: set[Path]) -> None:
        self._path = path
        self._locks = locks

    def release(self) -> None:
        # A second release must not open a lock that someone else has taken in the meantime.
        locks, self._locks = self._locks, set()
        locks.discard(self._path)
