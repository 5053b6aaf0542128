"""What operators hold is charged, and given back however a query ends.

Method: a purse with little in it, and queries that would need much more; then every query of the
table with every ending: to the end, at the limit, at the n-th check of cancellation, closed early.
"""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Exhausted, Interrupted
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.holding import frame_bytes, value_bytes, values_bytes, written_bytes
from seaglass.engine.exec.procedures import BODIES
from seaglass.engine.exec.run import run
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from tests.engine.exec.tools import WorkingView, compile_query, context_of, text_view

if TYPE_CHECKING:
    from seaglass.engine.exec.context import Context

GRAPH = (
    "UNWIND range(0, 149) AS x CREATE (:P {n: x, t: 'text ' + x})",
    "MATCH (a:P), (b:P) WHERE b.n > a.n AND b.n < a.n + 6 CREATE (a)-[:R {w: a.n}]->(b)",
)
PAIRS = "UNWIND range(1, 200) AS x UNWIND range(1, 200) AS y "
TEXT = "WITH reduce(t = 'x', i IN range(1, 11) | t + t) AS t "
LITTLE = 200_000
# Each needs more.
HEAVY = (
    PAIRS + "RETURN x + y AS z ORDER BY z",
    PAIRS + "RETURN x, y ORDER BY x DESC LIMIT 35000",
    PAIRS + "RETURN DISTINCT x * 1000 + y AS z",
    PAIRS + "RETURN x, y, count(*) AS c",
    PAIRS + "RETURN collect(x) AS l",
    PAIRS + "RETURN count(DISTINCT x * 1000 + y) AS c, sum(x) AS s",
    PAIRS + "RETURN percentileCont(x * 1000 + y, 0.5) AS p",
    PAIRS + "CREATE (n {x: x})",
    PAIRS + "WITH x, y MATCH (a:P {n: x}) SET a.last = y",
    PAIRS + "MERGE (n:M {x: x, y: y % 2})",
    "MATCH (a:P), (b:P) DETACH DELETE a, b",
    "MATCH p = (a:P {n: 0})-[:R*1..5]->(b) WITH collect(p) AS ps RETURN size(ps) AS s",
    "MATCH p = (a:P {n: 0})-[:R*1..5]->(b) RETURN p ORDER BY b.n",
    "MATCH p = allShortestPaths((a:P {n: 0})-[:R*]->(b:P {n: 47})) RETURN count(p) AS c",
    "UNWIND range(1, 200000) + [0] AS x RETURN count(x) AS c",
    "RETURN size([x IN range(1, 100000) | x * 2]) AS s",
    "RETURN size(reduce(l = [], x IN range(1, 60) | l + range(1, 2000))) AS s",
    "RETURN size(reduce(t = 'x', i IN range(1, 22) | t + t)) AS s",
    f"{TEXT} RETURN size(replace(replace(t, 'x', '{'x' * 10}'), 'x', '{'x' * 15}')) AS s",
    f"{TEXT} UNWIND range(1, 1000) AS x RETURN t + x AS t",
    "MATCH (a:P) RETURN [(a)-[:R*1..4]->(b) | b.n] AS l",
    (
        "MATCH (a:P) WITH collect(a) AS l CALL neptune.algo.sssp.bellmanFord.path(l, l, "
        "{edgeWeightProperty: 'w', edgeWeightType: 'int'}) YIELD path RETURN count(path) AS c"
    ),
)
# The same, small or of other shapes: what they hold must come back as well.
LIGHT = (
    "UNWIND range(1, 100) AS x CALL { WITH x CREATE (:Q) } RETURN count(*) AS c",
    "MATCH (a:P)-[:R]->(b) RETURN a.n, b.n ORDER BY a.n, b.n LIMIT 3",
    "MATCH (a:P {n: 0})-[:R*1..3]->(b) RETURN DISTINCT b.n AS n",
    "MATCH (a:P)-[:R]->(b)-[:R]->(c) RETURN count(*) AS c",
    "MATCH (a:P)-[:R]->()-[:R]->()-[:R]->(a) RETURN count(*) AS c",
    "UNWIND range(0, 50) AS x MATCH (a:P {n: x}) OPTIONAL MATCH (a)-[:R]->(b:Q) RETURN a, b",
    "MATCH p = shortestPath((a:P {n: 0})-[:R*]->(b:P {n: 60})) RETURN length(p) AS l",
    "UNWIND [1, 2] AS x CALL { MATCH (a:P) RETURN a.n AS n } RETURN x, n LIMIT 5",
    "MATCH (a:P) WITH a LIMIT 20 MATCH (b:P) RETURN a.n + b.n AS s LIMIT 30",
    "MATCH (a:P) WHERE EXISTS { (a)-[:R]->(:P {n: 7}) } RETURN all(x IN [1, a.n] WHERE x > 0) AS y",
    "CALL neptune.graph.pg_schema() YIELD schema RETURN schema",
    "MATCH (a:P) CALL neptune.algo.degree(a, {vertexLabel: 'P'}) YIELD degree RETURN degree",
    "CALL neptune.algo.degree.mutate({writeProperty: 'd'}) YIELD success RETURN success",
    "MATCH (a:P) CALL neptune.algo.bfs.levels(a) YIELD level RETURN level",
    (
        "MATCH (a:P) CALL neptune.algo.sssp.deltaStepping.parents(a, "
        "{edgeWeightProperty: 'w', edgeWeightType: 'int'}) YIELD parent RETURN parent.n AS n"
    ),
    (
        "MATCH (a:P) CALL neptune.algo.topksssp(a, {hopCount: 3, perHopLimits: [9, 9, 9]}) "
        "YIELD node RETURN node.n AS n"
    ),
    (
        "MATCH (a:P) CALL neptune.algo.egonet(a, {hopCount: 2, perHopMaxNeighbor: [3, 3], "
        "perHopEdgeWeightProperty: ['w', 'w'], edgeWeightType: 'int'}) YIELD nodeList RETURN nodeList"
    ),
)


