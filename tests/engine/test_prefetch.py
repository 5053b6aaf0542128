"""What is loaded first, and that all of it is in the end."""

from __future__ import annotations

import threading
from collections import Counter

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

    prefetch = Prefetch(again.version, rest, threads=2)
    prefetch.start()
    both.wait()
    loaded = [ref.loaded for ref in refs]
    go_on.set()
    prefetch.wait()
    assert loaded == [True, *[False] * (len(refs) - 2), True]
    assert all(ref.loaded for ref in refs)
    assert prefetch.residence == Residence(len(refs), len(refs))
