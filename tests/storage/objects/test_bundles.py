"""Bundles: the contract of a store on objects that lie in them, several processes, faults, damage."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.errors import Corrupt, Exhausted, NotFound, Unavailable
from seaglass.base.files import FILE_MODE, LocalFiles
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.pace import Pace, paced
from seaglass.storage.objects.local import LocalObjects
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles
from seaglass.testkit.objects_contract import FAR_FUTURE, ObjectsContract, allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.storage.objects.store import ObjectStore

FOLDER = Path("/data/objects")
BUNDLES = FOLDER / "bundles"
NAMES = [f"{number:02x}" * 32 for number in range(12)]


@pytest.fixture(autouse=True)
def _small_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", 0)


class Bundled(LocalObjects):
    """Puts each object into a bundle, with a second one that its name gives and nobody asks for."""

    def put(self, name: str, data: bytes) -> None:
        self.put_all([(name, data), ("f" * 32 + name[:32], b"beside")])

    def list(self):  # type: ignore[no-untyped-def]
        return (info for info in super().list() if not info.name.startswith("f" * 32))


class TestBundledInMemory(ObjectsContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return Bundled(MemoryFiles(), FOLDER)


class TestBundled(ObjectsContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return Bundled(LocalFiles(), tmp_path / "objects")


def some(names: Sequence[str]) -> list[tuple[str, bytes]]:
    return [(name, name.encode() * (1 + number)) for number, name in enumerate(names)]


def names_in(store: LocalObjects) -> list[str]:
    return [info.name for info in store.list()]


def test_what_is_put_together_is_one_file_if_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    files = MemoryFiles()
    store = LocalObjects(files, FOLDER)
    monkeypatch.setattr(limits, "BUNDLE_BYTES_MIN", 1000)
    store.put_all([(NAMES[0], bytes(400)), (NAMES[1], bytes(599))])
    assert not files.exists(BUNDLES)
    store.put_all([(NAMES[2], bytes(400)), (NAMES[3], bytes(600))])
    assert len(files.list(BUNDLES)) == 1
    store.put_all([(NAMES[4], bytes(5000))])
    assert len(files.list(BUNDLES)) == 1
    assert names_in(store) == NAMES[:5]
    assert {info.bundle for info in store.list()} == {"", *files.list(BUNDLES)}


def test_beside_queries_there_are_files_in_short_steps() -> None:
    files = MemoryFiles()
    store = LocalObjects(files, FOLDER)
    with paced(Pace(ManualClock(), lambda: True, 1.0)):
        store.put_all(some(NAMES))
    assert not files.exists(BUNDLES)
    assert names_in(store) == NAMES


def test_a_bundle_of_many_objects() -> None:
    files = MemoryFiles()
    objects = [(os.urandom(32).hex(), os.urandom(number % 7)) for number in range(500)]
    LocalObjects(files, FOLDER).put_all(objects)
    store = LocalObjects(files, FOLDER)
    assert all(store.get(name) == data for name, data in objects)
    assert names_in(store) == sorted(name for name, _ in objects)


def test_an_object_that_leaves_its_bundle_leaves_the_others_there() -> None:
    files = MemoryFiles()
    store = LocalObjects(files, FOLDER)
    store.put_all(some(NAMES))
    before = files.list(BUNDLES)
    assert store.delete_older(NAMES[3:5], FAR_FUTURE, allowed) == set(NAMES[3:5])
    assert len(files.list(BUNDLES)) == 1
    assert files.list(BUNDLES) != before
    for reader in (store, LocalObjects(files, FOLDER)):
        assert names_in(reader) == NAMES[:3] + NAMES[5:]
        for name, data in some(NAMES):
            if name not in NAMES[3:5]:
                assert reader.get(name) == data
        with pytest.raises(NotFound, match=NAMES[3]):
            reader.get(NAMES[3])
    assert store.delete_older(NAMES, FAR_FUTURE, allowed) == set(NAMES[:3] + NAMES[5:])
    assert files.list(BUNDLES) == ()


def test_a_process_finds_what_another_has_put_moved_and_deleted() -> None:
    files = MemoryFiles()
    ours, other = LocalObjects(files, FOLDER), LocalObjects(files, FOLDER)
    assert not ours.refresh(NAMES[0])
    other.put_all(some(NAMES[:4]))
    assert ours.get(NAMES[1]) == dict(some(NAMES[:4]))[NAMES[1]]
    assert other.delete(NAMES[0])
    assert ours.get(NAMES[1]) == dict(some(NAMES[:4]))[NAMES[1]]
    assert other.delete(NAMES[1])
    assert ours.refresh(NAMES[2])
    assert not ours.refresh(NAMES[0])
    assert other.delete_older(NAMES[2:4], FAR_FUTURE, allowed) == set(NAMES[2:4])
    assert not ours.refresh(NAMES[3])
    with pytest.raises(NotFound):
        ours.get(NAMES[2])


def test_refresh_all_touches_each_bundle_once_and_finds_what_another_process_has_moved() -> None:
    class TouchedFiles(MemoryFiles):
        def __init__(self) -> None:
            super().__init__()
            self.touched: list[str] = []

        def touch(self, path: Path) -> bool:
            self.touched.append(path.parent.name)
            return super().touch(path)

    files = TouchedFiles()
    ours, other = LocalObjects(files, FOLDER), LocalObjects(files, FOLDER)
    ours.put_all(some(NAMES[:5]))
    ours.put_all(some(NAMES[5:9]))
    assert ours.refresh_all(NAMES) == [True] * 9 + [False] * 3
    assert files.touched == ["bundles"] * 2
    assert other.delete(NAMES[1])
    other.put(NAMES[9], b"a file of its own")
    assert ours.refresh_all(NAMES) == [True, False] + [True] * 8 + [False] * 2


def test_age_is_that_of_the_bundle() -> None:
    clock = ManualClock(100.0)
    store = LocalObjects(MemoryFiles(clock), FOLDER)
    store.put_all(some(NAMES[:3]))
    clock.advance(5)
    assert store.refresh(NAMES[1])
    assert {info.modified for info in store.list()} == {105.0}
    assert store.delete_older([NAMES[0]], 104.0, allowed) == frozenset()
    assert store.delete_older([NAMES[0]], 105.0, allowed) == {NAMES[0]}


def test_an_object_in_two_places_goes_when_both_are_old() -> None:
    clock = ManualClock(100.0)
    files = MemoryFiles(clock)
    store = LocalObjects(files, FOLDER)
    store.put_all(some(NAMES[:3]))
    clock.advance(5)
    store.put_all([(NAMES[0], b"again"), (NAMES[5], b"y")])
    store.put(NAMES[1], b"again")
    assert store.delete_older(NAMES[:3], 102.0, allowed) == {NAMES[2]}
    for reader in (store, LocalObjects(files, FOLDER)):
        assert names_in(reader) == [NAMES[0], NAMES[1], NAMES[5]]
        assert reader.get(NAMES[0]) == reader.get(NAMES[1]) == b"again"
    assert store.delete_older(NAMES[:3], 105.0, allowed) == set(NAMES[:2])
    assert names_in(store) == [NAMES[5]]


def test_what_another_process_put_is_durable_after_refresh_and_sync() -> None:
    disk = ForgetfulFiles()
    other, ours = LocalObjects(disk, FOLDER), LocalObjects(disk, FOLDER)
    other.put_all(some(NAMES[:2]))  # and it dies before its sync
    assert ours.refresh(NAMES[0])
    ours.sync()
    assert names_in(LocalObjects(disk.after_power_loss("lost"), FOLDER)) == NAMES[:2]


@pytest.mark.parametrize("forever", [False, True])
def test_no_failure_loses_an_object_that_was_synced(forever: bool) -> None:
    for at in itertools.count(1):
        disk = ForgetfulFiles()
        files = FaultyFiles(disk, Fault(at, "before", forever=forever))
        durable: set[str] = set()
        deleted: set[str] = set()
        try:
            store = LocalObjects(files, FOLDER)
            for start in range(0, 12, 4):
                store.put_all(some(NAMES[start : start + 4]))
                store.sync()
                durable |= set(NAMES[start : start + 4])
            deleted = {*NAMES[4:8], NAMES[0]}
            store.delete_older(sorted(deleted), FAR_FUTURE, allowed)
            store.sync()
        except Unavailable:
            assert files.failed
        for left in (disk, disk.after_power_loss("lost")):
            store = LocalObjects(left, FOLDER)
            found = names_in(store)
            assert durable - deleted <= set(found)
            for name in found:
                assert store.get(name).startswith(name.encode())
        if not files.failed:
            assert set(names_in(LocalObjects(disk.after_power_loss("lost"), FOLDER))) == (
                set(NAMES) - deleted
            )
            assert at > 20
            break


def test_on_a_full_disk_whole_bundles_go_and_make_room() -> None:
    class FullFiles(MemoryFiles):
        full = False

        def place(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
            if self.full and len(self.list(BUNDLES)) > 1:
                raise Exhausted("storage", f"cannot write {path}: no room")
            super().place(path, data, mode)

    files = FullFiles()
    store = LocalObjects(files, FOLDER)
    store.put_all(some(NAMES[:3]))
    store.put_all(some(NAMES[3:6]))
    files.full = True
    garbage = [NAMES[0], *NAMES[3:6]]
    assert store.delete_older([NAMES[0]], FAR_FUTURE, allowed) == frozenset()
    with pytest.raises(Exhausted, match=NAMES[0]):
        store.delete(NAMES[0])
    assert store.get(NAMES[0])
    assert store.delete_older(garbage[1:], FAR_FUTURE, allowed) == set(NAMES[3:6])
    assert store.delete_older(garbage, FAR_FUTURE, allowed) == {NAMES[0]}
    assert names_in(store) == NAMES[1:3]


def test_leftovers_of_dead_writers_are_hidden_and_removed(tmp_path: Path) -> None:
    store = LocalObjects(LocalFiles(), tmp_path)
    store.put_all(some(NAMES[:2]))
    leftover = tmp_path / "bundles" / ".half.tmp"
    leftover.write_bytes(b"half")
    os.utime(leftover, (1000.0, 1000.0))
    assert names_in(store) == NAMES[:2]
    assert store.remove_leftovers(2000.0) == 1
    assert not leftover.exists()


@pytest.mark.parametrize("at", [0, 4, 5, 8, 15, 16, 40, 48, 56, 95])
def test_a_flipped_byte_of_a_head_is_named_and_hides_only_what_is_in_that_bundle(at: int) -> None:
    files = MemoryFiles()
    LocalObjects(files, FOLDER).put_all(some(NAMES[:2]))
    (bundle,) = files.list(BUNDLES)
    LocalObjects(files, FOLDER).put_all(some(NAMES[2:4]))
    files.tree[BUNDLES / bundle].content[at] ^= 0x40
    store = LocalObjects(files, FOLDER)
    assert store.get(NAMES[2]) == some(NAMES[2:4])[0][1]
    with pytest.raises(NotFound, match=bundle):
        store.get(NAMES[0])
    for act in (lambda: list(store.list()), lambda: store.delete(NAMES[2])):
        with pytest.raises(Corrupt, match=bundle) as caught:
            act()
        assert "verify the store" in caught.value.message
    # A copy of an object, as a file of its own, is as good.
    store.put(NAMES[0], b"healed")
    assert store.get(NAMES[0]) == b"healed"
    files.remove(BUNDLES / bundle)
    assert names_in(store) == [NAMES[0], *NAMES[2:4]]


def test_what_is_expected_is_read_ahead_a_file_at_a_time() -> None:
    class NotedFiles(MemoryFiles):
        noted: ClassVar[list[Path]] = []

        def read_ahead(self, path: Path) -> bool:
            self.noted.append(path)
            return path not in self.noted[:-1]

    files = NotedFiles()
    store = LocalObjects(files, FOLDER)
    store.put_all(some(NAMES[:3]))
    store.put(NAMES[3], b"alone")
    assert store.get(NAMES[0])
    (bundle,) = files.list(BUNDLES)
    alone = FOLDER / NAMES[3][:2] / NAMES[3]
    wanted = [NAMES[0], NAMES[2], NAMES[3], NAMES[1]]
    assert store.expect(wanted) == 2
    assert files.noted == [BUNDLES / bundle]
    assert store.expect(wanted) == 4
    assert files.noted[1:] == [BUNDLES / bundle, alone]


def test_a_file_of_its_own_comes_first_whenever_it_comes() -> None:
    files = MemoryFiles()
    ours, other = LocalObjects(files, FOLDER), LocalObjects(files, FOLDER)
    ours.put_all(some(NAMES[:2]))
    bundled = ours.get(NAMES[0])
    other.put(NAMES[0], b"healed")
    assert ours.get(NAMES[0]) == b"healed"
    files.remove(FOLDER / NAMES[0][:2] / NAMES[0])
    assert ours.get(NAMES[0]) == bundled
    # It leaves the bundle for a file, and nobody told us.
    assert other.delete(NAMES[0])
    other.put(NAMES[0], b"alone")
    assert ours.get(NAMES[0]) == b"alone"


def test_a_bundle_that_was_cut_gives_what_is_left() -> None:
    files = MemoryFiles()
    LocalObjects(files, FOLDER).put_all([(NAMES[0], b"whole"), (NAMES[1], b"cut off")])
    (bundle,) = files.list(BUNDLES)
    del files.tree[BUNDLES / bundle].content[-4:]
    store = LocalObjects(files, FOLDER)
    assert (store.get(NAMES[0]), store.get(NAMES[1])) == (b"whole", b"cut")
    del files.tree[BUNDLES / bundle].content[20:]
    with pytest.raises(Corrupt, match=bundle):
        list(LocalObjects(files, FOLDER).list())
