"""How algorithms are called: their arguments, their rows, what is computed once, what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seaglass
from seaglass.base.errors import Exhausted, Forbidden, Invalid, SeaglassError
from seaglass.engine.algo.catalogue import BY_NODE, BY_ROW
from seaglass.engine.algo.run import NodeValues
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.semantics.algorithms import ALGORITHMS
from seaglass.engine.exec import algorithms
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from tests.engine.algo.tools import asked, graph
from tests.engine.exec.tools import context_of

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.algo.run import Run
    from seaglass.engine.values.options import Settings
    from tests.engine.exec.tools import WorkingView


def star() -> WorkingView:
    """a - b, a - c, and d alone."""
    return graph(
        {"a": ["Hub"], "b": ["End"], "c": ["End"], "d": []},
        [("a", "b", "R", {}), ("a", "c", "S", {"w": 2})],
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("CALL neptune.algo.degree('a') YIELD node, degree", [("a", 2)]),
        ("CALL neptune.algo.degree(['c', 'a'], {}) YIELD node, degree", [("c", 1), ("a", 2)]),
        ("CALL neptune.algo.degree([]) YIELD node, degree", []),
        ("CALL neptune.algo.degree(['x', 'a', null]) YIELD node, degree", [("a", 2)]),
        ("CALL neptune.algo.degree(null) YIELD node, degree", []),
        ("MATCH (n:End) CALL neptune.algo.degree(n) YIELD node, degree", [("b", 1), ("c", 1)]),
        ("MATCH (n:End) WITH collect(n) AS l CALL neptune.algo.degree(l) YIELD node, degree",
         [("b", 1), ("c", 1)]),
        ("MATCH (n:Hub) CALL neptune.algo.degree([n, 'b']) YIELD node, degree",
         [("a", 2), ("b", 1)]),
        ("MATCH (n:End) CALL neptune.algo.degree(id(n), {}) YIELD node, degree",
         [("b", 1), ("c", 1)]),
        ("MATCH (n) CALL neptune.algo.degree(n, {vertexLabel: 'End'}) YIELD node, degree",
         [("b", 0), ("c", 0)]),
        ("OPTIONAL MATCH (n:No) CALL neptune.algo.degree(n) YIELD node, degree", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("options", [Options(), Options(frame_rows=1, force_mixed=True)], ids=str)
def test_nodes_are_given_in_many_ways(
    text: str, rows: list[tuple[str, int]], options: Options
) -> None:
    found = asked(f"{text} RETURN id(node), degree", star(), options).rows
    assert found == rows


def test_without_yield_all_results_are_given() -> None:
    view = star()
    wanted = [("a", 2), ("b", 1), ("c", 1), ("d", 0)]
    text = "MATCH (n) CALL neptune.algo.degree(n) RETURN id(node), degree"
    assert asked(text, view).rows == wanted
    for text in ("CALL neptune.algo.degree('a')", "MATCH (n:Hub) CALL neptune.algo.degree(n)"):
        whole = asked(text, view)
        assert len(whole.rows) == 1
        assert '"node": {"~id": "a", "~entityType": "node", "~labels": ["Hub"]' in whole.json
        assert whole.json.endswith('"degree": 2}]}')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MATCH (node) CALL neptune.algo.degree(node) RETURN degree", "`node` is already bound"),
        ("CALL neptune.algo.degree(1)", "The argument nodes is of type NODE, STRING or LIST"),
        ("CALL neptune.algo.degree()", "takes 1 to 2 arguments, but 0 stand here"),
        ("CALL neptune.algo.degree.mutate()", "takes 1 argument, but 0 stand here"),
        ("CALL neptune.algo.degree('a', {}, {})", "takes 1 to 2 arguments, but 3 stand here"),
        ("CALL neptune.algo.degree('a', 'b')", "The argument config is of type MAP"),
        ("CALL neptune.algo.degree(['a', 1])", "degree: nodes takes nodes and ids of nodes, not"),
        ("UNWIND [1] AS x CALL neptune.algo.degree(x) RETURN degree", "expected a value of type"),
        ("WITH null AS c CALL neptune.algo.degree('a', c) RETURN degree", "config is of type MAP"),
        ("CALL neptune.algo.degree('a', {edgeLabels: 'R'})", "takes as edgeLabels a list of"),
        ("CALL neptune.algo.degree('a', {traversalDirection: 'up'})", "one of outbound, inbound"),
        ("CALL neptune.algo.degree('a', {concurrency: -1})", "concurrency an integer of at least"),
        ("CALL neptune.algo.degree.mutate({})", "degree.mutate needs the option writeProperty"),
        ("CALL neptune.algo.degree.mutate({writeProperty: '~id'})", "reserved"),
        (
            "CALL neptune.algo.bfsx('a')",
            "no procedure neptune.algo.bfsx; did you mean neptune.algo.bfs?",
        ),
    ],
)
def test_wrong_calls_are_refused(text: str, message: str) -> None:
    view = star()
    before = view.version
    with pytest.raises(SeaglassError) as raised:
        asked(text, view)
    assert message in raised.value.message
    assert view.version is before


@pytest.mark.parametrize("threads", [0, 1, 4, 1_000_000])
def test_any_count_of_threads_is_taken(threads: int) -> None:
    text = f"CALL neptune.algo.degree('a', {{concurrency: {threads}, unknown: [1]}}) YIELD degree"
    assert asked(f"{text} RETURN degree", star()).rows == [(2,)]


def test_parameters_are_not_for_arguments_in_the_dialect_neptune() -> None:
    view, neptune = star(), Options(neptune=True)
    direct = "CALL neptune.algo.degree($id) YIELD degree RETURN degree"
    nested = "CALL neptune.algo.degree('a', {edgeLabels: [$id]}) YIELD degree RETURN degree"
    assert asked(direct, view, id="a").rows == [(2,)]
    assert asked(nested, view, id="R").rows == [(1,)]
    for text in (direct, nested):
        with pytest.raises(SeaglassError, match="does not support parameters in the arguments"):
            asked(text, view, neptune, id="a")
    through = "WITH $id AS x CALL neptune.algo.degree(x) YIELD degree RETURN degree"
    assert asked(through, view, neptune, id="a").rows == [(2,)]


def test_options_may_differ_from_row_to_row() -> None:
    text = """UNWIND ['R', 'R', 'S', 'T', 'R'] AS t
              CALL neptune.algo.degree(['a', 'b'], {edgeLabels: [t]}) YIELD node, degree
              RETURN t, id(node), degree"""
    counts = {"R": (1, 1), "S": (1, 0), "T": (0, 0)}
    wanted = [
        (t, node, counts[t][place])
        for t in ("R", "R", "S", "T", "R")
        for place, node in enumerate(("a", "b"))
    ]
    for options in (Options(), Options(frame_rows=2)):
        assert asked(text, star(), options).rows == wanted


def test_what_a_query_has_changed_is_seen_and_what_it_has_deleted_is_not_taken() -> None:
    view = star()
    text = """MATCH (a {`~id`: 'a'}), (d {`~id`: 'd'}) CREATE (a)-[:R]->(d) WITH a, d
              CALL neptune.algo.bfs.levels(a) YIELD node, level RETURN id(node), level"""
    assert sorted(asked(text, view).rows) == [("a", 0), ("b", 1), ("c", 1), ("d", 1)]
    text = """MATCH (d {`~id`: 'd'}) DETACH DELETE d WITH d
              CALL neptune.algo.degree(d) YIELD degree RETURN degree"""
    with pytest.raises(Invalid, match="a node that this query has deleted") as raised:
        asked(text, view)
    assert raised.value.kind == "constraint"
    text = "CALL neptune.algo.degree(['a', 'd']) YIELD node, degree RETURN id(node), degree"
    assert asked(text, view).rows == [("a", 2)]


class Counting:
    """An algorithm that counts how often it runs; a node's value is the number of that run."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, run: Run, settings: Settings) -> NodeValues:
        self.runs += 1
        return NodeValues(np.full(run.version.next_node, self.runs), None)


