"""Files: the contract on every implementation, and what only the machine's own files do."""

from __future__ import annotations

import errno
import itertools
import os
import stat
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from seaglass.base import descriptors
from seaglass.base.errors import Conflict, Exhausted, Unavailable
from seaglass.base.files import PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE, Files, LocalFiles
from seaglass.base.memory_files import MemoryFiles
from seaglass.testkit.files import NO_FAULT, Fault, FaultyFiles, ForgetfulFiles
from seaglass.testkit.files_contract import FilesContract

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestLocalFiles(FilesContract):
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path

    @pytest.fixture
    def files(self) -> Iterator[Files]:
        files = LocalFiles()
        yield files
        files.close()


class TestMemoryFiles(FilesContract):
    @pytest.fixture
    def root(self) -> Path:
        return Path("/data")

    @pytest.fixture
    def files(self, root: Path) -> Files:
        files = MemoryFiles()
        files.make_dir(root)
        return files


class TestForgetfulFiles(FilesContract):
    @pytest.fixture
    def root(self) -> Path:
        return Path("/data")

    @pytest.fixture
    def files(self, root: Path) -> Files:
        files = ForgetfulFiles()
        files.make_dir(root)
        return files


class TestFaultyFiles(FilesContract):
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path

    @pytest.fixture
    def files(self) -> Files:
        return FaultyFiles(LocalFiles(), NO_FAULT)


def test_private_files_and_folders_are_private(tmp_path: Path) -> None:
    files = LocalFiles()
    files.make_dir(tmp_path / "keys", PRIVATE_FOLDER_MODE)
    files.create(tmp_path / "keys" / "a", b"", PRIVATE_FILE_MODE)
    files.write_atomic(tmp_path / "keys" / "b", b"", PRIVATE_FILE_MODE)
    modes = [stat.S_IMODE(p.stat().st_mode) for p in sorted((tmp_path / "keys").iterdir())]
    assert modes == [0o600, 0o600]
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from seaglass.base.files import LocalFiles\n"
        "held = LocalFiles().lock(Path(sys.argv[1])); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(Conflict, match=rf"{tmp_path} is in use .* \(pid {child.pid}\)"):
            LocalFiles().lock(tmp_path / "lock")
        child.kill()
        child.wait()
    LocalFiles().lock(tmp_path / "lock").release()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_exhausted() -> None:
    file = LocalFiles().open_append(Path("/dev/full"))
    with pytest.raises(Exhausted, match=r"cannot append to /dev/full: .* make room") as caught:
        file.write(b"x")
    assert caught.value.kind == "storage"
    file.close()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(Unavailable, match=f"cannot write {tmp_path}/a: ") as caught:
        LocalFiles().write_atomic(tmp_path / "a", b"x")
    assert caught.value.kind == "storage"
    assert list(tmp_path.iterdir()) == []


def test_what_is_placed_together_has_its_names_when_all_of_it_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, os.rename

    def note_fsync(descriptor: int) -> None:
        done.append(f"fsync {os.fstat(descriptor).st_ino}")
        fsync(descriptor)

    def note_rename(source: Path, target: Path) -> None:
        done.append(f"rename {target.name}")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "rename", note_rename)
    LocalFiles().place_all([(tmp_path / name, name.encode()) for name in "ab"])
    a, b = ((tmp_path / name).stat().st_ino for name in "ab")
    # Side by side, so in any order; but no name before all bytes.
    assert sorted(done[:2]) == sorted([f"fsync {a}", f"fsync {b}"])
    assert done[2:] == ["rename a", "rename b"]


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_what_is_placed_together_and_fails_leaves_no_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    real, count = getattr(os, call), itertools.count(1)

    def fail_second(*arguments: object) -> None:
        if next(count) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(*arguments)

    free = next_descriptor()
    monkeypatch.setattr(os, call, fail_second)
    which = "b" if call == "rename" else "[abc]"
    with pytest.raises(Unavailable, match=f"cannot write {tmp_path}/{which}: "):
        LocalFiles().place_all([(tmp_path / name, b"x") for name in "abc"])
    assert [path.name for path in tmp_path.iterdir()] == (["a"] if call == "rename" else [])
    assert next_descriptor() == free


