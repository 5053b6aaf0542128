"""Files that fail, and files that forget: disks as they are on bad days.

`FaultyFiles` passes operations on and fails the n-th one, once or from then on. `ForgetfulFiles` is
memory that knows which bytes, sizes and names have been synced; `after_power_loss` gives what a disk
would still have.

    for fail_at in itertools.count(1):
        files = FaultyFiles(inner, Fault(fail_at, "before", forever=False))
        … work, expect Unavailable if files.failed, check what must hold …
        if not files.failed: break

Above: tests of everything that writes. Below: base/files, base/memory_files.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Literal, TypeVar

from seaglass.base.errors import Unavailable
from seaglass.base.files import FILE_MODE, FOLDER_MODE
from seaglass.base.memory_files import MemoryFile, MemoryFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seaglass.base.clock import Clock
    from seaglass.base.files import AppendFile, FileLock, Files, FileStat
    from seaglass.base.staged import Staged

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Fault:
    """Which operation fails, and how.

    Args:
        at: number of the operation, from 1; 0 never
        how: "before" it has done anything; "torn": half of what is appended or laid out is written
            (other operations as before); "after" it has done everything
        forever: every operation from `at` on
    """

    at: int
    how: Literal["before", "torn", "after"]
    forever: bool


NO_FAULT = Fault(0, "before", forever=False)


class FaultyFiles:
    """Passes everything on to `inner`, but for one fault. Safe to share between threads."""

    def __init__(self, inner: Files, fault: Fault) -> None:
        self._inner = inner
        self._fault = fault
        self._guard = threading.Lock()
        self.count = 0
        self.failed = False

    def read(self, path: Path) -> bytes:
        return self.step("read", path, lambda: self._inner.read(path))

    def read_range(self, path: Path, offset: int, size_bytes: int) -> bytes:
        return self.step("read", path, lambda: self._inner.read_range(path, offset, size_bytes))

    def read_ahead(self, path: Path) -> bool:
        # Whatever fails there fails unseen.
        return self._inner.read_ahead(path)

    def write_atomic(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        self.place(path, data, mode)
        self.sync_folder(path.parent)

    def place(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        self.step("place", path, lambda: self._inner.place(path, data, mode))

    def write_over(self, path: Path, data: bytes) -> None:
        self.step("write over", path, lambda: self._inner.write_over(path, data))

    def place_all(self, files: Sequence[tuple[Path, bytes]]) -> None:
        for path, data in files:
            self.place(path, data)

    def create(self, path: Path, data: bytes, mode: int = FILE_MODE) -> bool:
        return self.step("create", path, lambda: self._inner.create(path, data, mode))

    def stage(self, path: Path, data: bytes, mode: int = FILE_MODE) -> Staged:
        staged = self.step("stage", path, lambda: self._inner.stage(path, data, mode))
        return _FaultyStaged(self, path, staged)

    def sync_folder(self, folder: Path) -> None:
        self.step("sync", folder, lambda: self._inner.sync_folder(folder))

    def sync_folders(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            self.sync_folder(folder)

    def open_append(self, path: Path) -> AppendFile:
        file = self.step("open", path, lambda: self._inner.open_append(path))
        return _FaultyAppendFile(self, path, file)

    def list(self, folder: Path) -> tuple[str, ...]:
        return self.step("list", folder, lambda: self._inner.list(folder))

    def list_temporary(self, folder: Path) -> tuple[str, ...]:
        return self.step("list", folder, lambda: self._inner.list_temporary(folder))

    def stat(self, path: Path) -> FileStat:
        return self.step("stat", path, lambda: self._inner.stat(path))

    def exists(self, path: Path) -> bool:
        return self.step("stat", path, lambda: self._inner.exists(path))

    def touch(self, path: Path) -> bool:
        return self.step("touch", path, lambda: self._inner.touch(path))

    def remove(self, path: Path) -> None:
        self.step("remove", path, lambda: self._inner.remove(path))

    def remove_tree(self, folder: Path) -> None:
        self.step("remove", folder, lambda: self._inner.remove_tree(folder))

    def rename(self, source: Path, target: Path) -> None:
        self.step("rename", source, lambda: self._inner.rename(source, target))

    def make_dir(self, folder: Path, mode: int = FOLDER_MODE) -> None:
        self.step("make", folder, lambda: self._inner.make_dir(folder, mode))

    def place_dir(self, folder: Path) -> None:
        self.step("make", folder, lambda: self._inner.place_dir(folder))

    def lock(self, path: Path) -> FileLock:
        taken: list[FileLock] = []

        def take() -> FileLock:
            taken.append(self._inner.lock(path))
            return taken[0]

        try:
            return self.step("lock", path, take)
        except Unavailable:
            # As in LocalFiles: a lock whose taking fails is not held.
            for lock in taken:
                lock.release()
            raise

    def close(self) -> None:
        self._inner.close()

    def step(
        self,
        verb: str,
        path: Path,
        act: Callable[[], _Result],
        half: Callable[[], object] | None = None,
    ) -> _Result:
        """Count one operation, and do it unless it is to fail."""
        with self._guard:
            self.count += 1
            number = self.count
            at = self._fault.at
            fails = at > 0 and (number == at or (self._fault.forever and number > at))
            self.failed = self.failed or fails
        if not fails:
            return act()
        if self._fault.how == "after":
            act()
        if self._fault.how == "torn" and half is not None:
            half()
        raise Unavailable("storage", f"injected failure of operation {number}: {verb} {path}")


class _FaultyStaged:
    def __init__(self, files: FaultyFiles, path: Path, inner: Staged) -> None:
        self._files = files
        self._path = path
        self._inner = inner

    def place(self) -> None:
        self._files.step("place", self._path, self._inner.place)

    def create(self) -> bool:
        return self._files.step("create", self._path, self._inner.create)

    def drop(self) -> None:
        self._inner.drop()


class _FaultyAppendFile:
    def __init__(self, files: FaultyFiles, path: Path, inner: AppendFile) -> None:
        self._files = files
        self._path = path
        self._inner = inner

    def write(self, data: bytes) -> None:
        self._files.step(
            "append to",
            self._path,
            lambda: self._inner.write(data),
            lambda: self._inner.write(data[: len(data) // 2]),
        )

    def lay_out(self, size_bytes: int) -> None:
        self._files.step(
            "lay out",
            self._path,
            lambda: self._inner.lay_out(size_bytes),
            lambda: self._inner.lay_out(size_bytes // 2),
        )

    def sync(self) -> None:
        self._files.step("sync", self._path, self._inner.sync)

    def truncate(self, size_bytes: int) -> None:
        self._files.step("truncate", self._path, lambda: self._inner.truncate(size_bytes))

    def close(self) -> None:
        self._inner.close()


class ForgetfulFiles(MemoryFiles):
    """Files in memory that remember what has been synced."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._durable_files: dict[Path, MemoryFile] = {}
        self._durable_folders: set[Path] = set()

    def sync_folder(self, folder: Path) -> None:
        with self._guard:
            super().sync_folder(folder)
            for path in [p for p in self._durable_files if p.parent == folder]:
                del self._durable_files[path]
            self._durable_files |= {p: f for p, f in self.tree.items() if p.parent == folder}
            self._durable_folders -= {p for p in self._durable_folders if p.parent == folder}
            self._durable_folders |= {p for p in self.folders if p.parent == folder}

    def after_power_loss(
        self, unsynced: Literal["lost", "torn", "kept"] | Random
    ) -> ForgetfulFiles:
        """What is still there: synced names, and of each file the synced bytes.

        Args: unsynced: how much of the bytes after the synced ones is there by luck. Chance decides
            for each name and each block by itself, so that what was written later may be there and
            what was written earlier not.
        """
        with self._guard:
            left = ForgetfulFiles(self._clock)
            left.folders = {p for p in self._durable_folders if self._reaches_root(p)}
            names = self._durable_files
            if isinstance(unsynced, Random):
                names = self._names_by_chance(unsynced)
            for path, file in names.items():
                if path.parent in left.folders:
                    left.tree[path] = _after_power_loss(file, unsynced)
            left._durable_files = dict(left.tree)
            left._durable_folders = set(left.folders)
            return left

    def after_kill(self) -> ForgetfulFiles:
        """What another process finds when this one was killed: everything, and no locks."""
        with self._guard:
            left = ForgetfulFiles(self._clock)
            copies = {
                id(file): replace(file, content=bytearray(file.content))
                for file in (*self.tree.values(), *self._durable_files.values())
            }
            left.tree = {path: copies[id(file)] for path, file in self.tree.items()}
            left.folders = set(self.folders)
            left._durable_files = {p: copies[id(file)] for p, file in self._durable_files.items()}
            left._durable_folders = set(self._durable_folders)
            return left

    def _names_by_chance(self, chance: Random) -> dict[Path, MemoryFile]:
        """For each name that was made or removed and not synced: as before, or as after."""
        names = dict(self._durable_files)
        for path in sorted({*names, *self.tree}):
            after = self.tree.get(path)
            if after is names.get(path) or chance.random() < 0.5:
                continue
            if after is None:
                del names[path]
            else:
                names[path] = after
        return names

    def _reaches_root(self, folder: Path) -> bool:
        return all(p in self._durable_folders for p in (folder, *folder.parents))

    def _rename_folder(self, source: Path, target: Path) -> None:
        super()._rename_folder(source, target)
        for path in [p for p in self._durable_files if p.is_relative_to(source)]:
            moved = target / path.relative_to(source)
            self._durable_files[moved] = self._durable_files.pop(path)
        inside = {p for p in self._durable_folders if p.is_relative_to(source)}
        self._durable_folders -= inside
        self._durable_folders |= {target / p.relative_to(source) for p in inside}


# What a disk writes at once.
_BLOCK_BYTES = 512


def _after_power_loss(
    file: MemoryFile, unsynced: Literal["lost", "torn", "kept"] | Random
) -> MemoryFile:
    """One file: the synced bytes, some of the others, and zeros up to the synced size."""
    synced, written = file.synced_bytes, len(file.content)
    size = file.synced_size
    if isinstance(unsynced, Random):
        content = file.content[
            : unsynced.choice([synced, written, unsynced.randint(synced, written)])
        ]
        size = unsynced.choice([size, file.size_bytes])
        if unsynced.random() < 0.5:
            # The file has its length, and some of its blocks never came.
            for start in range(synced, len(content), _BLOCK_BYTES):
                if unsynced.random() < 0.5:
                    stop = min(start + _BLOCK_BYTES, len(content))
                    content[start:stop] = bytes(stop - start)
    else:
        luck = {"lost": 0, "torn": (written - synced) * 2 // 3, "kept": written - synced}[unsynced]
        content = file.content[: synced + luck]
        size = file.size_bytes if unsynced == "kept" else size
    zeros = max(0, size - len(content))
    return MemoryFile(content, file.modified, len(content), zeros, len(content) + zeros)
