"""Files: with `descriptors`, all that asks the operating system to read, write, sync, rename or lock.

Above: `storage/*` and `engine` take a `Files`, so that tests can pass a faulty or forgetful one;
`base/memory_files` is the same tree in memory. Below:
`base/descriptors`, `base/staged`, `base/helpers`, `base/os_errors`, `base/errors`, `base/pace`.

Invariants
- Names and bytes are made durable apart. `place` (and `place_all`) leaves a file whole under its
  name, its bytes synced; the name itself, that of a `place_dir` and that of a staged file is durable
  after `sync_folder`. `write_atomic`, `create`, `rename`, `make_dir` and a first `open_append` sync
  the folder too. `remove` is durable after `sync_folder`.
- A reader finds the old content or the new one, never a mixture.
- Names that start with `.` and end with `.tmp` belong to writes in flight, or to writers that
  died; `list` hides them.
- Every failure is one of ours: NotFound("object"), Exhausted("storage") when space is short,
  Unavailable("storage") otherwise, Conflict("state") for a lock that someone holds. A caller sees
  no OSError.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from seaglass.base.descriptors import (
    OpenLock,
    locked,
    read_all,
    read_through,
    start_writing,
    write_all,
)
from seaglass.base.errors import SeaglassError
from seaglass.base.helpers import Helpers
from seaglass.base.limits import SYNC_THREADS
from seaglass.base.os_errors import os_errors, translated
from seaglass.base.pace import breathe, crowded
from seaglass.base.staged import LocalStaged, is_temporary, unlink_quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seaglass.base.staged import Staged

FILE_MODE = 0o644
FOLDER_MODE = 0o755
PRIVATE_FILE_MODE = 0o600
PRIVATE_FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class FileStat:
    """What is known of a file without reading it.

    Args: modified: in epoch seconds, no finer than the system's clock goes; number: another one for a file
        that takes the name of this one
    """

    size_bytes: int
    modified: float
    number: int


class AppendFile(Protocol):
    """A file that grows at its end. One thread at a time."""

    def write(self, data: bytes) -> None:
        """Add all of `data`; after an error some of it may be there."""
        ...

    def lay_out(self, size_bytes: int) -> None:
        """Write zeros after the end, which the writes that follow replace: where they are durable, a
        sync has no new size to keep. After an error some are there. Whoever opens the file next
        finds its end after them."""
        ...

    def sync(self) -> None:
        """Make everything written so far durable. After an error nothing is known about it."""
        ...

    def truncate(self, size_bytes: int) -> None:
        """Cut the file to `size_bytes`; durable after `sync`."""
        ...

    def close(self) -> None:
        """Let go of the file, without a sync; harmless when repeated."""
        ...


class FileLock(Protocol):
    """A held exclusive lock."""

    def release(self) -> None:
        """Give the lock up; harmless when repeated."""
        ...


class SharedFiles(Protocol):
    """What refs and domains need of files: small ones, written whole. A bucket has them too."""

    def read(self, path: Path) -> bytes:
        """The whole file."""
        ...

    def write_atomic(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        """Replace the file, durably."""
        ...

    def create(self, path: Path, data: bytes, mode: int = FILE_MODE) -> bool:
        """Write the file durably unless it exists; False if it does. Safe between processes."""
        ...

    def stage(self, path: Path, data: bytes, mode: int = FILE_MODE) -> Staged:
        """Write the bytes of a file whose name is to come later."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Make names added to and removed from `folder` durable."""
        ...

    def list(self, folder: Path) -> tuple[str, ...]:
        """Names in `folder`, sorted, without temporary ones."""
        ...

    def exists(self, path: Path) -> bool:
        """Whether a file or folder of that name is there."""
        ...

    def remove(self, path: Path) -> None:
        """Remove one file; durable after `sync_folder`."""
        ...

    def make_dir(self, folder: Path, mode: int = FOLDER_MODE) -> None:
        """Make a folder and its parents durably; what exists stays as it is."""
        ...


