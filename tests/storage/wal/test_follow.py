"""A follower of a log: long entries, halves of entries, what is laid out, and a log that is cut meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaglass.base.errors import Corrupt
from seaglass.base.limits import LOG_LOOK_BYTES, LOG_ROOM_BYTES
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng
from seaglass.storage.wal.follow import LogCut, LogFollower
from seaglass.storage.wal.format import FRAME_HEADER_BYTES
from seaglass.storage.wal.log import Log

FOLDER = Path("/data/wal")
SEGMENT = FOLDER / "00000000000000000001.wal"
KEY = b"k" * 32


def followed(files: MemoryFiles) -> tuple[Log, LogFollower]:
    log = Log.open(files, FOLDER, KEY, SeededRng(0))
    return log, LogFollower(files, FOLDER, KEY, 1)


def payloads(follower: LogFollower) -> list[bytes]:
    return [entry.payload for entry in follower.entries()]


def test_entries_of_every_size_come_once() -> None:
    log, follower = followed(MemoryFiles())
    look = LOG_LOOK_BYTES - FRAME_HEADER_BYTES - 16
    given = [bytes(size) for size in (0, look - 1, look, look + 1, 10, LOG_ROOM_BYTES, 3_000_000)]
    for payload in given:
        log.sync(log.append(payload))
        assert payloads(follower) == [payload]
        assert payloads(follower) == []
    for payload in given:
        log.append(payload)
    log.sync()
    assert payloads(follower) == given
    log.start_segment()
    log.sync(log.append(b"new"))
    assert payloads(follower) == [b"new"]


def test_an_entry_that_is_half_there_is_left_for_the_next_look() -> None:
    files = MemoryFiles()
    log, follower = followed(files)
    log.sync(log.append(b"1"))
    assert payloads(follower) == [b"1"]
    begin = len(files.tree[SEGMENT].content)
    log.sync(log.append(b"2" * 9))
    whole = files.read(SEGMENT)
    end = len(files.tree[SEGMENT].content)
    for there in range(begin, end):
        # The writer's bytes come into zeros that are laid out, or the file grows by them.
        for shown in (whole[:there], whole[:there] + bytes(len(whole) - there)):
            files.write_atomic(SEGMENT, shown)
            assert payloads(follower) == []
    files.write_atomic(SEGMENT, whole)
    assert payloads(follower) == [b"2" * 9]


def test_half_of_an_entry_may_say_any_size() -> None:
    files = MemoryFiles()
    log, follower = followed(files)
    log.sync(log.append(b"1"))
    assert payloads(follower) == [b"1"]
    whole = files.read(SEGMENT)
    end = len(files.tree[SEGMENT].content)
    for said in (b"\xff\xff\xff\xff", b"\x00\x20\x00\x00", b"\x00\x00\x00\x00"):
        files.write_atomic(SEGMENT, whole[:end] + b"SGFR" + said + whole[end + 8 :])
        assert payloads(follower) == []


def test_a_log_that_is_cut_between_two_reads_loses_nothing_that_was_read() -> None:
    class Cut(MemoryFiles):
        reads_left = 10

        def read_range(self, path: Path, offset: int, size_bytes: int) -> bytes:
            if offset >= 64:
                self.reads_left -= 1
                if not self.reads_left:
                    log.start_segment()
                    log.sync(log.append(b"after"))
                    log.truncate_before(3)
            return super().read_range(path, offset, size_bytes)

    files = Cut()
    log, follower = followed(files)
    log.append(b"1" * 3000)
    log.sync(log.append(b"2" * 3000))
    # The look has the first entry and half of the second.
    files.reads_left = 2
    assert payloads(follower) == [b"1" * 3000]
    with pytest.raises(LogCut):
        follower.entries()


def test_a_whole_frame_at_another_place_is_damage() -> None:
    files = MemoryFiles()
    log, follower = followed(files)
    log.sync(log.append(b"1"))
    whole = files.read(SEGMENT)
    end = len(files.tree[SEGMENT].content)
    assert payloads(follower) == [b"1"]
    files.write_atomic(SEGMENT, whole[:end] + whole[64:end] + whole[2 * end - 64 :])
    for _ in range(2):
        with pytest.raises(Corrupt, match="does not go on with entry 2"):
            follower.entries()
