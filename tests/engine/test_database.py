"""The library from outside: open, create, query, snapshot, restore, delete, close."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import threading
import time
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seaglass
from seaglass.base.clock import ManualClock
from seaglass.base.errors import (
    Conflict,
    Corrupt,
    Interrupted,
    Invalid,
    NotFound,
    SeaglassError,
    Unavailable,
    Unsupported,
)
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine import graphs
from seaglass.engine.database import Database
from seaglass.engine.graph.version import emptied
from seaglass.engine.running import State
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles
from tests.engine.items import GRAPH, SNAPSHOT, add, items, opened, reached

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seaglass.base.files import FileLock
    from seaglass.engine.graph.version import GraphVersion


@pytest.fixture
def database() -> Database:
    return opened(MemoryFiles())


def test_the_face_of_the_library() -> None:
    with seaglass.open() as database:
        graph = database.create_graph("pets")
        result = graph.query(
            "CREATE (t:Cat {`~id`: 'tom', name: 'Tom'})-[r:CHASES {since: 1940}]->(j:Mouse {`~id`: 'jerry'}) "
            "RETURN t, r, [j.name] AS names, 1.5 AS x"
        )
        assert result.columns == ("t", "r", "names", "x")
        (row,) = result.rows()
        assert row["t"] == seaglass.Node("tom", ("Cat",), {"name": "Tom"})
        assert row["t"]["name"] == "Tom"
        assert row["r"].type == "CHASES"
        assert (row["r"].start, row["r"].end, row["r"]["since"]) == ("tom", "jerry", 1940)
        assert (row["names"], row["x"]) == ([None], 1.5)
        assert isinstance(graph, seaglass.Graph)
        assert isinstance(graph.snapshot("s"), seaglass.Snapshot)
        assert isinstance(result, seaglass.Result)
        with pytest.raises(AttributeError):
            seaglass.nothing  # noqa: B018


def test_programs_see_the_names_types_and_errors_of_the_library() -> None:
    """Completion asks `dir`, type checkers ask for py.typed, and handlers name an error."""
    assert dir(seaglass) == sorted(seaglass.__all__)
    for name in seaglass.__all__:
        assert getattr(seaglass, name).__name__ in (name, "SnapshotRef", "Path")
    assert resources.files("seaglass").joinpath("py.typed").is_file()
    with seaglass.open() as database, pytest.raises(seaglass.NotFound):
        database.graph("nothing")


def test_what_people_print_says_what_it_is(tmp_path: Path) -> None:
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("pets")
        result = graph.query("RETURN 1 AS x, date('2024-02-29') AS y")
        assert repr(result) == "<Result of x, y: rows() or pl() reads it, once>"
        assert repr(result.rows()) == "[{'x': 1, 'y': <Date 2024-02-29>}]"
        assert repr(result) == "<Result of x, y: its rows have been read>"
        assert repr(database) == f"<Database at {tmp_path}: 1 graphs>"
        taken = graph.snapshot("before")
        when = f"{taken.created:%Y-%m-%d %H:%M:%S}"
        assert repr(taken) == (
            f"<Snapshot 'before' ({taken.id}) of 'pets' ({graph.id}), {when} UTC: 0 nodes, 0 edges>"
        )
        assert repr(database.graphs()) == f"[<GraphRef 'pets' ({graph.id})>]"
        graph.query("CREATE (:A)")
        assert repr(database.diff("before", "pets")) == str(database.diff("before", "pets"))
    assert repr(database) == f"<Database at {tmp_path}, closed>"
    assert repr(seaglass.open()) == "<Database in memory: 0 graphs>"


def test_a_graph_and_a_snapshot_stand_for_their_ids(database: Database) -> None:
    graph = database.create_graph("g")
    graph.query("CREATE (:A)").close()
    taken = graph.snapshot("s")
    graph.snapshot("s")
    assert database.graph(database.graphs()[0]) is graph
    assert database.diff(taken, graph).nodes.added == ()
    with database.frozen(taken) as frozen:
        assert database.restore(frozen, "restored").version.node_count == 1
    assert database.clone(graph, "cloned").version.node_count == 1
    database.pin(taken)
    assert [gone.id for gone in database.prune(graph, "last=1")] == []
    database.delete_snapshot(taken)
    database.delete_graph(database.graph("cloned"))
    assert {ref.name for ref in database.graphs()} == {"g", "restored"}
    with pytest.raises(Invalid, match="Give a name, an id, a graph or a snapshot, not 5"):
        database.graph(5)  # type: ignore[arg-type]


def test_rows_are_read_once(database: Database) -> None:
    """The second who reads is told: no rows would be wrong."""
    graph = database.create_graph("g")
    graph.load(nodes={"~id": ["a", "b"]})
    for text in ("RETURN 1 AS x", "MATCH (n) RETURN n", "CREATE (:B)", "CREATE (n:B) RETURN n"):
        result = graph.query(text)
        result.rows()
        for again in (result.rows, result.arrow, result.pl):
            with pytest.raises(Conflict, match="have been read"):
                again()


def test_what_is_written_is_there_after_a_reopen(tmp_path: Path) -> None:
    for number in range(1, 4):
        with seaglass.open(tmp_path / "data") as database:
            if number == 1:
                database.create_graph("items")
            graph = database.graph("items")
            assert reached(graph) == number - 1
            add(graph, number)
    with seaglass.open(tmp_path / "data") as database:
        assert reached(database.graph("items")) == 3


def test_results_stream_as_frames_json_rows_and_iteration(database: Database) -> None:
    graph = database.create_graph("g")
    text = "UNWIND [1, 2] AS x RETURN x"
    assert [frame.rows for frame in graph.query(text).frames()] == [2]
    assert b"".join(graph.query(text).json()) == b'{"results": [{"x": 1}, {"x": 2}]}'
    assert graph.query(text).rows() == [{"x": 1}, {"x": 2}]
    assert list(graph.query(text)) == [{"x": 1}, {"x": 2}]
    assert graph.query("CREATE (:A)").rows() == []
    with graph.query(text) as result:
        pass
    with pytest.raises(Conflict, match="closed"):
        result.rows()
    assert graph.queries() == []


def test_a_value_that_many_nodes_have_is_that_of_all_of_them(database: Database) -> None:
    graph = database.create_graph("g")
    graph.query("UNWIND range(0, 999) AS i CREATE (:A {x: i, y: i / 2})")
    for text in ("MATCH (n:A {y: $v}) RETURN n.x", "MATCH (n:A {x: $v}) RETURN n.x"):
        found = [graph.query(text, {"v": 5}).rows() for _ in range(3)]
        assert found[0] == found[1] == found[2]
        assert [row["n.x"] for row in found[0]] == ([10, 11] if "y" in text else [5])
    for text, changed in (("n:A {y: 5}", 2), ("n:A {x: 5}", 1), ("n:A {x: -5}", 0)):
        graph.query(f"MATCH ({text}) SET n.z = $text", {"text": text})
        (row,) = graph.query("MATCH (n {z: $text}) RETURN count(*)", {"text": text}).rows()
        assert row["count(*)"] == changed


def test_text_is_refused_before_anything_happens(database: Database) -> None:
    graph = database.create_graph("g")
    with pytest.raises(Invalid, match="A query is a text, not a value of type NoneType"):
        graph.query(None)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as malformed:
        graph.query("CREATE (:A) RETRUN 1")
    assert malformed.value.kind == "malformed_query"
    with pytest.raises(Unsupported):
        graph.query("MATCH (n) FOREACH (x IN [1] | SET n.x = x)")
    assert graph.queries() == []
    assert graph.version.number == 0


def test_a_failing_write_leaves_nothing(database: Database) -> None:
    graph = database.create_graph("g")
    add(graph, 1)
    with pytest.raises(Invalid):
        graph.query("CREATE (:Item {`~id`: 'new'}) CREATE (:Item {`~id`: 'item-1'})")
    with pytest.raises(Invalid):
        graph.query("MATCH (a:Item) DELETE a")
    assert reached(graph) == 1
    add(graph, 2)
    assert reached(graph) == 2


def test_parameters_are_plain_values(database: Database) -> None:
    graph = database.create_graph("g")
    given = {"a": (1, np.int64(2)), "b": np.array([0.5]), "c": {"d": None}, "unused": "x"}
    row = graph.query("RETURN $a AS a, $b AS b, $c AS c", given).rows()
    assert row == [{"a": [1, 2], "b": [0.5], "c": {"d": None}}]
    with pytest.raises(Invalid, match="The parameters are a tuple"):
        graph.query("RETURN $a AS a", ("x",))  # type: ignore[arg-type]
    for wrong in ({"a": object()}, {"a": 2**63}, {"a": {1: 2}}, {"a": [b"x"]}, {1: 2}):
        with pytest.raises(Invalid) as refused:
            graph.query("RETURN $a AS a", wrong)  # type: ignore[arg-type]
        assert refused.value.kind == "illegal_argument"
    assert graph.queries() == []


def test_names_and_ids_are_unique(database: Database) -> None:
    graph = database.create_graph("one", graph_id=GRAPH)
    with pytest.raises(Conflict) as name:
        database.create_graph("one")
    assert name.value.kind == "name"
    with pytest.raises(Conflict) as state:
        database.create_graph("two", graph_id=GRAPH)
    assert state.value.kind == "state"
    for wrong in ("", "x" * 129, "a\nb", "g-0123456789", "gs-0123456789", None):
        with pytest.raises(Invalid):
            database.create_graph(wrong)  # type: ignore[arg-type]
    for wrong in ("", "x" * 129, "a\nb", "\ud800"):
        with pytest.raises(Invalid, match="cannot be a name"):
            graph.snapshot(wrong)
    snapshot = graph.snapshot("s", snapshot_id=SNAPSHOT)
    with pytest.raises(Conflict):
        database.restore("s", "one")
    assert graph.snapshot("other name", snapshot_id=SNAPSHOT) == snapshot
    graph.snapshot("s")
    with pytest.raises(Conflict) as several:
        database.snapshot("s")
    assert several.value.kind == "name"
    assert database.snapshot(SNAPSHOT) == snapshot


def test_what_is_not_there(database: Database) -> None:
    with pytest.raises(NotFound):
        database.graph("nothing")
    with pytest.raises(NotFound):
        database.delete_graph("nothing")
    for call in (database.snapshot, database.delete_snapshot, database.verify):
        with pytest.raises(NotFound):
            call("nothing")
    with pytest.raises(NotFound):
        database.restore("nothing", "new")
    graph = database.create_graph("social")
    graph.snapshot("before")
    with pytest.raises(NotFound, match=r"no graph 'socail'; there is 'social'\."):
        database.graph("socail")
    with pytest.raises(NotFound, match=r"no snapshot 'befor'; there is 'before'\."):
        database.restore("befor", "again")
    with pytest.raises(NotFound):
        graph.cancel("nothing")
    with pytest.raises(NotFound):
        graph.running_query("nothing")


def test_everybody_gets_the_same_graph_until_it_is_closed(database: Database) -> None:
    graph = database.create_graph("g")
    assert database.graph("g") is database.graph(graph.id) is graph
    add(graph, 1)
    graph.close()
    graph.close()
    with pytest.raises(Conflict):
        graph.query("RETURN 1")
    with pytest.raises(Conflict):
        graph.snapshot("s")
    assert reached(database.graph("g")) == 1


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    with seaglass.open(tmp_path), pytest.raises(Conflict, match="is open in this process"):
        seaglass.open(tmp_path)
    database = seaglass.open(tmp_path)
    database.close()
    database.close()
    with pytest.raises(Conflict):
        database.create_graph("g")


def test_a_process_that_is_forked_writes_nothing_to_what_the_other_has_open(tmp_path: Path) -> None:
    """Its writes would be acknowledged, and overwritten. `multiprocessing` forks on Linux, up to Python 3.13."""
    database = Database.open(tmp_path)
    graph = database.create_graph("g")
    graph.query("CREATE (:A {n: 1})")
    child = os.fork()
    if child == 0:
        told = []
        for act in (
            lambda: graph.query("CREATE (:A {n: 2})"),
            lambda: graph.query("MATCH (n) RETURN n"),
            lambda: graph.snapshot("s"),
            lambda: database.graph("g"),
        ):
            try:
                act()
            except Conflict as error:
                told.append(error.message)
        graph.close()
        database.close()
        os._exit(0 if len(told) == 4 and "forked" in told[0] else 1)
    assert os.waitpid(child, 0)[1] == 0
    graph.query("CREATE (:A {n: 3})")
    with pytest.raises(Conflict, match="in this process"):
        Database.open(tmp_path)
    database.close()
    with Database.open(tmp_path) as again:
        rows = again.graph("g").query("MATCH (n) RETURN n.n AS n ORDER BY n").rows()
        assert [row["n"] for row in rows] == [1, 3]


def test_what_is_open_is_not_pickled_and_what_is_told_is(database: Database) -> None:
    graph = database.create_graph("pickled")
    for one in (database, graph, graph.query("RETURN 1 AS n")):
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="cannot be pickled or copied"):
                attempt(one)
    snapshot = graph.snapshot("s")
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
    with pytest.raises(Invalid) as refused:
        graph.query("RETURN")
    again = pickle.loads(pickle.dumps(refused.value))
    assert type(again) is Invalid
    assert vars(again) == vars(refused.value)
    assert str(again) == str(refused.value)


def test_a_deleted_graph_is_gone_and_its_snapshots_stay(database: Database) -> None:
    graph = database.create_graph("g", graph_id=GRAPH)
    add(graph, 1)
    graph.snapshot("s")
    database.delete_graph("g")
    assert database.graphs() == []
    again = database.create_graph("g", graph_id=GRAPH)
    assert reached(again) == 0
    assert reached(database.restore("s", "copy")) == 1


def test_retention_removes_what_is_neither_kept_nor_pinned() -> None:
    with seaglass.open() as database:
        graph = database.create_graph("g")
        other = database.create_graph("other").snapshot("other")
        for name in "abcde":
            # The times of snapshots are whole milliseconds.
            time.sleep(0.002)
            graph.snapshot(name)
        database.pin("b")
        database.pin("b")
        assert [ref.name for ref in database.prune("g", "last=2")] == ["a", "c"]
        assert database.prune(graph.id, "last=2") == []
        assert [ref.name for ref in database.snapshots()] == ["other", "b", "d", "e"]
        database.pin("b", pinned=False)
        with pytest.raises(NotFound, match="is not pinned"):
            database.pin("b", pinned=False)
        database.pin("e")
        database.delete_snapshot("e")
        assert [ref.name for ref in database.prune("g", "last=1")] == ["b"]
        assert other.id in {ref.id for ref in database.snapshots()}
        with pytest.raises(Invalid, match="does not say what to keep"):
            database.prune("g", "everything")
        with pytest.raises(NotFound, match="no snapshot of a graph"):
            database.prune("nothing", "last=1")


def test_reset_empties_a_graph(database: Database) -> None:
    graph = database.create_graph("g")
    add(graph, 1)
    graph.snapshot("s")
    graph.reset()
    assert reached(graph) == 0
    add(graph, 1)
    add(graph, 2)
    graph.close()
    assert reached(database.graph("g")) == 2
    assert reached(database.restore("s", "copy")) == 1


def test_load_is_all_or_nothing_and_durable(database: Database) -> None:
    graph = database.create_graph("g")
    add(graph, 1)
    numbers = list(range(2, 6))
    nodes = {
        "~id": [f"item-{n}" for n in numbers] + [f"mark-{n}" for n in numbers],
        "~label": ["Item"] * 4 + ["Mark"] * 4,
        "n": numbers * 2,
    }
    edges = {
        "~from": [f"item-{n}" for n in numbers],
        "~to": [f"mark-{n}" for n in numbers],
        "~label": ["NEXT"] * 4,
        "n": numbers,
    }
    with pytest.raises(Invalid):
        graph.load(nodes=nodes, edges={**edges, "~to": ["nobody"] * 4})
    assert reached(graph) == 1
    graph.load(nodes=nodes, edges=edges)
    assert reached(graph) == 5
    add(graph, 6)
    graph.close()
    assert reached(database.graph("g")) == 6


def test_a_timeout_and_a_cancel_end_a_query_that_waits(database: Database) -> None:
    graph = database.create_graph("g")
    with graph._writer.locked(lambda: None):
        with pytest.raises(Interrupted) as late:
            graph.query("CREATE (:A)", timeout_ms=0)
        assert late.value.kind == "timeout"
        outcome: list[SeaglassError] = []

        def wait() -> None:
            try:
                graph.query("CREATE (:A)", query_id="q-1")
            except SeaglassError as error:
                outcome.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        while not graph.queries():
            pass
        assert graph.running_query("q-1").state is State.WAITING
        with pytest.raises(Conflict):
            graph.query("RETURN 1", query_id="q-1")
        graph.cancel("q-1")
        thread.join()
    assert [error.kind for error in outcome] == ["cancelled"]
    assert graph.queries() == []
    assert graph.version.number == 0


def test_a_query_is_in_the_table_until_its_result_is_read() -> None:
    clock = ManualClock()
    graph = opened(MemoryFiles(clock), clock).create_graph("g")
    result = graph.query("RETURN 1 AS x", query_id="q", timeout_ms=1_000)
    clock.advance(0.25)
    (info,) = graph.queries()
    assert (info.id, info.state, info.waited_ms, info.elapsed_ms) == ("q", State.RUNNING, 0, 250)
    assert result.rows() == [{"x": 1}]
    assert graph.queries() == []
    dropped = graph.query("RETURN 1 AS x")
    assert len(graph.queries()) == 1
    del dropped
    assert graph.queries() == []


def test_a_deadline_holds_while_a_result_is_read() -> None:
    clock = ManualClock()
    graph = opened(MemoryFiles(clock), clock).create_graph("g")
    many = graph.query("UNWIND range(1, 200000) AS x RETURN x", timeout_ms=1_000).frames()
    next(many)
    clock.advance(2)
    with pytest.raises(Interrupted) as late:
        list(many)
    assert late.value.kind == "timeout"
    assert graph.queries() == []


def test_readers_keep_the_version_they_began_with(database: Database) -> None:
    graph = database.create_graph("g")
    for number in range(1, 4):
        add(graph, number)
    before = graph.query("MATCH (a:Item) RETURN a.n AS n ORDER BY n")
    graph.query("MATCH (a:Item) DETACH DELETE a")
    assert [row["n"] for row in before.rows()] == [1, 2, 3]
    assert items(graph) == []


def test_a_broken_log_refuses_writes_and_serves_reads() -> None:
    disk = MemoryFiles()
    with opened(disk) as database:
        add(database.create_graph("g"), 1)
    files = FaultyFiles(disk, Fault(0, "before", forever=True))
    database = opened(files)
    graph = database.graph("g")
    add(graph, 2)
    files._fault = Fault(files.count + 1, "before", forever=True)
    with pytest.raises(Unavailable, match="opened again"):
        add(graph, 3)
    files._fault = Fault(0, "before", forever=False)
    with pytest.raises(Unavailable, match="opened again"):
        add(graph, 3)
    with pytest.raises(Unavailable, match="opened again"):
        graph.reset()
    assert reached(graph) == 2
    graph.close()
    graph = database.graph("g")
    assert reached(graph) in (2, 3)
    add(graph, reached(graph) + 1)


def test_a_snapshot_is_read_where_it_is(tmp_path: Path) -> None:
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("g")
        add(graph, 1)
        graph.snapshot("s")
        add(graph, 2)
        with database.frozen("s") as frozen:
            rows = frozen.query("MATCH (n:Item) RETURN n.n AS n").rows()
            assert rows == [{"n": 1}]
            assert frozen.summary(detailed=False) == database.restore("s", "r").summary(
                detailed=False
            )
            assert "Item" in frozen.explain("MATCH (n:Item) RETURN n")
            for text in ("CREATE ()", "MATCH (n) SET n.x = 1", "MATCH (n) DETACH DELETE n"):
                with pytest.raises(Unsupported, match="can only be read"):
                    frozen.query(text)
            assert not frozen.queries()
            # Its objects outlive it for the grace period.
            database.delete_snapshot("s")
            database.sweep(database.plan_gc())
            assert frozen.query("MATCH (n:Mark) RETURN count(*) AS n").rows() == [{"n": 1}]
        with pytest.raises(Conflict, match="is closed"):
            frozen.query("RETURN 1")
        with pytest.raises(NotFound):
            database.frozen("s")


def test_a_clone_holds_what_the_graph_holds_and_goes_its_own_way(tmp_path: Path) -> None:
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("g")
        for number in (1, 2):
            add(graph, number)
        clone = database.clone("g", "c")
        add(graph, 3)
        assert (reached(clone), reached(graph)) == (2, 3)
        add(clone, 3)
        add(clone, 4)
        with pytest.raises(Conflict, match="There is a graph 'c'"):
            database.clone("g", "c")
        database.delete_graph("g")
    with seaglass.open(tmp_path) as database:
        assert [ref.name for ref in database.graphs()] == ["c"]
        assert reached(database.graph("c")) == 4


def test_a_graph_is_loaded_in_the_background(tmp_path: Path) -> None:
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("g")
        graph.query("UNWIND range(1, 100) AS n CREATE (:P {n: n})-[:R {w: n}]->(:Q)").close()
        graph.snapshot("s")
    with seaglass.open(tmp_path) as database:
        graph = database.restore("s", "again")
        loaded, total = graph.residence.loaded, graph.residence.total
        assert loaded < total
        graph.prefetch(wait=True)
        assert (graph.residence.loaded, graph.residence.total) == (total, total)
        # Nothing is read any more.
        shutil.rmtree(tmp_path / "objects")
        rows = graph.query("MATCH (:P {n: 7})-[r:R]->(:Q) RETURN r.w AS w").rows()
        assert rows == [{"w": 7}]


def test_what_cannot_be_loaded_is_told_by_the_query_that_needs_it(tmp_path: Path) -> None:
    with seaglass.open(tmp_path) as database:
        database.create_graph("g").query("UNWIND range(1, 2000) AS n CREATE (:P {n: n})").close()
        database.graph("g").snapshot("s")
    with seaglass.open(tmp_path) as database:
        graph = database.restore("s", "again")
        assert graph.residence.total > 0
        shutil.rmtree(tmp_path / "objects")
        graph.prefetch(wait=True)
        with pytest.raises(Corrupt, match="cannot be read"):
            graph.query("MATCH (p:P) RETURN p.n").rows()
        (tmp_path / "objects").mkdir()


def test_a_close_that_lacks_memory_closes_the_rest_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = MemoryFiles()
    database = opened(files)
    first, second = database.create_graph("first"), database.create_graph("second")

    def fail() -> None:
        raise MemoryError

    monkeypatch.setattr(first, "_checkpoint", fail)
    with pytest.raises(MemoryError):
        database.close()
    with pytest.raises(Conflict, match="is closed"):
        second.query("RETURN 1")
    with opened(files, seed=2) as again:
        assert again.graph("first").version.node_count == 0


def test_what_a_graph_names_when_it_is_deleted_is_kept_for_those_that_read_it() -> None:
    """It moves to another manifest between the first look and the lock, as when its process ends then."""

    class Ending(MemoryFiles):
        ending: Callable[[], None] | None = None

        def lock(self, path: Path) -> FileLock:
            if path.parent.name == GRAPH and self.ending is not None:
                ending, self.ending = self.ending, None
                ending()
            return super().lock(path)

    files = Ending()
    database = opened(files)
    graph = database.create_graph("g", graph_id=GRAPH)
    add(graph, 1)
    store = database._store
    before = store.refs.graph(GRAPH).manifest
    named: list[str] = []

    def end() -> None:
        graph.close()
        named.append(store.refs.graph(GRAPH).manifest)

    files.ending = end
    graphs.delete_graph(store, GRAPH)
    assert named != [before]
    assert {ref.manifest for ref in store.refs.retired()} == {before, *named}


@pytest.mark.parametrize("how", ["load", "snapshot", "checkpoint"])
def test_what_goes_on_while_a_graph_is_closed_changes_nothing_of_it_afterwards(how: str) -> None:
    """Somebody else may have it open by then."""
    files = ForgetfulFiles()
    database = opened(files)
    graph = database.create_graph("g", graph_id=GRAPH)
    add(graph, 1)
    begun, go_on = threading.Event(), threading.Event()
    errors: list[SeaglassError] = []

    def wait() -> None:
        begun.set()
        go_on.wait(60)

    def load() -> None:
        def change(head: GraphVersion, _: object) -> GraphVersion:
            wait()
            return emptied(head)

        graph.replace(change)

    def save() -> None:
        # It has looked whether the graph is open, and waits for another save.
        checkpoints = graph._checkpoints
        pin = partial(getattr, graph._writer, "current")
        wait()
        if how == "snapshot":
            checkpoints.snapshot(pin, "late", SNAPSHOT, None)
        else:
            checkpoints.checkpoint(pin)

    def work() -> None:
        try:
            (load if how == "load" else save)()
        except SeaglassError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(60)
    graph.close()
    again = database.graph(GRAPH)
    add(again, 2)
    again.checkpoint()
    add(again, 3)
    go_on.set()
    thread.join()
    assert [error.kind for error in errors] == ["state"]
    assert database.snapshots() == []
    assert reached(opened(files.after_kill(), seed=3).graph(GRAPH)) == 3
