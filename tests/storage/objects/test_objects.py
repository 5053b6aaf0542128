"""Object stores: the contract on each of them, and what only the local one does."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seaglass.base.clock import ManualClock, SystemClock
from seaglass.base.errors import Unavailable
from seaglass.base.files import LocalFiles
from seaglass.base.memory_files import MemoryFiles
from seaglass.storage.objects.local import LocalObjects
from seaglass.storage.objects.memory import MemoryObjects
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles
from seaglass.testkit.objects_contract import ObjectsContract

if TYPE_CHECKING:
    from seaglass.storage.objects.store import ObjectStore

FOLDER = Path("/data/objects")
NAMES = [f"{number:02x}" * 32 for number in range(12)]


class TestMemoryObjects(ObjectsContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return MemoryObjects(SystemClock())


class TestLocalObjectsInMemory(ObjectsContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return LocalObjects(MemoryFiles(), FOLDER)


class TestLocalObjects(ObjectsContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return LocalObjects(LocalFiles(), tmp_path / "objects")


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_age_counts_from_the_last_put_or_refresh(kind: str) -> None:
    clock = ManualClock(100.0)
    store: ObjectStore
    store = MemoryObjects(clock) if kind == "memory" else LocalObjects(MemoryFiles(clock), FOLDER)
    store.put(NAMES[0], b"x")
    clock.advance(5)
    assert [info.modified for info in store.list()] == [100.0]
    store.refresh(NAMES[0])
    assert [info.modified for info in store.list()] == [105.0]


def test_leftovers_of_dead_writers_are_hidden_and_removed_by_age(tmp_path: Path) -> None:
    store = LocalObjects(LocalFiles(), tmp_path)
    store.put(NAMES[0], b"x")
    for name, age in (("old", 1000.0), ("new", 3000.0)):
        leftover = tmp_path / "00" / f".{name}.tmp"
        leftover.write_bytes(b"half")
        os.utime(leftover, (age, age))
    assert [info.name for info in store.list()] == [NAMES[0]]
    assert store.remove_leftovers(2000.0) == 1
    assert {path.name for path in (tmp_path / "00").iterdir()} == {NAMES[0], ".new.tmp"}


@pytest.mark.parametrize("forever", [False, True])
def test_no_failure_loses_an_object_that_was_synced(forever: bool) -> None:
    for at in itertools.count(1):
        disk = ForgetfulFiles()
        files = FaultyFiles(disk, Fault(at, "before", forever=forever))
        durable: set[str] = set()
        deleted: set[str] = set()
        try:
            store = LocalObjects(files, FOLDER)
            for start in range(0, 12, 3):
                for name in NAMES[start : start + 3]:
                    store.put(name, name.encode())
                store.sync()
                durable |= set(NAMES[start : start + 3])
            deleted = {NAMES[0]}
            store.delete(NAMES[0])
            store.sync()
        except Unavailable:
            assert files.failed
        for left in (disk, disk.after_power_loss("lost")):
            store = LocalObjects(left, FOLDER)
            found = {info.name for info in store.list()}
            assert durable - deleted <= found
            for name in found:
                assert store.get(name) == name.encode()
        if not files.failed:
            assert at > 30
            break


def test_a_sync_that_failed_is_owed_by_the_next() -> None:
    disk = ForgetfulFiles()
    files = FaultyFiles(disk, Fault(0, "before", forever=False))
    store = LocalObjects(files, FOLDER)
    store.put(NAMES[0], b"x")
    files._fault = Fault(files.count + 1, "before", forever=False)
    with pytest.raises(Unavailable):
        store.sync()
    store.sync()
    assert LocalObjects(disk.after_power_loss("lost"), FOLDER).get(NAMES[0]) == b"x"


def test_what_another_process_put_is_durable_after_refresh_and_sync() -> None:
    disk = ForgetfulFiles()
    other, ours = LocalObjects(disk, FOLDER), LocalObjects(disk, FOLDER)
    other.put(NAMES[0], b"x")  # and it dies before its sync
    assert ours.refresh(NAMES[0])
    ours.sync()
    assert LocalObjects(disk.after_power_loss("lost"), FOLDER).get(NAMES[0]) == b"x"


def test_what_lies_in_a_folder_that_another_process_made_is_durable_after_sync() -> None:
    disk = ForgetfulFiles()
    other, ours = LocalObjects(disk, FOLDER), LocalObjects(disk, FOLDER)
    other.put(NAMES[0], b"x")  # and it dies before its sync
    beside = NAMES[0][:2] + "ff" * 31
    ours.put(beside, b"y")
    ours.sync()
    assert LocalObjects(disk.after_power_loss("lost"), FOLDER).get(beside) == b"y"


def test_a_sync_ends_only_when_what_another_took_on_is_synced() -> None:
    begun, go_on = threading.Event(), threading.Event()

    class SlowFiles(ForgetfulFiles):
        slow = False

        def sync_folder(self, folder: Path) -> None:
            if self.slow and not begun.is_set():
                begun.set()
                assert go_on.wait(10)
            super().sync_folder(folder)

    disk = SlowFiles()
    store = LocalObjects(disk, FOLDER)
    store.put(NAMES[0], b"x")
    disk.slow = True
    other = threading.Thread(target=store.sync)
    other.start()
    assert begun.wait(10)
    threading.Timer(0.1, go_on.set).start()
    store.sync()
    assert LocalObjects(disk.after_power_loss("lost"), FOLDER).get(NAMES[0]) == b"x"
    other.join()
