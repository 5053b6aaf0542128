"""Goal: writers that come together are run by one of them and share a sync, and nobody notices.

Method: syncs wait until the test lets them go, so that the order in which writers come is known; then threads at random
against a model, with a failing disk.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Interrupted, Invalid, SeaglassError, Unavailable
from seaglass.engine.graph.version import GraphVersion
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles
from tests.engine.items import GRAPH, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seaglass.base.files import AppendFile
    from seaglass.engine.live_graph import Graph

CREATE = "CREATE (:Item {`~id`: $id})"
COUNT = "MATCH (n {`~id`: $id}) SET n.n = n.n + 1"


class SlowFiles(ForgetfulFiles):
    """Syncs of logs wait for `go`; `failing` ones fail then. Attributes: syncing: how many wait now"""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Semaphore(1_000)
        self.syncs = 0
        self.syncing = 0
        self.failing = False

    def hold(self) -> None:
        """From now on each sync waits to be let go."""
        self.go = threading.Semaphore(0)
        self.syncs = 0

    def open_append(self, path: Path) -> AppendFile:
        return _SlowAppend(self, super().open_append(path))


class _SlowAppend:
    def __init__(self, files: SlowFiles, inner: AppendFile) -> None:
        self._files = files
        self.write, self.truncate, self.close = inner.write, inner.truncate, inner.close
        self.lay_out = inner.lay_out
        self._sync = inner.sync

    def sync(self) -> None:
        self._files.syncing += 1
        self._files.go.acquire()
        self._files.syncing -= 1
        if self._files.failing:
            raise Unavailable("storage", "the disk has gone")
        self._sync()
        self._files.syncs += 1


def until(true: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to pass")


class Busy:
    """A graph whose first writer waits for the disk, and whose second gathers others meanwhile."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.files = SlowFiles()
        self.clock = ManualClock()
        self.database = opened(self.files, self.clock)
        self.graph = self.database.create_graph("main", graph_id=GRAPH)
        create(self.graph, "there")
        self._pool = pool
        self.files.hold()
        self.first = self.ask(lambda: create(self.graph, "first"))
        until(lambda: self.files.syncing == 1)
        self.second = self.ask(lambda: create(self.graph, "second"))
        until(lambda: self.graph._log.last == 3)

    def ask(self, call: Callable[[], Any]) -> Future[Any]:
        return self._pool.submit(call)

    def queued(self, call: Callable[[], Any]) -> Future[Any]:
        """One more that waits for the lock, behind those that wait already."""
        before = self.waiting
        asked = self.ask(call)
        until(lambda: self.waiting == before + 1)
        return asked

    @property
    def waiting(self) -> int:
        return len(self.graph._writer._lock._waiting)

    def let_one_go(self) -> None:
        self.files.go.release()


@pytest.fixture
def busy() -> Iterator[Busy]:
    with ThreadPoolExecutor(20) as pool:
        made = Busy(pool)
        try:
            yield made
        finally:
            made.files.go.release(1_000)


def create(graph: Graph, name: str) -> None:
    graph.query(CREATE, {"id": name})


def names(graph: Graph) -> set[str]:
    return {row["id"] for row in graph.query("MATCH (n) RETURN id(n) AS id").rows()}


def test_those_that_wait_share_one_sync_and_none_is_acknowledged_before_it(busy: Busy) -> None:
    asked = [busy.queued(lambda n=n: create(busy.graph, f"more-{n}")) for n in range(8)]  # type: ignore[misc]
    busy.let_one_go()
    busy.first.result()
    until(lambda: busy.files.syncing == 1)
    assert busy.graph._log.last == 11
    assert not any(future.done() for future in (busy.second, *asked))
    assert names(busy.graph) == {"there", "first"}
    busy.let_one_go()
    for future in (busy.second, *asked):
        future.result(30)
    assert busy.files.syncs == 2
    assert len(names(busy.graph)) == 11
    with opened(busy.files.after_power_loss("lost"), seed=2) as after:
        assert len(names(after.graph(GRAPH))) == 11


def versions() -> int:
    """How many versions of graphs are in memory."""
    gc.collect()
    # By type: to ask a weak proxy what it is asks what it stands for, which may be gone.
    return sum(type(kept) is GraphVersion for kept in gc.get_objects())


