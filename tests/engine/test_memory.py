"""The memory of a process: purses within a limit, and a graph that goes on when one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from seaglass.base.errors import Exhausted, Interrupted, Invalid
from seaglass.base.limits import MEMORY_PIECE_BYTES
from seaglass.engine.commit import Entry, encode_entry
from seaglass.engine.database import Database
from seaglass.engine.memory import Memory, Purse, machine_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1024 * 1024
HEAVY = "UNWIND range(1, 3000000) AS x RETURN x ORDER BY -x"


def test_purses_share_one_memory() -> None:
    memory = Memory(10 * MEMORY_PIECE_BYTES)
    one, two = Purse(memory), Purse(memory)
    one.charge(6 * MEMORY_PIECE_BYTES)
    two.charge(4 * MEMORY_PIECE_BYTES)
    with pytest.raises(Exhausted) as caught:
        two.charge(1)
    assert caught.value.kind == "memory"
    two.charge(-1)
    one.close()
    two.charge(5 * MEMORY_PIECE_BYTES)
    two.close()
    assert memory.granted_bytes == 0


def test_the_limit_itself_can_be_used_and_no_byte_more() -> None:
    limit = MEMORY_PIECE_BYTES + 1
    for amount in (limit - 1, limit):
        purse = Purse(Memory(limit))
        purse.charge(amount)
    with pytest.raises(Exhausted, match=f"{limit:,}"):
        Purse(Memory(limit)).charge(limit + 1)


def test_what_a_phase_gave_back_others_may_have() -> None:
    memory = Memory(100 * MEMORY_PIECE_BYTES)
    one, two = Purse(memory), Purse(memory)
    one.charge(90 * MEMORY_PIECE_BYTES)
    one.charge(-89 * MEMORY_PIECE_BYTES)
    two.charge(90 * MEMORY_PIECE_BYTES)


def test_the_size_of_the_process_counts_once_what_is_unused_is_freed() -> None:
    size = [90 * MIB]
    freed: list[int] = []

    def free() -> None:
        freed.append(size[0])
        size[0] = 70 * MIB

    memory = Memory(100 * MIB, lambda: size[0], free)
    Purse(memory).charge(20 * MIB)
    assert freed == [90 * MIB]
    with pytest.raises(Exhausted):
        Purse(memory).charge(70 * MIB)
    Purse(memory).charge(8 * MIB)


def test_a_graph_refuses_what_it_has_no_memory_for_and_goes_on() -> None:
    with Database.open(None, memory_bytes=16 * MIB) as database:
        graph = database.create_graph("small")
        memory = database._shared.memory
        for _ in range(3):
            with pytest.raises(Exhausted) as caught:
                graph.query(HEAVY).rows()
            assert caught.value.kind == "memory"
            with pytest.raises(Exhausted):
                graph.query("UNWIND range(1, 3000000) AS x CREATE ({x: x})")
            assert graph.query("MATCH (n) RETURN count(n) AS c").rows() == [{"c": 0}]
            assert memory.granted_bytes == 0
            assert graph.queries() == []


def test_a_query_gives_its_memory_back_when_it_is_read_closed_or_cancelled() -> None:
    with Database.open(None) as database:
        graph = database.create_graph("large")
        memory = database._shared.memory
        reading = graph.query(HEAVY, query_id="q")
        frames = reading.frames()
        next(frames)
        assert memory.granted_bytes > 20_000_000
        graph.cancel("q")
        with pytest.raises(Interrupted):
            list(frames)
        assert memory.granted_bytes == 0
        closing = graph.query(HEAVY)
        next(iter(closing.frames()))
        closing.close()
        assert memory.granted_bytes == 0
        assert len(graph.query(HEAVY).arrow()) == 3_000_000
        assert memory.granted_bytes == 0
        made = graph.query(
            "UNWIND range(1, 300000) AS x CREATE (n) RETURN 'so long a text' + x AS t"
        )
        assert memory.granted_bytes > 0
        del made
        assert memory.granted_bytes == 0


def test_a_limit_of_memory_is_at_least_a_byte() -> None:
    with pytest.raises(Invalid, match="memory_bytes"):
        Database.open(None, memory_bytes=0)
    assert machine_bytes() > 64 * MIB


def test_a_write_of_long_texts_counts_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    with Database.open(None) as database:
        graph = database.create_graph("texts")
        memory = database._shared.memory
        text = "UNWIND range(1, 40) AS x CREATE (:T {t: $long + x})"
        graph.query(text, {"long": "word " * 100_000})
        before = pa.total_allocated_bytes()
        seen: list[tuple[int, int]] = []

        def watched(entry: Entry, check: Callable[[], None]) -> list[bytes]:
            parts = encode_entry(entry, check)
            # The payload is there while it is sealed, and what is sealed while it gets its frame.
            takes = pa.total_allocated_bytes() - before + 3 * sum(map(len, parts))
            seen.append((takes, memory.granted_bytes))
            return parts

        monkeypatch.setattr("seaglass.engine.commit.encode_entry", watched)
        graph.query("MATCH (m:T) CREATE (n:C) SET n = properties(m)")
    ((takes, counted),) = seen
    assert takes <= counted