class Files(SharedFiles, Protocol):
    """A tree of files."""

    def read_range(self, path: Path, offset: int, size_bytes: int) -> bytes:
        """Up to `size_bytes` from `offset`; fewer at the end of the file."""
        ...

    def read_ahead(self, path: Path) -> bool:
        """Have a file near that is read soon; False if it is, or cannot be: the read says why."""
        ...

    def place(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        """Replace the file; its name is durable only after `sync_folder`."""
        ...

    def write_over(self, path: Path, data: bytes) -> None:
        """Write what a file begins with once more where it is, and cut the rest, durably; needs no room."""
        ...

    def place_all(self, files: Sequence[tuple[Path, bytes]]) -> None:
        """`place` for each of different files, in little more time than one takes; after an error
        some are in place."""
        ...

    def sync_folders(self, folders: Sequence[Path]) -> None:
        """`sync_folder` for each of different folders, in little more time than one takes."""
        ...

    def place_dir(self, folder: Path) -> None:
        """Make a folder, or leave the one that is there; its name is durable only after
        `sync_folder` of its parent."""
        ...

    def open_append(self, path: Path) -> AppendFile:
        """Open at the end; a file that is not there is made, durably."""
        ...

    def list_temporary(self, folder: Path) -> tuple[str, ...]:
        """Names of writes in flight, or of writers that died."""
        ...

    def stat(self, path: Path) -> FileStat:
        """Size and time of last change."""
        ...

    def touch(self, path: Path) -> bool:
        """Set the time of last change to now; False if the file is not there."""
        ...

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder with all that is in it; durable after `sync_folder` of its parent."""
        ...

    def rename(self, source: Path, target: Path) -> None:
        """Move a file or folder durably, over what has the name `target`."""
        ...

    def lock(self, path: Path) -> FileLock:
        """Take the exclusive lock at `path` or raise Conflict at once; it ends with the process."""
        ...

    def close(self) -> None:
        """End the threads that are kept; harmless when repeated, or when more is asked for."""
        ...


class LocalFiles:
    """The machine's own file system (POSIX)."""

    def __init__(self) -> None:
        self._temporary_numbers = itertools.count(1)
        self._helpers = Helpers(SYNC_THREADS, "sync")

    def close(self) -> None:
        self._helpers.close()

    def read(self, path: Path) -> bytes:
        with os_errors("read", path), open(path, "rb", buffering=0) as file:
            return file.read()

    def read_range(self, path: Path, offset: int, size_bytes: int) -> bytes:
        try:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                return read_all(descriptor, offset, size_bytes)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise translated(error, "read", path) from error

    def read_ahead(self, path: Path) -> bool:
        return read_through(path)

    def write_atomic(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        self.place(path, data, mode)
        self.sync_folder(path.parent)

    def place(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        self.stage(path, data, mode).place()

    def stage(self, path: Path, data: bytes, mode: int = FILE_MODE) -> LocalStaged:
        with os_errors("write", path):
            return LocalStaged(path, self._write_temporary(path, data, mode))

    def write_over(self, path: Path, data: bytes) -> None:
        with os_errors("write", path):
            descriptor = os.open(path, os.O_WRONLY)
            try:
                write_all(descriptor, data)
                os.ftruncate(descriptor, len(data))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def place_all(self, files: Sequence[tuple[Path, bytes]]) -> None:
        begun: list[tuple[Path, Path, int]] = []
        placed = 0
        try:
            for path, data in files:
                with os_errors("write", path):
                    begun.append((path, *self._begin(path, data, FILE_MODE)))
                    start_writing(begun[-1][2])
                breathe()
            self._side_by_side([partial(_sync, path, number) for path, _, number in begun])
            for path, temporary, _ in begun:
                with os_errors("write", path):
                    os.rename(temporary, path)
                placed += 1
                breathe()
        finally:
            for _, _, descriptor in begun:
                os.close(descriptor)
            for _, temporary, _ in begun[placed:]:
                unlink_quietly(temporary)

    def create(self, path: Path, data: bytes, mode: int = FILE_MODE) -> bool:
        if self.exists(path) or not self.stage(path, data, mode).create():
            return False
        self.sync_folder(path.parent)
        return True

    def sync_folder(self, folder: Path) -> None:
        with os_errors("sync", folder):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def sync_folders(self, folders: Sequence[Path]) -> None:
        self._side_by_side([partial(self.sync_folder, folder) for folder in folders])

    def _side_by_side(self, acts: Sequence[Callable[[], None]]) -> None:
        """Syncs: a file system with a journal does several in less time than one after the other."""
        if crowded():
            for act in acts:
                act()
                breathe()
        else:
            self._helpers.run(acts)

    def open_append(self, path: Path) -> AppendFile:
        with os_errors("open", path):
            try:
                descriptor = os.open(path, os.O_WRONLY)
            except FileNotFoundError:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE)
                try:
                    self.sync_folder(path.parent)
                except SeaglassError:
                    os.close(descriptor)
                    raise
            return _LocalAppendFile(path, descriptor)

    def list(self, folder: Path) -> tuple[str, ...]:
        with os_errors("list", folder):
            return tuple(sorted(n for n in os.listdir(folder) if not is_temporary(n)))

    def list_temporary(self, folder: Path) -> tuple[str, ...]:
        with os_errors("list", folder):
            return tuple(sorted(n for n in os.listdir(folder) if is_temporary(n)))

    def stat(self, path: Path) -> FileStat:
        with os_errors("look at", path):
            found = os.stat(path)
            return FileStat(found.st_size, found.st_mtime, found.st_ino)

    def exists(self, path: Path) -> bool:
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise translated(error, "look at", path) from error
        return True

    def touch(self, path: Path) -> bool:
        with os_errors("touch", path):
            try:
                os.utime(path)
            except FileNotFoundError:
                return False
            return True

    def remove(self, path: Path) -> None:
        with os_errors("remove", path):
            os.unlink(path)

    def remove_tree(self, folder: Path) -> None:
        with os_errors("remove", folder):
            shutil.rmtree(folder)

    def rename(self, source: Path, target: Path) -> None:
        with os_errors("rename", source):
            os.rename(source, target)
        self.sync_folder(target.parent)
        if source.parent != target.parent:
            self.sync_folder(source.parent)

    def make_dir(self, folder: Path, mode: int = FOLDER_MODE) -> None:
        with os_errors("make the folder", folder):
            if os.path.isdir(folder):
                return
            if folder.parent != folder:
                self.make_dir(folder.parent)
            try:
                os.mkdir(folder, mode)
            except FileExistsError:
                if not os.path.isdir(folder):
                    raise
            self.sync_folder(folder.parent)

    def place_dir(self, folder: Path) -> None:
        with os_errors("make the folder", folder):
            try:
                os.mkdir(folder, FOLDER_MODE)
            except FileExistsError:
                if not os.path.isdir(folder):
                    raise

    def lock(self, path: Path) -> FileLock:
        with os_errors("lock", path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The number is for people who meet the lock; the lock is the kernel's, and ends
                # with this process. File systems may write a file at once that was cut, and a full
                # one has no room for a file that was empty.
                number = str(os.getpid()).encode()
                if os.pread(descriptor, 20, 0) != number:
                    os.pwrite(descriptor, number, 0)
                    os.ftruncate(descriptor, len(number))
            except BlockingIOError:
                owner = os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"
                os.close(descriptor)
                raise locked(path, owner) from None
            except BaseException:
                os.close(descriptor)
                raise
        return OpenLock(descriptor)

    def _write_temporary(self, path: Path, data: bytes, mode: int) -> Path:
        temporary, descriptor = self._begin(path, data, mode)
        try:
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            unlink_quietly(temporary)
            raise
        return temporary

    def _begin(self, path: Path, data: bytes, mode: int) -> tuple[Path, int]:
        """A temporary file with the bytes, not synced, and its descriptor."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        while True:
            number = next(self._temporary_numbers)
            temporary = path.with_name(f".{path.name}.{os.getpid()}-{number}.tmp")
            try:
                descriptor = os.open(temporary, flags, mode)
                break
            except FileExistsError:  # a dead writer had our process number
                continue
        try:
            write_all(descriptor, data)
        except OSError:
            os.close(descriptor)
            unlink_quietly(temporary)
            raise
        return temporary, descriptor


class _LocalAppendFile:
    """The descriptor's own place is the end; what is laid out comes after it."""

    __slots__ = ("_cut", "_descriptor", "_path")

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._cut = False
        os.lseek(descriptor, 0, os.SEEK_END)

    def write(self, data: bytes) -> None:
        try:
            write_all(self._descriptor, data)
        except OSError as error:
            raise translated(error, "append to", self._path) from error

    def lay_out(self, size_bytes: int) -> None:
        with os_errors("lay out", self._path):
            end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
            try:
                write_all(self._descriptor, bytes(size_bytes))
            finally:
                os.lseek(self._descriptor, end, os.SEEK_SET)

    def sync(self) -> None:
        try:
            if self._cut:
                os.fsync(self._descriptor)
                self._cut = False
            else:
                # fdatasync also writes a larger size; times may be lost, which nobody reads.
                os.fdatasync(self._descriptor)
        except OSError as error:
            raise translated(error, "sync", self._path) from error

    def truncate(self, size_bytes: int) -> None:
        with os_errors("truncate", self._path):
            # fdatasync need not keep a smaller size.
            self._cut = True
            os.ftruncate(self._descriptor, size_bytes)
            os.lseek(self._descriptor, 0, os.SEEK_END)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with os_errors("close", self._path):
                os.close(descriptor)

    def __del__(self) -> None:
        # Whoever had it is gone; what was acknowledged has been synced.
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _sync(path: Path, descriptor: int) -> None:
    with os_errors("write", path):
        os.fsync(descriptor)