def test_no_version_between_those_of_a_group_stays(busy: Busy) -> None:
    asked = [busy.queued(lambda n=n: create(busy.graph, f"more-{n}")) for n in range(8)]  # type: ignore[misc]
    before = versions()
    busy.let_one_go()
    busy.first.result()
    until(lambda: busy.files.syncing == 1)
    assert busy.graph._log.last == 11
    assert versions() <= before + 1
    busy.files.go.release(1_000)
    for future in (busy.second, *asked):
        future.result(30)
    assert len(names(busy.graph)) == 11


def test_each_has_its_own_answer_and_error(busy: Busy) -> None:
    twice = busy.queued(lambda: create(busy.graph, "there"))
    good = busy.queued(lambda: busy.graph.query(CREATE + " RETURN 1 AS one", {"id": "a"}).rows())
    wrong = busy.queued(lambda: busy.graph.query(CREATE, {"id": 7}))
    missing = busy.queued(lambda: busy.graph.query(CREATE, {}))
    reads = busy.queued(
        lambda: busy.graph.query(
            "MATCH (n {`~id`: 'a'}) SET n.x = $x RETURN n.x AS x", {"x": 5}
        ).rows()
    )
    busy.files.go.release(1_000)
    assert good.result(30) == [{"one": 1}]
    assert reads.result(30) == [{"x": 5}]
    for future, words in ((twice, "exists already"), (wrong, "must be a string"), (missing, "id")):
        with pytest.raises(Invalid, match=words):
            future.result(30)
    assert names(busy.graph) == {"there", "first", "second", "a"}
    assert busy.graph.queries() == []


def test_a_cancel_in_the_line_ends_the_one_that_it_is_for(busy: Busy) -> None:
    doomed = busy.queued(lambda: busy.graph.query(CREATE, {"id": "doomed"}, query_id="doomed"))
    late = busy.queued(lambda: busy.graph.query(CREATE, {"id": "late"}, timeout_ms=50))
    good = busy.queued(lambda: create(busy.graph, "good"))
    busy.graph.cancel("doomed")
    busy.clock.advance(1)
    until(lambda: busy.waiting == 1)
    for future in (doomed, late):
        with pytest.raises(Interrupted):
            future.result(30)
    busy.files.go.release(1_000)
    good.result(30)
    assert names(busy.graph) == {"there", "first", "second", "good"}


def test_a_long_query_is_run_by_its_own_thread_and_keeps_its_place(busy: Busy) -> None:
    ran: list[str] = []
    body = busy.graph._context
    busy.graph._context = lambda *args: ran.append(threading.current_thread().name) or body(*args)  # type: ignore[method-assign,func-returns-value]

    def named(call: Callable[[], Any]) -> str:
        call()
        return threading.current_thread().name

    short = busy.queued(lambda: named(lambda: create(busy.graph, "short")))
    many = "UNWIND range(1, 3) AS n CREATE (:Item {`~id`: 'u' + toString(n)})"
    long = busy.queued(lambda: named(lambda: busy.graph.query(many)))
    after = busy.queued(lambda: named(lambda: create(busy.graph, "after")))
    busy.files.go.release(1_000)
    assert short.result(30) != ran[0]
    assert long.result(30) == ran[1]
    assert after.result(30)
    assert len(ran) == 3
    assert len(names(busy.graph)) == 8


def test_a_thread_deep_in_calls_gives_work_back_that_needs_more(busy: Busy) -> None:
    """The second writer has little of its stack left; what it is to run for another does not fit."""
    busy.files.go.release(1_000)
    busy.second.result(30)
    busy.files.hold()
    first = busy.ask(lambda: create(busy.graph, "third"))
    until(lambda: busy.files.syncing == 1)

    def deep(calls: int) -> None:
        if calls:
            deep(calls - 1)
        else:
            create(busy.graph, "fourth")

    nested = "$x" + " + 1" * 60
    deepest = busy.ask(lambda: deep(sys.getrecursionlimit() - 120))
    until(lambda: busy.graph._log.last == 5)
    heavy = busy.queued(
        lambda: busy.graph.query(f"MATCH (n {{`~id`: 'there'}}) SET n.x = {nested}", {"x": 1})
    )
    after = busy.queued(lambda: create(busy.graph, "fifth"))
    busy.files.go.release(1_000)
    for future in (first, deepest, heavy, after):
        future.result(30)
    assert busy.graph.query("MATCH (n {`~id`: 'there'}) RETURN n.x AS x").rows() == [{"x": 61}]