def test_what_holds_for_the_graph_is_computed_once_for_all_rows() -> None:
    counting = Counting()
    declared = {procedure.name: procedure for procedure in ALGORITHMS}
    degree, mutate = declared["neptune.algo.degree"], declared["neptune.algo.degree.mutate"]
    bodies = {
        degree.name: algorithms._for_nodes(degree, counting),
        mutate.name: algorithms._mutating(mutate, counting),
    }

    def rows(text: str) -> list[Any]:
        counting.runs = 0
        query = compile_query(text)
        context = context_of(star(), options=Options(frame_rows=2))
        context.procedures = bodies
        frames = list(run(query, context))
        return [value for frame in frames for value in frame.columns[query.columns[0]].to_list()]

    text = "UNWIND range(1, 9) AS x MATCH (n) CALL neptune.algo.degree(n) RETURN degree"
    assert rows(text) == [1] * 36
    text = """UNWIND range(1, 3) AS x CALL { WITH x CALL neptune.algo.degree('a') YIELD degree
              RETURN degree + x - x AS d } RETURN d"""
    assert rows(text) == [1] * 3
    text = """CALL neptune.algo.degree('a') YIELD degree AS before
              CALL neptune.algo.degree.mutate({writeProperty: 'p'}) YIELD success
              CALL neptune.algo.degree('a') YIELD degree RETURN [before, degree]"""
    # The graph has changed in between, and the other procedure has options of its own.
    assert rows(text) == [[1, 3]]