class Purse:
    """A purse that refuses as the real one does: what is refused counts all the same."""

    def __init__(self, most: float) -> None:
        self.most = most
        self.held = 0
        self.peak = 0

    def charge(self, amount_bytes: int) -> None:
        self.held += amount_bytes
        assert self.held >= 0, "more was given back than charged"
        if amount_bytes > 0 and self.held > self.most:
            raise Exhausted("memory", "There is no room for that.")
        self.peak = max(self.peak, self.held)


class Counted:
    """An interrupt that ends the query at the n-th check."""

    def __init__(self, checks: float) -> None:
        self.left = checks
        self.flag = new_flag()

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Interrupted("cancelled", "enough")


def prepared(text: str, most: float, rows: int = 4_096) -> tuple[Context, Purse]:
    view = text_view(*GRAPH)
    view.changes.clear()
    context = context_of(view, options=Options(frame_rows=rows))
    context.procedures = BODIES
    context.budget = purse = Purse(most)
    return context, purse


def written(context: Context) -> int:
    """What changes are counted for: they stay until the commit."""
    assert isinstance(context.view, WorkingView)
    return sum(map(written_bytes, context.view.changes))


def drained(text: str, context: Context) -> None:
    for _ in run(compile_query(text), context):
        pass


@pytest.mark.parametrize("text", HEAVY)
def test_a_query_that_needs_much_is_refused_and_gives_back(text: str) -> None:
    context, purse = prepared(text, LITTLE)
    with pytest.raises(Exhausted, match="room"):
        drained(text, context)
    assert purse.held == written(context)
    # It is the purse that was too small.
    context, purse = prepared(text, float("inf"))
    drained(text, context)
    assert purse.held == written(context)
    assert purse.peak > LITTLE


@pytest.mark.parametrize("text", [*HEAVY, *LIGHT])
def test_all_is_given_back_however_a_query_ends(text: str) -> None:
    for checks in (1, 7, 30):
        context, purse = prepared(text, float("inf"), rows=1_000)
        context.interrupt = Counted(checks)
        try:
            drained(text, context)
        except Interrupted:
            pass
        assert purse.held == written(context), f"cancelled at check {checks}"
    context, purse = prepared(text, float("inf"), rows=500)
    frames = run(compile_query(text), context)
    next(frames, None)
    frames.close()  # type: ignore[attr-defined]
    assert purse.held == written(context), "closed early"


def test_neighbours_of_one_node_and_arrays_of_grouping_are_charged() -> None:
    view = text_view(
        "CREATE (:Hub)", "MATCH (h:Hub) UNWIND range(1, 5000) AS x CREATE (h)-[:R]->()"
    )
    step = "MATCH (h:Hub)-[r]->(b) RETURN id(b) AS i, id(r) AS j"
    group = "UNWIND range(1, 5000) AS x RETURN x % 2 AS k, count(*) AS c"
    for text, least in ((step, 8 * 3 * 5_000), (group, 64 * 5_000)):
        context = context_of(view, options=Options(frame_rows=1_000))
        context.budget = purse = Purse(float("inf"))
        drained(text, context)
        assert purse.held == 0
        assert purse.peak >= least
        context.budget = purse = Purse(least - 1)
        with pytest.raises(Exhausted, match="room"):
            drained(text, context)
        assert purse.held == 0


def test_paths_are_made_in_parts_between_which_a_query_may_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "MATCH p = (a:P {n: 0})-[:R*1..5]->(b) RETURN count(p) AS c"

    def looks() -> float:
        context, _ = prepared(text, float("inf"), rows=100_000)
        context.interrupt = counted = Counted(1_000_000)
        drained(text, context)
        return 1_000_000 - counted.left

    whole = looks()
    # 3,125 paths of up to five edges, each with its nodes.
    monkeypatch.setattr("seaglass.engine.exec.expressions.paths._BATCH_VALUES", 100)
    assert looks() > whole + 100