def test_a_sync_that_fails_fails_for_all_whose_writes_it_was_to_keep(busy: Busy) -> None:
    asked = [busy.queued(lambda n=n: create(busy.graph, f"more-{n}")) for n in range(5)]  # type: ignore[misc]
    busy.let_one_go()
    busy.first.result(30)
    until(lambda: busy.files.syncing == 1)
    busy.files.failing = True
    busy.files.go.release(1_000)
    for future in (busy.second, *asked):
        with pytest.raises(Unavailable):
            future.result(30)
    with pytest.raises(Unavailable):
        create(busy.graph, "later")
    assert names(busy.graph) == {"there", "first"}
    with opened(busy.files.after_power_loss("lost"), seed=2) as after:
        assert names(after.graph(GRAPH)) == {"there", "first"}
        create(after.graph(GRAPH), "second")


@contextmanager
def threads(count: int, work: Callable[[int], None]) -> Iterator[None]:
    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(work, number) for number in range(count)]
        yield
        for future in running:
            future.result(120)


@settings(max_examples=15, deadline=None)
@given(
    writers=st.integers(2, 6),
    steps=st.lists(st.sampled_from(["count", "create", "many", "again"]), min_size=1, max_size=25),
)
def test_threads_that_write_at_once_give_what_a_model_gives(writers: int, steps: list[str]) -> None:
    """`again` fails, `many` is run by its own thread; each counts in a node of all and one of its own."""
    files = ForgetfulFiles()
    database = opened(files)
    graph = database.create_graph("main", graph_id=GRAPH)
    for name in ("all", *[f"own-{number}" for number in range(writers)]):
        graph.query("CREATE ({`~id`: $id, n: 0})", {"id": name})

    def write(number: int) -> None:
        for place, step in enumerate(steps):
            match step:
                case "count":
                    graph.query(COUNT, {"id": "all"})
                    graph.query(COUNT, {"id": f"own-{number}"})
                case "create":
                    create(graph, f"{number}-{place}")
                case "many":
                    graph.query(
                        "UNWIND ['all', $own] AS id " + COUNT.replace("$", ""),
                        {"own": f"own-{number}"},
                    )
                case _:
                    with pytest.raises(Invalid):
                        create(graph, "all")

    with threads(writers, write):
        pass
    counted = steps.count("count") + steps.count("many")
    made = {
        f"{number}-{place}"
        for number in range(writers)
        for place, step in enumerate(steps)
        if step == "create"
    }
    for shown in (graph, opened(files.after_power_loss("lost"), seed=2).graph(GRAPH)):
        counts = {
            row["id"]: row["n"]
            for row in shown.query("MATCH (n) WHERE n.n IS NOT NULL RETURN id(n) AS id, n.n AS n")
        }
        assert counts == {"all": counted * writers} | {f"own-{n}": counted for n in range(writers)}
        assert names(shown) == made | set(counts)


@pytest.mark.parametrize("how", ["before", "torn", "after"])
@pytest.mark.parametrize("at", range(1, 14, 3))
def test_threads_that_write_while_an_operation_fails_keep_what_was_acknowledged(
    at: int, how: Any
) -> None:
    disk = ForgetfulFiles()
    files = FaultyFiles(disk, Fault(0, "before", forever=False))
    graph = opened(files).create_graph("main", graph_id=GRAPH)
    files._fault = Fault(files.count + at, how, forever=True)
    acknowledged: set[str] = set()
    errors: list[SeaglassError] = []

    def write(number: int) -> None:
        for place in range(20):
            try:
                create(graph, f"{number}-{place}")
                acknowledged.add(f"{number}-{place}")
            except SeaglassError as error:
                errors.append(error)

    with threads(5, write):
        pass
    assert files.failed
    assert errors
    assert all(isinstance(error, Unavailable) for error in errors)
    assert len(acknowledged) + len(errors) == 100
    assert names(graph) >= acknowledged
    for luck in ("lost", "torn", "kept"):
        with opened(disk.after_power_loss(luck), seed=2) as after:  # type: ignore[arg-type]
            found = after.graph(GRAPH)
            assert acknowledged <= names(found)
            create(found, "again")
