"""The frozen bytes of log format 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaglass.base.errors import Corrupt
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng
from seaglass.storage.wal.format import (
    SegmentCipher,
    SegmentHeader,
    encode_header,
    first_of_name,
    segment_name,
)
from seaglass.storage.wal.log import Log

KEY = b"k" * 32
SEGMENT_1 = (
    "53474c4f470d0a1a01000000000000000700000000000000000102030405060708090a0b0c0d0e0f10111213"
    "1415161718191a1b1c1d1e1fd13b42169ef21e05534746521500000007000000000000000600000000000000"
    "d5483fe3d1dcdd0f66650b14ed2bed8531951eb191956c085c084b134e534746521000000008000000000000"
    "000700000000000000085fd030f381afce529302392c10b5daa83c259cc12f9434"
)


def test_segments_of_format_1_open() -> None:
    header = SegmentHeader(7, bytes(range(32)))
    cipher = SegmentCipher(KEY, header)
    written = encode_header(header) + cipher.seal(7, 6, b"seven") + cipher.seal(8, 7, b"")
    assert written.hex() == SEGMENT_1
    files = MemoryFiles()
    files.make_dir(Path("/wal"))
    files.write_atomic(Path("/wal") / segment_name(7), bytes.fromhex(SEGMENT_1))
    log = Log.open(files, Path("/wal"), KEY, SeededRng(0))
    assert [(e.sequence, e.payload) for e in log.entries(7)] == [(7, b"seven"), (8, b"")]


def test_a_later_format_is_refused_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    files = MemoryFiles()
    files.make_dir(Path("/wal"))
    path = Path("/wal") / segment_name(1)
    with monkeypatch.context() as patch:
        patch.setattr("seaglass.storage.wal.format.VERSION", 2)
        files.write_atomic(path, encode_header(SegmentHeader(1, bytes(32))))
    with pytest.raises(Corrupt, match="has format 2, and this program reads 1"):
        Log.open(files, Path("/wal"), KEY, SeededRng(0))


def test_names_sort_as_numbers_do() -> None:
    numbers = [1, 9, 10, 2**32, 2**63]
    names = [segment_name(number) for number in numbers]
    assert sorted(names) == names
    assert [first_of_name(name) for name in names] == numbers
    for other in ("1.wal", "lock", "00000000000000000001.wal~", "0000000000000000000a.wal"):
        assert first_of_name(other) is None
