"""Fail the n-th file operation of a log's life, in every way, until a run passes; then kill or cut the power.

What must hold after each: the log opens again, holds every acknowledged entry, and beyond them only entries that were
appended, whole and in order; and it takes new ones.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Literal

import pytest

from seaglass.base.errors import Unavailable
from seaglass.base.rng import SeededRng
from seaglass.storage.wal.log import Log
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles

if TYPE_CHECKING:
    from seaglass.base.files import Files

FOLDER = Path("/data/wal")
KEY = b"k" * 32


@dataclass
class Life:
    """What a client of a log knows."""

    appended: list[bytes] = field(default_factory=list)
    acknowledged: int = 0
    checkpoint: int = 0


def live(files: Files, life: Life) -> None:
    """Appends, syncs, batches, rotation, a checkpoint, a clean reopen."""
    log = Log.open(files, FOLDER, KEY, SeededRng(1), 400)
    for number in range(8):
        append(log, life, number)
        if number != 3:
            log.sync()
            life.acknowledged = log.durable
    log.start_segment()
    life.checkpoint = life.acknowledged
    log.truncate_before(life.checkpoint + 1)
    append(log, life, 8)
    log.close()
    life.acknowledged = len(life.appended)
    log = Log.open(files, FOLDER, KEY, SeededRng(2), 400)
    append(log, life, 9)
    log.sync()
    life.acknowledged = log.durable
    log.close()


def append(log: Log, life: Life, number: int) -> None:
    life.appended.append(b"%d" % number * 30)
    assert log.append(life.appended[-1]) == len(life.appended)


def check(files: Files, life: Life) -> None:
    log = Log.open(files, FOLDER, KEY, SeededRng(3), 400)
    assert life.acknowledged <= log.last <= len(life.appended)
    expected = list(enumerate(life.appended[: log.last], 1))[life.checkpoint :]
    assert [(e.sequence, e.payload) for e in log.entries(life.checkpoint + 1)] == expected
    sequence = log.append(b"new")
    log.sync(sequence)
    log.close()
    log = Log.open(files, FOLDER, KEY, SeededRng(4), 400)
    assert [e.payload for e in log.entries(sequence)] == [b"new"]


@pytest.mark.parametrize("forever", [False, True])
@pytest.mark.parametrize("how", ["before", "torn", "after"])
def test_no_failure_loses_what_was_acknowledged(
    how: Literal["before", "torn", "after"], forever: bool
) -> None:
    for at in itertools.count(1):
        disk = ForgetfulFiles()
        files = FaultyFiles(disk, Fault(at, how, forever=forever))
        life = Life()
        try:
            live(files, life)
        except Unavailable as error:
            if f"injected failure of operation {at}:" not in error.message:
                raise
        for unsynced in ("lost", "torn", "kept", *map(Random, range(at, at + 8))):
            check(disk.after_power_loss(unsynced), life)
        check(disk, life)
        if not files.failed:
            assert at > 30
            break


@pytest.mark.parametrize("how", ["before", "torn", "after"])
def test_a_failed_log_takes_nothing_until_reopened(how: Literal["before", "torn", "after"]) -> None:
    disk = ForgetfulFiles()
    files = FaultyFiles(disk, Fault(0, how, forever=False))
    log = Log.open(files, FOLDER, KEY, SeededRng(1))
    log.sync(log.append(b"first"))
    files._fault = Fault(files.count + 1, how, forever=False)
    second = log.append(b"second")
    for _ in range(2):
        with pytest.raises(Unavailable, match="takes no more entries until it is opened again"):
            log.sync(second)
    with pytest.raises(Unavailable):
        log.append(b"third")
    with pytest.raises(Unavailable):
        log.start_segment()
    log.sync(1)
    assert log.durable == 1
    log.close()
    log = Log.open(disk, FOLDER, KEY, SeededRng(2))
    assert [e.payload for e in log.entries(1)] in ([b"first"], [b"first", b"second"])


def test_what_a_failed_sync_left_in_the_cache_is_written_again_on_open() -> None:
    """After a failed fsync the cache may show bytes that the disk lacks; a reopened log must not build on them."""
    disk = ForgetfulFiles()
    log = Log.open(disk, FOLDER, KEY, SeededRng(1))
    log.sync(log.append(b"first"))
    path = FOLDER / disk.list(FOLDER)[0]
    shown = disk.tree[path]
    log.append(b"second")
    log._write_buffer_early()
    assert shown.synced_bytes < len(shown.content)
    Log.open(disk, FOLDER, KEY, SeededRng(2))
    left = Log.open(disk.after_power_loss("lost"), FOLDER, KEY, SeededRng(3))
    assert [e.payload for e in left.entries(1)] == [b"first", b"second"]