def test_sizes_of_values_are_not_far_from_the_truth() -> None:
    assert 1_000_000 <= value_bytes("x" * 1_000_000) <= 1_001_000
    numbers = list(range(1000, 101_000))
    assert 3_600_000 <= value_bytes(numbers) <= 5_500_000
    assert value_bytes([["x" * 1000] * 5] * 50) > 200_000
    assert value_bytes({"a": numbers}) > 3_600_000
    frame = Frame({"a": cols.from_values([1, 2]), "b": cols.mixed([numbers, 1])}, 2)
    assert frame_bytes(frame) > 3_600_000


@pytest.mark.parametrize("item", [1, "text", "é" * 9, None, [1, 2], {"c": "x"}, 1.5])
def test_maps_together_take_what_each_takes(item: object) -> None:
    maps = [{"a": 1, "b": item}, {}, {"a": True}, {"longer": "text"}]
    places = 8 * len(maps)
    assert values_bytes(maps) == sum(map(value_bytes, maps)) + places
    assert values_bytes([*maps, None]) == sum(map(value_bytes, [*maps, None])) + places + 8
    assert value_bytes({"a": 1, "b": item}) == 200 + 2 * 60 + 40 + value_bytes(item)


LONG_TEXT = "WITH reduce(t = '', i IN range(1, 8000) | t + 'word ') AS t"


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG_TEXT} UNWIND split(t, ' ') AS one RETURN t, count(one)",
        f"{LONG_TEXT} RETURN size([i IN range(0, 8000) WHERE substring(t, i, 1) <> 'x' | i])",
        "WITH range(1, 8000) AS l UNWIND l AS x RETURN DISTINCT l",
        "WITH range(1, 8000) AS l UNWIND l AS x RETURN l, count(x)",
    ],
)
def test_what_stands_in_all_rows_is_there_once(text: str) -> None:
    # Once for each of its 8,000 items or words it would take 320 MB and more.
    context, purse = prepared(text, 50 * 1024 * 1024)
    drained(text, context)
    assert purse.held == 0


def test_lists_that_rows_share_make_no_number_for_each_element() -> None:
    # Of 2,000 million elements, as many numbers would be 16 GB.
    context, _ = prepared("RETURN 1", float("inf"))
    context.interrupt = Counted(300)
    text = (
        "WITH range(1, 1000000) AS l UNWIND range(1, 2000) AS x RETURN size([y IN l | y + x]) AS s"
    )
    tracemalloc.start()
    try:
        with pytest.raises(Interrupted):
            drained(text, context)
        assert tracemalloc.get_traced_memory()[1] < 1 << 30
    finally:
        tracemalloc.stop()


def test_a_large_map_set_for_many_rows_is_not_copied_for_each() -> None:
    keys = 2_000
    context, _ = prepared("RETURN 1", float("inf"))
    context.parameters = {"m": {f"key {number}": None for number in range(keys)}}
    tracemalloc.start()
    try:
        drained("UNWIND range(1, 500) AS x CREATE (n) SET n += $m", context)
        # A copy of it takes some 100 KB.
        assert tracemalloc.get_traced_memory()[1] < 25 << 20
    finally:
        tracemalloc.stop()


def test_what_is_written_is_counted_until_the_query_ends() -> None:
    context, purse = prepared("RETURN 1", float("inf"))
    drained("UNWIND range(1, 1000) AS x CREATE (n {t: 'some text ' + x})", context)
    assert purse.held == written(context) > 3 * 1_000 * len("some text 1")
    context.budget = small = Purse(0.5 * purse.held)
    changes = list(context.view.changes)  # type: ignore[attr-defined]
    with pytest.raises(Exhausted, match="room"):
        drained("UNWIND range(1, 1000) AS x CREATE (n {t: 'some text ' + x})", context)
    assert small.held == 0
    assert context.view.changes == changes  # type: ignore[attr-defined]


def test_maps_of_entities_are_made_in_parts_and_counted() -> None:
    peaks, looks = [], []
    for text in ("MATCH (a:P) RETURN a AS x", "MATCH (a:P) RETURN properties(a) AS x"):
        context, purse = prepared(text, float("inf"))
        context.interrupt = counted = Counted(1_000)
        drained(text, context)
        assert purse.held == 0
        peaks.append(purse.peak)
        looks.append(1_000 - counted.left)
    assert peaks[1] >= peaks[0] + 150 * value_bytes({"n": 1, "t": "text 1"})
    assert looks[1] >= looks[0] + 2


def test_values_of_a_set_are_counted_until_all_are_made() -> None:
    text = "MATCH (a:P) WITH a, {m: $long} AS m SET a.u = m.m + a.n"
    context, purse = prepared(text, float("inf"))
    context.parameters = {"long": "x" * 1_000}
    drained(text, context)
    assert purse.peak >= written(context) + 150 * 1_000
