"""Damage to a log: every byte, every length, every missing segment; and the wrong key."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaglass.base.errors import Corrupt
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng
from seaglass.storage.wal.format import SEGMENT_HEADER_BYTES
from seaglass.storage.wal.log import Log

FOLDER = Path("/data/wal")
KEY = b"k" * 32
PAYLOADS = [b"one", b"", b"three" * 3, b"4", b"five", b"six", b"seven"]


def small_log() -> MemoryFiles:
    """Three segments: entries 1-2, 3-4, 5-7; each entry synced alone."""
    files = MemoryFiles()
    log = Log.open(files, FOLDER, KEY, SeededRng(0))
    for sequence, payload in enumerate(PAYLOADS, 1):
        log.sync(log.append(payload))
        if sequence in (2, 4):
            log.start_segment()
    log.close()
    assert len(files.list(FOLDER)) == 3
    return files


def read_all(files: MemoryFiles, key: bytes = KEY) -> list[bytes]:
    log = Log.open(files, FOLDER, key, SeededRng(1))
    return [entry.payload for entry in log.entries(1)]


def last_frame_start(files: MemoryFiles) -> int:
    last = files.list(FOLDER)[-1]
    return len(files.read(FOLDER / last)) - 32 - len(PAYLOADS[-1]) - 16


def test_every_flipped_byte_is_found_or_cuts_the_last_frame_only() -> None:
    whole = small_log()
    names = whole.list(FOLDER)
    last_start = last_frame_start(whole)
    for name in names:
        path = FOLDER / name
        original = whole.read(path)
        for index in range(len(original)):
            for flip in (0x01, 0xFF):
                damaged = bytearray(original)
                damaged[index] ^= flip
                files = small_log()
                files.write_atomic(path, bytes(damaged))
                if name == names[-1] and index >= last_start:
                    assert read_all(files) == PAYLOADS[:-1], (name, index, flip)
                else:
                    with pytest.raises(Corrupt, match=str(path)) as caught:
                        read_all(files)
                    assert caught.value.kind == "corrupt"


def test_damage_is_named_with_its_place() -> None:
    files = small_log()
    path = FOLDER / files.list(FOLDER)[1]
    damaged = bytearray(files.read(path))
    damaged[SEGMENT_HEADER_BYTES + 40] ^= 1
    files.write_atomic(path, bytes(damaged))
    with pytest.raises(Corrupt, match=rf"{path} is damaged at byte 64: entry 3 was acknowledged"):
        read_all(files)


def test_damage_before_the_tail_changes_nothing_on_disk() -> None:
    files = small_log()
    path = FOLDER / files.list(FOLDER)[-1]
    damaged = bytearray(files.read(path))
    damaged[SEGMENT_HEADER_BYTES + 40] ^= 1
    files.write_atomic(path, bytes(damaged))
    for _ in range(2):
        with pytest.raises(Corrupt, match="entry 5 was acknowledged"):
            read_all(files)
    assert files.read(path) == damaged


def test_every_length_of_the_last_segment_gives_whole_entries() -> None:
    whole = small_log()
    path = FOLDER / whole.list(FOLDER)[-1]
    original = whole.read(path)
    for length in range(len(original)):
        files = small_log()
        files.write_atomic(path, original[:length])
        if length < SEGMENT_HEADER_BYTES:
            with pytest.raises(Corrupt):
                read_all(files)
        else:
            found = read_all(files)
            assert found == PAYLOADS[: len(found)]
            assert 4 <= len(found) < 7
            assert read_all(files) == found


def test_garbage_after_the_last_frame_is_cut_once() -> None:
    for garbage in (b"\0" * 100, b"SGFR" * 30, b"SGFR" + b"\xff" * 60):
        files = small_log()
        path = FOLDER / files.list(FOLDER)[-1]
        original = files.read(path)
        files.write_atomic(path, original + garbage)
        assert read_all(files) == PAYLOADS
        assert files.read(path) == original


def test_a_shorter_older_segment_is_damage() -> None:
    whole = small_log()
    path = FOLDER / whole.list(FOLDER)[0]
    original = whole.read(path)
    for length in range(len(original)):
        files = small_log()
        files.write_atomic(path, original[:length])
        with pytest.raises(Corrupt):
            read_all(files)


def test_damage_to_a_segment_that_is_laid_out_is_told_from_its_end() -> None:
    """A process that is killed leaves zeros after its last frame; zeros in place of one before it are damage."""
    whole = MemoryFiles()
    log = Log.open(whole, FOLDER, KEY, SeededRng(0))
    for payload in PAYLOADS:
        log.sync(log.append(payload))
    (name,) = whole.list(FOLDER)
    original = whole.read(FOLDER / name)
    end = SEGMENT_HEADER_BYTES
    for sequence, payload in enumerate(PAYLOADS, 1):
        begin, end = end, end + 32 + 16 + len(payload)
        files = MemoryFiles()
        files.make_dir(FOLDER)
        zeros = original[:begin] + bytes(end - begin) + original[end:]
        files.write_atomic(FOLDER / name, zeros)
        if sequence == len(PAYLOADS):
            assert read_all(files) == PAYLOADS[:-1]
        else:
            with pytest.raises(Corrupt, match=f"entry {sequence} was acknowledged"):
                read_all(files)
            assert files.read(FOLDER / name) == zeros
    assert not any(original[end:])
    assert len(original) > end


def test_zeros_after_a_segment_that_others_follow_are_damage() -> None:
    files = small_log()
    path = FOLDER / files.list(FOLDER)[0]
    files.write_atomic(path, files.read(path) + bytes(10))
    with pytest.raises(Corrupt, match="entry 3 was acknowledged"):
        read_all(files)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_segment_is_damage(missing: int) -> None:
    files = small_log()
    files.remove(FOLDER / files.list(FOLDER)[missing])
    with pytest.raises(Corrupt, match=r"missing|hole"):
        read_all(files)


def test_missing_newest_segments_are_found_by_who_knows_of_them() -> None:
    files = small_log()
    files.remove(FOLDER / files.list(FOLDER)[-1])
    log = Log.open(files, FOLDER, KEY, SeededRng(1))
    with pytest.raises(Corrupt, match="ends before entry 5, but entries up to 7"):
        list(log.entries(8))


def test_a_frame_in_the_place_of_another_is_damage() -> None:
    files = small_log()
    path = FOLDER / files.list(FOLDER)[-1]
    original = files.read(path)
    first, second = 32 + 16 + len(b"five"), 32 + 16 + len(b"six")
    start = SEGMENT_HEADER_BYTES
    without_first = original[:start] + original[start + first :]
    doubled = original[: start + first] + original[start:]
    swapped = (
        original[:start]
        + original[start + first : start + first + second]
        + original[start : start + first]
        + original[start + first + second :]
    )
    for damaged in (without_first, doubled, swapped):
        files.write_atomic(path, damaged)
        with pytest.raises(Corrupt):
            read_all(files)


def test_a_segment_of_another_name_is_damage() -> None:
    files = small_log()
    names = files.list(FOLDER)
    files.write_atomic(FOLDER / names[1], files.read(FOLDER / names[2]))
    with pytest.raises(Corrupt, match="says that it begins with entry 5"):
        read_all(files)


def test_the_wrong_key_cuts_nothing() -> None:
    files = small_log()
    with pytest.raises(Corrupt, match="sealed with another key"):
        read_all(files, b"w" * 32)
    assert read_all(files) == PAYLOADS
