"""Goal: a write that a client sends again is run once, whatever happened to what it sent before.

Method: real worker processes around a log of words (`toy_worker`), ended before and after they have written; sendings
that are cut off, side by side, or too late.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from seaglass.base import errors
from seaglass.server.control.ports import Call, Last
from seaglass.server.control.writing import LOOKED_CHARS_MAX, may_write
from seaglass.server.fleet import writes
from tests.server.fleet.test_fleet import options, pid_of, request, scenario, words

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.server.fleet.fleet import WorkerFleet

PUT_ANSWER = {"put": 1}


async def send(fleet: WorkerFleet, text: str, attempt: int = 1, timeout_ms: int = 60_000) -> object:
    asked = replace(request(text, "call", timeout_ms), call=Call("call", attempt))
    return json.loads(b"".join([part async for part in fleet.query("g-1", asked)]))


async def until_there(path: Path) -> None:
    while not path.exists():
        await asyncio.sleep(0.005)


def test_what_was_answered_is_answered_again(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        for attempt in (1, 2, 1):
            assert await send(fleet, "PUT word", attempt) == PUT_ANSWER
        assert await words(fleet, "g-1") == ["word"]
        # The worker knows too, but for the rows.
        fleet._graphs["g-1"]._writes._ended.clear()
        assert await send(fleet, "PUT word", 2) == {}
        fleet._graphs["g-1"]._writes._ended.clear()
        with pytest.raises(errors.Conflict, match="carried out, once"):
            await send(fleet, "PUT word ROWS", 3)
        assert await words(fleet, "g-1") == ["word"]

    scenario(options(tmp_path), body)


def test_a_write_whose_worker_dies_after_it_is_answered(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        before = await pid_of(fleet, "g-1")
        assert await send(fleet, "PUT word EXIT") == {}
        assert await pid_of(fleet, "g-1") != before
        assert await words(fleet, "g-1") == ["word"]

    async def with_rows(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        for _ in range(2):
            with pytest.raises(errors.Conflict, match="carried out, once"):
                await send(fleet, "PUT word EXIT ROWS")
        assert await words(fleet, "g-1") == ["word"]

    scenario(options(tmp_path), body)
    (tmp_path / "rows").mkdir()
    scenario(options(tmp_path / "rows"), with_rows)


@pytest.mark.parametrize("dies", [False, True])
def test_a_sending_waits_for_the_one_before(tmp_path: Path, dies: bool) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        sendings = [asyncio.create_task(send(fleet, "PUT word WAIT", n)) for n in (1, 2, 2)]
        await until_there(tmp_path / "g-1" / "marks")
        with pytest.raises(errors.Interrupted, match="still being worked on"):
            await send(fleet, "PUT word WAIT", 2, timeout_ms=10)
        if dies:
            os.kill(await pid_of(fleet, "g-1"), signal.SIGKILL)
        else:
            await fleet.cancel("g-1", "call")
        expected = {} if dies else PUT_ANSWER
        assert await asyncio.gather(*sendings) == [expected] * 3
        assert await words(fleet, "g-1") == ["word"]

    scenario(options(tmp_path), body)


@pytest.mark.parametrize("dies", [False, True])
def test_how_a_write_ends_is_heard_when_its_client_has_left(tmp_path: Path, dies: bool) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        # Asked before, since the write does not wait for long.
        worker = await pid_of(fleet, "g-1")
        first = asyncio.create_task(send(fleet, "PUT word WAIT"))
        await until_there(tmp_path / "g-1" / "marks")
        if dies:
            os.kill(worker, signal.SIGSTOP)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        again = asyncio.create_task(send(fleet, "PUT word WAIT", 2))
        if dies:
            await asyncio.sleep(0.05)
            os.kill(worker, signal.SIGKILL)
        assert await again == ({} if dies else PUT_ANSWER)
        assert await words(fleet, "g-1") == ["word"]

    scenario(options(tmp_path), body)


def test_an_answer_that_was_heard_is_kept_though_nobody_reads_on(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        stream = fleet.query("g-1", replace(request("PUT word", "call"), call=Call("call", 1)))
        assert isinstance(await anext(stream), Last)
        await stream.aclose()
        assert await send(fleet, "PUT word", 2) == PUT_ANSWER
        assert await words(fleet, "g-1") == ["word"]

    scenario(options(tmp_path), body)


def test_a_write_that_failed_is_run_when_it_comes_again(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        for attempt in (1, 2):
            with pytest.raises(errors.Invalid, match="no such word"):
                await send(fleet, "FAIL", attempt)
        # Nobody has it in hand: nothing keeps the right one from being run.
        assert await send(fleet, "PUT word", 3) == PUT_ANSWER

    scenario(options(tmp_path), body)


def test_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        kept = writes.Writes()

        def put(call_id: str, answer: bytes) -> bool:
            """Whether it was answered before."""
            write = kept.begin(call_id)
            if write.answer is not None:
                assert write.answer == answer
                return True
            write.add(answer)
            kept.end(write, well=True)
            return False

        monkeypatch.setattr(writes, "ANSWERS_MAX", 3)
        assert [put(name, b"x") for name in "abcd"] == [False] * 4
        assert [put(name, b"x") for name in "bcd"] == [True] * 3
        assert put("a", b"x") is False
        monkeypatch.setattr(writes, "ANSWERS_BYTES_MAX", 10)
        assert [put(name, b"xxxx") for name in "efg"] == [False] * 3
        assert [put(name, b"xxxx") for name in "fg"] == [True] * 2
        assert put("e", b"xxxx") is False
        monkeypatch.setattr(writes, "ANSWER_BYTES_MAX", 4)
        large = (b"xxxx", b"xxxxx")
        assert [put(name, large[name == "i"]) for name in "hihi"] == [
            False,
            False,
            True,
            False,
        ]
        monkeypatch.setattr(writes, "ANSWERS_SECONDS_MAX", -1.0)
        assert [put("j", b"x") for _ in range(2)] == [False, False]
        assert (kept._ended, kept._bytes, kept._in_hand) == ({}, 0, {})

    asyncio.run(body())


@pytest.mark.parametrize(
    ("text", "writes_perhaps"),
    [
        ("MATCH (n) RETURN n", False),
        ("match (n) set n.x = 1", True),
        ("MATCH (n) RETURN n.offset, n.created", False),
        ("CALL neptune.algo.vectors.upsert(n, [1])", True),
        ("CALL neptune.algo.degree.mutate({writeProperty: 'd'})", True),
        ("CALL neptune.load({source: 's3://b'})", True),
        ("RETURN 'delete'", True),
        ("RETURN 1".ljust(LOOKED_CHARS_MAX), False),
        ("RETURN 1".ljust(LOOKED_CHARS_MAX + 1), True),
    ],
)
def test_texts_that_may_write(text: str, writes_perhaps: bool) -> None:
    assert may_write(text) is writes_perhaps
