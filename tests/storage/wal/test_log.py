"""The log: order, reopening, segments, cutting the front, many threads."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Corrupt, Exhausted, Interrupted, Unavailable
from seaglass.base.files import FILE_MODE, AppendFile, Files, LocalFiles
from seaglass.base.limits import LOG_ROOM_BYTES, LOG_ROOM_WRITES
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng
from seaglass.storage.wal import format as format_module
from seaglass.storage.wal import log as log_module
from seaglass.storage.wal.format import segment_name
from seaglass.storage.wal.log import Log
from seaglass.testkit.files import NO_FAULT, FaultyFiles, ForgetfulFiles

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path("/data/wal")
KEY = b"k" * 32

_Result = TypeVar("_Result")


def open_log(files: Files, seed: int = 0, segment_bytes: int = 1 << 20) -> Log:
    return Log.open(files, FOLDER, KEY, SeededRng(seed), segment_bytes)


def contents(log: Log, from_sequence: int = 1) -> list[tuple[int, bytes]]:
    return [(entry.sequence, entry.payload) for entry in log.entries(from_sequence)]


def test_entries_come_back_in_order_after_a_reopen(tmp_path: Path) -> None:
    payloads = [b"", b"x", bytes(range(256)) * 300]
    log = Log.open(LocalFiles(), tmp_path / "wal", KEY, SeededRng(0))
    assert [log.append(payload) for payload in payloads] == [1, 2, 3]
    assert (log.last, log.durable) == (3, 0)
    log.sync()
    assert log.durable == 3
    log.close()
    log = Log.open(LocalFiles(), tmp_path / "wal", KEY, SeededRng(1))
    assert contents(log) == list(enumerate(payloads, 1))
    assert contents(log, 3) == [(3, payloads[2])]
    assert contents(log, 4) == []
    assert log.append(b"next") == 4
    log.close()


def test_entries_show_only_what_is_durable() -> None:
    log = open_log(MemoryFiles())
    log.sync(log.append(b"1"))
    log.append(b"2")
    assert contents(log) == [(1, b"1")]


def test_close_makes_what_was_appended_durable_and_refuses_more() -> None:
    files = ForgetfulFiles()
    log = open_log(files)
    log.append(b"1")
    log.close()
    log.close()
    with pytest.raises(Unavailable, match="is closed"):
        log.append(b"2")
    assert contents(open_log(files.after_power_loss("lost"), 1)) == [(1, b"1")]


def test_opening_alone_writes_no_segment() -> None:
    files = MemoryFiles()
    open_log(files).close()
    assert files.list(FOLDER) == ()


def test_a_reopened_log_never_writes_to_an_older_segment() -> None:
    """Its salt, and so its nonces, would be used again."""
    files = MemoryFiles()
    for seed in range(3):
        log = open_log(files, seed)
        log.sync(log.append(b"x"))
        log.close()
    names = files.list(FOLDER)
    assert [int(name[:20]) for name in names] == [1, 2, 3]
    assert len({files.read(FOLDER / name)[24:56] for name in names}) == 3


def test_segments_change_by_size_and_fronts_are_cut_whole() -> None:
    files = MemoryFiles()
    log = open_log(files, segment_bytes=200)
    for number in range(10):
        log.sync(log.append(b"%d" % number * 20))
    assert len(files.list(FOLDER)) == 5
    assert log.truncate_before(1) == 0
    assert log.truncate_before(6) == 2  # entry 5 begins the third segment
    assert contents(log, 6)[0] == (6, b"5" * 20)
    assert log.truncate_before(100) == 2
    assert files.list(FOLDER) == ("00000000000000000009.wal",)
    log.close()
    log = open_log(files, 1)
    assert log.last == 10
    with pytest.raises(Corrupt, match="begins with entry 9; entries from 8 on are missing"):
        contents(log, 8)


def sizes(files: Files) -> list[int]:
    return [files.stat(FOLDER / name).size_bytes for name in files.list(FOLDER)]


def test_a_segment_is_laid_out_while_it_is_written_and_ends_with_its_last_frame_then() -> None:
    disk = ForgetfulFiles()
    log = open_log(disk)
    for payload in (b"1", b"2"):
        log.sync(log.append(payload))
    frames = 2 * (32 + 16 + 1)
    assert sizes(disk) == [64 + 32 + 16 + 1 + LOG_ROOM_BYTES]
    for unsynced in ("lost", "torn", "kept"):
        left = disk.after_power_loss(unsynced)  # type: ignore[arg-type]
        assert sizes(left) == sizes(disk)
        found = open_log(left, 1)
        assert contents(found) == [(1, b"1"), (2, b"2")]
        assert sizes(left) == [64 + frames]
    log.start_segment()
    assert sizes(disk.after_power_loss("lost")) == [64 + frames, 64]
    log.sync(log.append(b"3"))
    assert sizes(disk) == [64 + frames, 64 + 49 + LOG_ROOM_BYTES]
    log.close()
    assert sizes(disk) == [64 + frames, 64 + 49]
    assert contents(open_log(disk, 1)) == [(1, b"1"), (2, b"2"), (3, b"3")]


def test_room_is_laid_out_again_when_it_is_used_up() -> None:
    files = FaultyFiles(MemoryFiles(), NO_FAULT)
    log = open_log(files)
    log.sync(log.append(b"x"))
    operations = []
    payload = bytes(LOG_ROOM_BYTES // LOG_ROOM_WRITES - 48)
    for _ in range(2 * LOG_ROOM_WRITES):
        before = files.count
        log.sync(log.append(payload))
        operations.append(files.count - before)
    again = [2] * (LOG_ROOM_WRITES - 1)
    # A write and a sync, and sometimes room for more.
    assert operations == [2, *again, 3, *again]
    log.close()
    assert len(contents(open_log(files, 1))) == 2 * LOG_ROOM_WRITES + 1


def test_large_writes_lay_out_nothing() -> None:
    files = MemoryFiles()
    log = open_log(files)
    log.sync(log.append(bytes(LOG_ROOM_BYTES // LOG_ROOM_WRITES - 47)))
    (size,) = sizes(files)
    assert size == 64 + LOG_ROOM_BYTES // LOG_ROOM_WRITES + 1
    log.sync(log.append(b""))
    assert sizes(files) == [size + 48 + LOG_ROOM_BYTES]


def test_a_disk_without_room_to_lay_out_takes_what_fits() -> None:
    class Full(FaultyFiles):
        def step(
            self,
            verb: str,
            path: Path,
            act: Callable[[], _Result],
            half: Callable[[], object] | None = None,
        ) -> _Result:
            if verb == "lay out":
                assert half is not None
                half()
                raise Exhausted("storage", "the disk is full")
            return super().step(verb, path, act, half)

    disk = ForgetfulFiles()
    log = open_log(Full(disk, NO_FAULT))
    log.sync(log.append(b"1"))
    log.sync(log.append(b"2"))
    assert contents(open_log(disk.after_power_loss("lost"), 1)) == [(1, b"1"), (2, b"2")]
    log.close()
    assert sizes(disk) == [64 + 2 * 49]


class FullDisk(ForgetfulFiles):
    """While `full`, no file is made or replaced; what is there can be written over and cut."""

    full = False

    def place(self, path: Path, data: bytes, mode: int = FILE_MODE) -> None:
        if self.full:
            raise Exhausted("storage", "the disk is full")
        super().place(path, data, mode)


class _NoRoom:
    """A file on such a disk."""

    def __init__(self, file: AppendFile) -> None:
        self._file = file
        self.sync, self.truncate, self.close = file.sync, file.truncate, file.close

    def lay_out(self, size_bytes: int) -> None:
        self._file.lay_out(size_bytes // 2)
        raise Exhausted("storage", "the disk is full")

    def write(self, data: bytes) -> None:
        self._file.write(data[:1])
        raise Exhausted("storage", "the disk is full")


def test_a_log_without_room_for_a_segment_goes_on_when_there_is() -> None:
    disk = FullDisk()
    log = open_log(disk, segment_bytes=100)
    disk.full = True
    for _ in range(2):
        with pytest.raises(Exhausted):
            log.append(b"0")
    disk.full = False
    log.append(b"1" * 100)
    disk.full = True
    # What waited for its sync is durable before there is no room.
    for _ in range(2):
        with pytest.raises(Exhausted):
            log.append(b"2")
        assert log.durable == 1
    disk.full = False
    log.sync(log.append(b"2"))
    assert contents(open_log(disk.after_power_loss("lost"), 1)) == [(1, b"1" * 100), (2, b"2")]
    log.close()


def test_a_log_opens_on_a_full_disk() -> None:
    """As above: what the cache shows and the disk may lack is written again, where it is."""
    disk = FullDisk()
    log = open_log(disk)
    log.sync(log.append(b"1"))
    log.append(b"2")
    log._write_buffer_early()
    disk.full = True
    assert contents(open_log(disk, 1)) == [(1, b"1"), (2, b"2")]
    assert sizes(disk) == [64 + 2 * 49]
    left = disk.after_power_loss("lost")
    assert contents(open_log(left, 2)) == [(1, b"1"), (2, b"2")]


def test_a_log_that_was_opened_on_a_full_disk_asks_for_room_before_it_takes_an_entry() -> None:
    class Tight(FullDisk):
        """It has room for small files again, and for nothing else."""

        tight = False

        def open_append(self, path: Path) -> AppendFile:
            file = super().open_append(path)
            return _NoRoom(file) if self.tight else file

    disk = Tight()
    log = open_log(disk)
    log.sync(log.append(b"1"))
    disk.full = True
    again = open_log(disk, 1)
    disk.full, disk.tight = False, True
    for _ in range(2):
        with pytest.raises(Exhausted):
            again.append(b"2")
    disk.tight = False
    again.sync(again.append(b"2"))
    assert contents(open_log(disk.after_power_loss("lost"), 2)) == [(1, b"1"), (2, b"2")]


def test_start_segment_lets_a_checkpoint_drop_all_that_was_before() -> None:
    files = MemoryFiles()
    log = open_log(files)
    log.append(b"1")
    log.start_segment()
    log.start_segment()
    assert log.durable == 1
    assert log.truncate_before(2) == 1
    assert files.list(FOLDER) == ("00000000000000000002.wal",)
    log.close()
    log = open_log(files, 1)  # the empty segment keeps the sequence
    log.start_segment()
    assert log.append(b"2") == 2
    log.close()
    assert contents(open_log(files, 2), 2) == [(2, b"2")]


def test_large_batches_are_written_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "LOG_BUFFER_BYTES", 100)
    files = MemoryFiles()
    log = open_log(files)
    log.append(b"x" * 40)
    before = files.stat(FOLDER / "00000000000000000001.wal").size_bytes
    log.append(b"x" * 40)
    assert files.stat(FOLDER / "00000000000000000001.wal").size_bytes > before + 80
    log.close()
    assert len(contents(open_log(files, 1))) == 2


def test_the_largest_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "LOG_PAYLOAD_BYTES_MAX", 100)
    log = open_log(MemoryFiles())
    for size in (99, 100):
        log.append(bytes(size))
    with pytest.raises(Exhausted, match="101 bytes is larger than 100") as caught:
        log.append(bytes(101))
    assert caught.value.kind == "internal_limit"
    log.sync(log.append(b"the log goes on"))
    assert log.durable == 3


class GatedFiles(FaultyFiles):
    """Counts syncs of segments; the first waits for `gate`."""

    def __init__(self, inner: Files) -> None:
        super().__init__(inner, NO_FAULT)
        self.gate = threading.Event()
        self.waiting = threading.Event()
        self.syncs = 0

    def step(
        self,
        verb: str,
        path: Path,
        act: Callable[[], _Result],
        half: Callable[[], object] | None = None,
    ) -> _Result:
        if verb == "sync" and path.suffix == ".wal":
            self.syncs += 1
            self.waiting.set()
            self.gate.wait()
        return super().step(verb, path, act, half)


def test_threads_that_wait_together_share_one_sync() -> None:
    """One thread holds the first sync; eight more append meanwhile: one further sync serves them all."""
    inner = ForgetfulFiles()
    files = GatedFiles(inner)
    log = open_log(files)
    appended = threading.Barrier(9)

    def commit(wait: bool) -> None:
        sequence = log.append(b"x")
        if wait:
            appended.wait()
        log.sync(sequence)
        assert log.durable >= sequence

    threads = [threading.Thread(target=commit, args=(False,))]
    threads[0].start()
    files.waiting.wait()
    threads += [threading.Thread(target=commit, args=(True,)) for _ in range(8)]
    for thread in threads[1:]:
        thread.start()
    appended.wait()
    files.gate.set()
    for thread in threads:
        thread.join()
    assert files.syncs == 2
    assert len(contents(open_log(inner.after_power_loss("lost"), 1))) == 9


def test_many_threads_lose_nothing() -> None:
    files = MemoryFiles()
    log = open_log(files, segment_bytes=2000)
    given: dict[int, bytes] = {}

    def work(worker: int) -> None:
        for number in range(50):
            payload = b"%d/%d" % (worker, number)
            sequence = log.append(payload)
            given[sequence] = payload
            log.sync(sequence)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files.list(FOLDER)) > 3
    assert contents(log) == sorted(given.items())
    assert contents(open_log(files, 1)) == sorted(given.items())


STEPS = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(["sync", "segment", "truncate", "reopen", "lost", "torn", "kept"]),
)


@given(st.lists(STEPS, max_size=30))
def test_a_log_is_a_list_that_loses_at_most_its_unsynced_end(steps: list[bytes | str]) -> None:
    files = ForgetfulFiles()
    log = open_log(files, segment_bytes=300)
    model: list[bytes] = []
    durable = first = 0
    for seed, step in enumerate(steps, 1):
        if isinstance(step, bytes):
            model.append(step)
            assert log.append(step) == len(model)
            # A full segment is synced before the next is begun.
            durable = log.durable
            continue
        if step == "sync":
            log.sync()
            durable = len(model)
        elif step == "segment":
            log.start_segment()
            durable = len(model)
        elif step == "truncate":
            log.truncate_before(durable + 1)
            first = durable
        elif step == "reopen":
            log.close()
            log = open_log(files, seed, 300)
            durable = len(model)
        else:
            files = files.after_power_loss(step)  # type: ignore[arg-type]
            log = open_log(files, seed, 300)
            assert durable <= log.last <= len(model)
            del model[log.last :]
            durable = len(model)
        assert log.durable == durable
    assert contents(log, first + 1) == list(enumerate(model[:durable], 1))[first:]


PARTS = [b"first ", b"", b"x" * 100, b"yz" * 7, b" last"]


@pytest.mark.parametrize("step_bytes", [1, 16, 1 << 20])
def test_a_payload_in_parts_is_the_same_entry(
    step_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (log_module, format_module):
        monkeypatch.setattr(module, "LOG_STEP_BYTES", step_bytes)
    one, two = MemoryFiles(), MemoryFiles()
    whole, parted = open_log(one), open_log(two)
    assert whole.append(b"before") == parted.append(b"before")
    assert whole.append(b"".join(PARTS)) == parted.append_parts(PARTS, lambda: None)
    assert whole.append(b"after") == parted.append(b"after")
    for log in (whole, parted):
        log.close()
    (name,) = one.list(FOLDER)
    assert one.read(FOLDER / name) == two.read(FOLDER / name)


def test_nothing_is_left_of_a_payload_that_ends_at_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (log_module, format_module):
        monkeypatch.setattr(module, "LOG_STEP_BYTES", 16)
    files = MemoryFiles()
    log = open_log(files)
    log.sync(log.append(b"before"))
    looks = 0

    def check() -> None:
        nonlocal looks
        looks += 1
        if looks == ends:
            raise Interrupted("cancelled", "ended")

    ends = 0
    while True:
        ends, looks = ends + 1, 0
        try:
            sequence = log.append_parts(PARTS, check)
        except Interrupted:
            # Others find the log as it was, and the sequence is free.
            assert not log.failed
            assert log.append(b"other") == log.last == ends + 1
            continue
        break
    assert ends > len(b"".join(PARTS)) // 16
    log.sync()
    log.close()
    found = dict(contents(open_log(files)))
    assert found.pop(sequence) == b"".join(PARTS)
    assert set(found.values()) == {b"before", b"other"}


def test_a_sync_does_not_wait_until_a_payload_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_module, "LOG_STEP_BYTES", 16)
    log = open_log(MemoryFiles())
    first = log.append(b"before")
    synced: list[int] = []

    def check() -> None:
        # In the midst of it; this thread has none of the log's locks.
        log.sync(first)
        synced.append(log.durable)
        if len(synced) == 3:
            log.append(b"between")

    last = log.append_parts(PARTS, check)
    assert synced[0] == first
    # Another entry took the sequence: all was sealed anew.
    assert last == first + 2
    log.sync()
    assert contents(log) == [(1, b"before"), (2, b"between"), (3, b"".join(PARTS))]


def test_opening_removes_what_a_writer_that_died_has_left(tmp_path: Path) -> None:
    """It may be as large as a segment, and there is another with each crash."""
    folder = tmp_path / "wal"
    log = Log.open(LocalFiles(), folder, KEY, SeededRng(0))
    log.sync(log.append(b"1"))
    log.close()
    (folder / f".{segment_name(1)}.4711-1.tmp").write_bytes(bytes(1000))
    log = Log.open(LocalFiles(), folder, KEY, SeededRng(1))
    assert contents(log) == [(1, b"1")]
    log.close()
    assert [path.name for path in folder.iterdir()] == [segment_name(1)]
