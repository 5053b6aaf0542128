"""What is loaded first, and that all of it is in the end."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from seaglass.base.errors import Unavailable
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.prefetch import Prefetch, Residence
from seaglass.engine.snapshot.describe import chunk_refs
from tests.engine.items import opened


def test_two_threads_begin_at_the_two_ends() -> None:
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    graph.query("UNWIND range(1, 300) AS n CREATE (:Item {n: n})-[:NEXT {n: n}]->(:Mark {n: n})")
    graph.snapshot("s")
    again = database.restore("s", "again")
    refs = list(chunk_refs(again.version))
    assert len(refs) > 3
    assert not any(ref.loaded for ref in refs)
    calls: Counter[int] = Counter()
    both, go_on = threading.Barrier(3, timeout=60), threading.Event()

    def rest() -> None:
        calls[threading.get_ident()] += 1
        if calls[threading.get_ident()] == 2:
            both.wait()
            go_on.wait(60)

    prefetch = Prefetch(again.version, rest, len, threads=2)
    prefetch.start()
    both.wait()
    loaded = [ref.loaded for ref in refs]
    go_on.set()
    prefetch.wait()
    assert loaded == [True, *[False] * (len(refs) - 2), True]
    assert all(ref.loaded for ref in refs)
    assert prefetch.residence == Residence(len(refs), len(refs))


def test_what_comes_next_at_either_end_is_told_before_and_not_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seaglass.engine.prefetch.PREFETCH_AHEAD_CHUNKS", 2)
    monkeypatch.setattr("seaglass.engine.prefetch.PREFETCH_AHEAD_STEP", 1)
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    graph.query("UNWIND range(1, 300) AS n CREATE (:Item {n: n})-[:NEXT {n: n}]->(:Mark {n: n})")
    graph.snapshot("s")
    again = database.restore("s", "again")
    digests = [ref.digest for ref in {id(ref): ref for ref in chunk_refs(again.version)}.values()]
    assert len(digests) > 6
    told: list[bytes] = []
    waits, go_on = threading.Semaphore(0), threading.Event()

    def expect(digests: list[bytes]) -> int:
        told.extend(digests)
        if len(told) == 5:
            waits.release()
        return len(digests)

    # Its one thread takes the last, and waits.
    prefetch = Prefetch(again.version, lambda: go_on.wait(60), expect, threads=1)
    prefetch.start()
    assert waits.acquire(timeout=60)
    assert set(told) == {*digests[:2], *digests[-3:]}
    go_on.set()
    prefetch.wait()
    assert prefetch.residence == Residence(len(digests), len(digests))
    assert set(told) <= set(digests)


def test_a_store_that_cannot_read_ahead_keeps_nobody_from_loading() -> None:
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    graph.query("UNWIND range(1, 300) AS n CREATE (:Item {n: n})")
    graph.snapshot("s")
    again = database.restore("s", "again")

    def fail(_: list[bytes]) -> int:
        raise Unavailable("storage", "the disk is away")

    prefetch = Prefetch(again.version, lambda: None, fail)
    prefetch.start()
    prefetch.wait()
    assert all(ref.loaded for ref in chunk_refs(again.version))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_threads_that_end_for_want_of_memory_keep_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seaglass.engine.prefetch.PREFETCH_AHEAD_CHUNKS", 1)
    monkeypatch.setattr("seaglass.engine.prefetch.PREFETCH_AHEAD_STEP", 1)
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    graph.query("UNWIND range(1, 300) AS n CREATE (:Item {n: n})-[:NEXT {n: n}]->(:Mark {n: n})")
    graph.snapshot("s")
    again = database.restore("s", "again")

    def fail() -> None:
        raise MemoryError

    prefetch = Prefetch(again.version, fail, len)
    prefetch.start()
    waiting = threading.Thread(target=prefetch.wait, daemon=True)
    waiting.start()
    waiting.join(timeout=20)
    assert not waiting.is_alive()
    prefetch.stop()