def next_descriptor() -> int:
    """The lowest that is free."""
    descriptor = os.dup(0)
    os.close(descriptor)
    return descriptor


def test_a_file_is_read_ahead_to_its_end_unless_it_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    send = os.sendfile

    def note(*arguments: int) -> int:
        sent.append(send(*arguments))
        return sent[-1]

    monkeypatch.setattr(os, "sendfile", note)
    files = LocalFiles()
    files.place(tmp_path / "file", bytes(3_000_000))
    files.place(tmp_path / "empty", b"")
    assert not files.read_ahead(tmp_path / "file")
    assert sent == []
    monkeypatch.setattr(descriptors, "_in_memory", lambda descriptor, offset: False)
    assert not files.read_ahead(tmp_path / "empty")
    assert sent == []
    assert files.read_ahead(tmp_path / "file")
    assert sum(sent) == 3_000_000


def test_temporary_files_of_dead_writers_are_apart(tmp_path: Path) -> None:
    dead = tmp_path / f".a.{os.getpid()}-1.tmp"
    dead.write_bytes(b"half")
    files = LocalFiles()
    files.write_atomic(tmp_path / "a", b"x")  # its first choice of a temporary name is taken
    assert files.list(tmp_path) == ("a",)
    assert files.list_temporary(tmp_path) == (dead.name,)


def test_power_loss_takes_what_was_not_synced() -> None:
    root = Path("/data")
    files = ForgetfulFiles()
    files.make_dir(root)
    log = files.open_append(root / "log")
    files.write_atomic(root / "old", b"old")
    files.place(root / "old", b"new")
    files.place(root / "unnamed", b"x")
    log.write(b"synced")
    log.sync()
    log.write(b"123")
    left = files.after_power_loss("lost")
    assert left.list(root) == ("log", "old")
    assert left.read(root / "old") == b"old"
    assert left.read(root / "log") == b"synced"
    assert files.after_power_loss("torn").read(root / "log") == b"synced12"
    assert files.after_power_loss("kept").read(root / "log") == b"synced123"


def test_power_loss_leaves_what_is_laid_out_if_that_was_synced() -> None:
    root = Path("/data")
    files = ForgetfulFiles()
    files.make_dir(root)
    log = files.open_append(root / "log")
    log.write(b"synced")
    log.lay_out(4)
    assert files.after_power_loss("lost").read(root / "log") == b""
    log.sync()
    log.write(b"123")
    assert files.after_power_loss("lost").read(root / "log") == b"synced\0\0\0\0"
    assert files.after_power_loss("torn").read(root / "log") == b"synced12\0\0"
    assert files.after_power_loss("kept").read(root / "log") == b"synced123\0"
    log.truncate(9)
    assert files.after_power_loss("lost").read(root / "log") == b"synced\0\0\0\0"
    log.sync()
    assert files.after_power_loss("lost").read(root / "log") == b"synced123"
    chances = {files.after_power_loss(Random(seed)).read(root / "log") for seed in range(20)}
    assert chances == {b"synced123"}
    log.write(b"4")
    log.lay_out(1)
    chances = {files.after_power_loss(Random(seed)).read(root / "log") for seed in range(99)}
    assert chances == {b"synced123" + end for end in (b"", b"4", b"4\0", b"\0", b"\0\0")}
    assert files.after_kill().read(root / "log") == b"synced1234\0"


def test_removed_files_come_back_until_the_folder_is_synced() -> None:
    root = Path("/data")
    files = ForgetfulFiles()
    files.make_dir(root)
    files.write_atomic(root / "a", b"x")
    files.remove(root / "a")
    assert files.after_power_loss("lost").exists(root / "a")
    files.sync_folder(root)
    assert not files.after_power_loss("lost").exists(root / "a")


def test_faults_fail_what_they_name() -> None:
    root = Path("/data")
    inner = MemoryFiles()
    inner.make_dir(root)
    files = FaultyFiles(inner, Fault(2, "torn", forever=False))
    file = files.open_append(root / "a")
    with pytest.raises(Unavailable, match="injected failure of operation 2: append to /data/a"):
        file.write(b"1234")
    file.write(b"56")
    assert inner.read(root / "a") == b"1256"
    assert files.failed