def test_mutate_writes_one_change_and_says_so() -> None:
    view = star()
    before = len(view.changes)
    text = "CALL neptune.algo.degree.mutate({writeProperty: 'd', vertexLabels: ['Hub', 'End']})"
    assert asked(text, view).json == '{"results": [{"success": true}]}'
    assert len(view.changes) == before + 1
    rows = asked("MATCH (n) RETURN id(n), n.d", view).rows
    assert rows == [("a", 2), ("b", 1), ("c", 1), ("d", None)]
    text = (
        "MATCH (n:End) CALL neptune.algo.degree.mutate({writeProperty: 'd'}) RETURN id(n), success"
    )
    assert asked(text, view).rows == [("b", True), ("c", True)]
    assert asked("MATCH (n) RETURN sum(n.d)", view).rows == [(4,)]


def test_mutate_needs_the_right_to_write() -> None:
    with seaglass.open(None) as database:
        made = database.create_graph("g")
        made.query("CREATE (:N)-[:R]->(:N)")
        text = "CALL neptune.algo.degree.mutate({writeProperty: 'd'})"
        with pytest.raises(Forbidden, match="no Write"):
            made.query(text, withheld={"writes": "no Write"})
        assert made.query("MATCH (n) RETURN sum(n.d) AS d").rows() == [{"d": 0}]
        made.query("CALL neptune.algo.degree('x')", withheld={"writes": "no Write"}).close()


def test_what_mutate_wrote_is_in_the_log_and_in_snapshots(tmp_path: Path) -> None:
    read = "MATCH (n) RETURN sum(n.d) AS d, count(n.d) AS nodes"
    with seaglass.open(tmp_path) as database:
        made = database.create_graph("g")
        made.query("UNWIND range(1, 500) AS x CREATE (:N)-[:R]->(:N)")
        made.query("CALL neptune.algo.degree.mutate({writeProperty: 'd'})").close()
        made.snapshot("after")
    with seaglass.open(tmp_path) as database:
        assert database.graph("g").query(read).rows() == [{"d": 1000, "nodes": 1000}]
        restored = database.restore("after", "again")
        assert restored.query(read).rows() == [{"d": 1000, "nodes": 1000}]


def test_memory_of_a_projection_is_counted() -> None:
    with seaglass.open(None, memory_bytes=16_000_000) as database:
        made = database.create_graph("g")
        count = 400_000
        ids = [str(number) for number in range(count)]
        made.load(
            {"~id": ids, "~label": ["N"] * count},
            {"~from": ids, "~to": ids[1:] + ids[:1], "~label": ["R"] * count},
        )
        with pytest.raises(Exhausted, match="more memory"):
            made.query("CALL neptune.algo.degree('1', {vertexLabel: 'N'})").close()
        rows = made.query("CALL neptune.algo.degree('1') YIELD degree").rows()
        assert rows == [{"degree": 2}]


def test_every_declared_algorithm_has_a_body_and_only_these() -> None:
    names = {procedure.name.removeprefix("neptune.algo.") for procedure in ALGORITHMS}
    assert names == {*BY_ROW, *BY_NODE, *(f"{name}.mutate" for name in BY_NODE)}
    with pytest.raises(Invalid):
        asked("CALL neptune.algo.degree('a', 1)", star())
