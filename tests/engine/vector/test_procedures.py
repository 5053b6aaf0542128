"""Goal: embeddings are what was written, whatever happens to the graph in between; and each procedure
takes and gives what it is documented to.

Method: a dict of vectors beside a database, through writes, failures, deletions, snapshots, restores,
clones, checkpoints and openings; then the procedures one by one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import seaglass
from seaglass.base import limits
from seaglass.base.clock import ManualClock
from seaglass.base.errors import Exhausted, Forbidden, Invalid, Unsupported
from seaglass.engine.database import Database
from seaglass.engine.exec import vectors
from seaglass.engine.exec.algorithms import listed
from seaglass.engine.exec.procedures import BODIES
from seaglass.engine.exec.run import run
from seaglass.engine.follower import Follower
from seaglass.engine.graph.check import check
from seaglass.engine.values import column as cols
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.lists import listed as lists_of_counts
from seaglass.testkit.files import ForgetfulFiles
from tests.engine.exec.tools import Never, WorkingView, compile_query, context_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.live_graph import Graph
    from seaglass.engine.queries import Queries

NAMES = [f"n{number}" for number in range(6)]
VECTOR = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 3.0]), min_size=2, max_size=2)
GET = "MATCH (n) CALL neptune.algo.vectors.get(n) YIELD node, embedding RETURN id(node) AS id, embedding"


def embeddings(graph: Queries) -> dict[str, Any]:
    return {row["id"]: row["embedding"] for row in graph.query(GET).rows()}


class Embeddings(RuleBasedStateMachine):
    """A database that is killed and opened again, and what its graphs and snapshots should hold."""

    @initialize(bulk=st.sampled_from([1, 3, 100]))
    def begin(self, bulk: int) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(limits, "VECTOR_BLOCK_BYTES", 32)
        self.patch.setattr(limits, "PATCH_BULK_ROWS", bulk)
        self.clock = ManualClock()
        self.files = ForgetfulFiles(self.clock)
        self.graphs: dict[str, dict[str, Any]] = {}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.open()
        self.database.create_graph("g0", vector_dimension=2)
        self.graphs["g0"] = {}
        self.create("g0")

    def open(self) -> None:
        self.database = Database.open("/data", files=self.files, clock=self.clock)

    def graph(self, name: str) -> Graph:
        return self.database.graph(name)

    def create(self, name: str) -> None:
        text = "UNWIND $names AS name MERGE (n {`~id`: name}) SET n.x = 1"
        self.graph(name).query(text, {"names": NAMES}).close()

    def chosen(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.graphs)))

    @rule(data=st.data())
    def upsert(self, data: st.DataObject) -> None:
        name = self.chosen(data)
        some = data.draw(
            st.lists(st.tuples(st.sampled_from(NAMES), VECTOR), min_size=1, max_size=5)
        )
        self.create(name)
        result = self.graph(name).query(
            "UNWIND $some AS one MATCH (n {`~id`: one[0]}) WITH n, one[1] AS vector "
            "CALL neptune.algo.vectors.upsert(n, vector) YIELD node, embedding, success "
            "RETURN id(node) AS id, embedding, success",
            {"some": some},
        )
        expected = [{"id": key, "embedding": one, "success": True} for key, one in some]
        assert result.rows() == expected
        self.graphs[name].update(some)

    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        """A query that fails after it has written leaves nothing."""
        name = self.chosen(data)
        self.create(name)
        with pytest.raises(Invalid):
            self.graph(name).query(
                "MATCH (n) CALL neptune.algo.vectors.upsert(n, [9, 9]) YIELD node "
                "WITH collect(node) AS all "
                "CALL neptune.algo.vectors.remove(all) YIELD success WITH success LIMIT 1 "
                "MATCH (m) WITH m, date(CASE WHEN m.x = 1 THEN 'no' END) AS d SET m.y = d"
            ).close()

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = self.chosen(data)
        some = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
        self.create(name)
        text = "CALL neptune.algo.vectors.remove($nodes)"
        rows = self.graph(name).query(text, {"nodes": some}).rows()
        assert [(row["node"].id, row["success"]) for row in rows] == [(key, True) for key in some]
        for key in some:
            self.graphs[name].pop(key, None)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name, key = self.chosen(data), data.draw(st.sampled_from(NAMES))
        self.graph(name).query("MATCH (n {`~id`: $key}) DETACH DELETE n", {"key": key}).close()
        self.graphs[name].pop(key, None)

    @rule(data=st.data())
    def reset(self, data: st.DataObject) -> None:
        name = self.chosen(data)
        self.graph(name).reset()
        self.graphs[name] = {}

    @rule(data=st.data())
    def checkpoint(self, data: st.DataObject) -> None:
        self.graph(self.chosen(data)).checkpoint()

    @precondition(lambda self: len(self.snapshots) < 3)
    @rule(data=st.data())
    def snapshot(self, data: st.DataObject) -> None:
        name = self.chosen(data)
        taken = self.graph(name).snapshot(f"s{len(self.snapshots)}")
        self.snapshots[taken.name] = dict(self.graphs[name])
        assert self.database.verify(taken.id).ok

    @precondition(lambda self: self.snapshots and len(self.graphs) < 3)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.snapshots)))
        new = f"g{len(self.graphs)}"
        self.database.restore(name, new)
        self.graphs[new] = dict(self.snapshots[name])

    @precondition(lambda self: len(self.graphs) < 3)
    @rule(data=st.data())
    def clone(self, data: st.DataObject) -> None:
        name, new = self.chosen(data), f"g{len(self.graphs)}"
        self.database.clone(name, new)
        self.graphs[new] = dict(self.graphs[name])

    @rule(killed=st.booleans())
    def open_again(self, killed: bool) -> None:
        if killed:
            self.files = self.files.after_kill()
        else:
            self.database.close()
        self.open()

    @rule(data=st.data())
    def follow(self, data: st.DataObject) -> None:
        name = self.chosen(data)
        graph = self.graph(name)
        with Follower(self.database._store, graph.id, self.database._shared) as follower:
            assert embeddings(follower) == self.graphs[name]

    @invariant()
    def they_are_what_was_written(self) -> None:
        for name, expected in self.graphs.items():
            graph = self.graph(name)
            check(graph.version)
            assert graph.version.vectors is not None
            assert graph.version.vectors.dimension == 2
            assert embeddings(graph) == expected
        for name, expected in self.snapshots.items():
            assert embeddings(self.database.frozen(name)) == expected

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()


Embeddings.TestCase.settings = settings(
    max_examples=max(6, settings.default.max_examples // 5), stateful_step_count=12
)
test_embeddings = Embeddings.TestCase


@pytest.fixture
def graph() -> Graph:
    """Five nodes of a line, and one that has no embedding."""
    graph = seaglass.open().create_graph("vectors", vector_dimension=2)
    graph.query("UNWIND range(1, 5) AS i CREATE (:A {`~id`: 'n' + i, x: i})").close()
    graph.query("CREATE (:B {`~id`: 'none'})").close()
    graph.query("MATCH (n:A) CALL neptune.algo.vectors.upsert(n, [n.x, 1])").close()
    return graph


def rows(graph: Queries, text: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
    """The values of each row, nodes as their ids."""
    found = graph.query(text, parameters).rows()
    return [tuple(getattr(value, "id", value) for value in row.values()) for row in found]


def call(text: str) -> str:
    return f"CALL neptune.algo.vectors.{text}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get('n2')", [("n2", [2.0, 1.0])]),
        ("get(['n3', 'none', 'absent', 'n1'])", [("n3", [3.0, 1.0]), ("n1", [1.0, 1.0])]),
        ("get('none')", []),
        ("get(null)", []),
        ("upsert('none', [0.1, 7])", [("none", [float(np.float32(0.1)), 7.0], True)]),
        ("remove(['n1', 'none', 'absent'])", [("n1", True), ("none", True)]),
        ("distance.byNode('n1', ['n4', 'n1'])", [("n1", "n4", 9.0), ("n1", "n1", 0.0)]),
        ("distance.byNode(['n1', 'n2'], ['n3', 'n4'], {metric: 'l2'})",
         [("n1", "n3", 2.0), ("n1", "n4", 3.0), ("n2", "n3", 1.0), ("n2", "n4", 2.0)]),
        ("distance.byNode('n1', 'n3', {metric: 'DOTPRODUCT'})", [("n1", "n3", 4.0)]),
        ("distance('n1', 'n3', {metric: 'CosineSimilarity'})", [("n1", "n3", 4 / math.sqrt(20))]),
        ("distance.byEmbedding(['n1', 'n3'], {embedding: [0, 1]})", [("n1", 1.0), ("n3", 9.0)]),
        ("distance.byEmbedding('n3', {embedding: [0, 1], metric: 'L2'})", [("n3", 3.0)]),
        ("distanceByEmbedding([0, 1], 'n3', {metric: 'L2'})", [([0, 1], "n3", 3.0)]),
        ("topK.byNode('n2', {topK: 3})", [("n2", "n2", 0.0), ("n2", "n1", 1.0), ("n2", "n3", 1.0)]),
        ("topK.byNode(['n1', 'n5'], {topK: 2})",
         [("n1", "n1", 0.0), ("n1", "n2", 1.0), ("n5", "n5", 0.0), ("n5", "n4", 1.0)]),
        ("topKByNode('n5', {topK: 1, concurrency: 1})", [("n5", "n5", 0.0)]),
        ("topK.byEmbedding({embedding: [4.5, 1], topK: 2})", [("n4", 0.25), ("n5", 0.25)]),
        ("topK.byEmbedding({embedding: [0, 1], topK: 2, efSearch: 20, concurrency: 1})",
         [("n1", 1.0), ("n2", 4.0)]),
        (("topK.byEmbedding({embedding: [0, 1], topK: 9, vertexFilter: "
         "{greaterThan: {property: 'x', value: 3}}})"), [("n4", 16.0), ("n5", 25.0)]),
        (("topK.byEmbedding({embedding: [0, 1], topK: 1, vertexFilter: "
         "'{\"in\": {\"property\": \"x\", \"value\": [3, 4]}}'})"), [("n3", 9.0)]),
        (("topK.byEmbedding({embedding: [0, 1], vertexFilter: "
         "{equals: {property: '~label', value: 'B'}}})"), []),
        ("topKByEmbedding([0, 1], {topK: 1})", [([0, 1], "n1", 1.0)]),
        (("topKByEmbeddingWithFiltering({topK: 2, embedding: [0, 1], nodeFilter: "
         "{andAll: [{notEquals: {property: 'x', value: 1}}, "
         "{equals: {property: '~label', value: 'A'}}]}})"), [("n2", 4.0), ("n3", 9.0)]),
    ],
)  # fmt: skip
def test_procedures_give_what_they_are_documented_to(
    graph: Graph, text: str, expected: list[Any]
) -> None:
    found = rows(graph, call(text))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert list(one) == [pytest.approx(v) if type(v) is float else v for v in other]


def test_many_are_given_in_parts(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = (
        "MATCH (n:A) " + call("get(n) YIELD node, embedding RETURN node, embedding"),
        "MATCH (n:A) " + call("upsert(n, [n.x, 2]) YIELD embedding RETURN embedding"),
        call("distance.byNode(['n1', 'n2', 'n3'], ['n4', 'n5'])"),
        call("distance.byEmbedding(['n1', 'n2', 'n3'], {embedding: [0, 1]})"),
        call("topK.byNode(['n1', 'n2', 'n3'], {topK: 2})"),
    )
    whole = [rows(graph, text) for text in cases]
    graph.query("MATCH (n:A) CALL neptune.algo.vectors.upsert(n, [n.x, 1])").close()
    monkeypatch.setattr(vectors, "_NUMBERS", 4)
    assert [rows(graph, text) for text in cases] == whole
    assert all(whole)


def test_vectors_that_a_query_copies_are_counted() -> None:
    database = seaglass.open(memory_bytes=1024 * 1024)
    graph = database.create_graph("vectors", vector_dimension=1_000)
    ids = [f"n{place}" for place in range(200)]
    graph.load(nodes={"~id": ids, "~embedding": np.ones((200, 1_000), np.float32).tolist()})
    pairs = (
        "CALL neptune.algo.vectors.distance.byNode(ns, ns) YIELD distance RETURN count(distance)"
    )
    for limit, count in ((20, 400), (200, None)):
        text = f"MATCH (n) WITH n LIMIT {limit} WITH collect(n) AS ns {pairs}"
        if count is not None:
            assert rows(graph, text) == [(count,)]
            continue
        with pytest.raises(Exhausted):
            rows(graph, text)
    with pytest.raises(Exhausted):
        rows(graph, "MATCH (n) CALL neptune.algo.vectors.upsert(n, $v)", {"v": [2.0] * 1_000})
    assert rows(graph, call("get('n7') YIELD embedding RETURN embedding[0]")) == [(1.0,)]


def test_ten_are_found_where_nobody_says_how_many(graph: Graph) -> None:
    graph.query("UNWIND range(10, 29) AS i CREATE ({`~id`: 'm' + i, x: i})").close()
    text = "MATCH (n) WHERE n.x > 9 " + call("upsert(n, [n.x, 1]) YIELD node RETURN count(node)")
    assert rows(graph, text) == [(20,)]
    assert len(rows(graph, call("topK.byEmbedding({embedding: [0, 0]})"))) == 10
    assert len(rows(graph, call("topK.byNode('n1')"))) == 10


def test_embeddings_are_no_properties(graph: Graph) -> None:
    text = "MATCH (n {`~id`: 'n1'}) RETURN n.embedding AS e, keys(n) AS k, properties(n) AS p"
    assert rows(graph, text) == [(None, ["x"], {"x": 1})]
    graph.query("MATCH (n {`~id`: 'n1'}) SET n.embedding = 'mine'").close()
    assert rows(graph, call("get('n1')")) == [("n1", [1.0, 1.0])]
    assert rows(graph, "CALL neptune.graph.pg_info()")[2] == ("numVertexProperties", 6)


def test_searches_follow_clauses_and_come_before_them(graph: Graph) -> None:
    text = (
        "WITH [0, 1] AS e " + call("topK.byEmbedding({embedding: e, topK: 2}) YIELD node, score ")
        + "WITH node, score MATCH (n) WHERE id(n) = id(node) "
        + call("get(n) YIELD embedding ") + "RETURN id(n), score, embedding"
    )  # fmt: skip
    assert rows(graph, text) == [("n1", 1.0, [1.0, 1.0]), ("n2", 4.0, [2.0, 1.0])]
    text = "MATCH (n:A) WHERE n.x > 3 " + call(
        "topK.byNode(n, {topK: 1}) YIELD source, node, score "
        "RETURN source.x AS s, node.x AS n, score"
    )
    assert rows(graph, text) == [(4, 4, 0.0), (5, 5, 0.0)]


def test_a_query_sees_what_it_has_written(graph: Graph) -> None:
    text = (
        "MATCH (n {`~id`: 'none'}) " + call("upsert(n, [7, 1]) YIELD success ")
        + "WITH success " + call("topK.byEmbedding({embedding: [7, 1], topK: 1}) YIELD node, score ")
        + "RETURN id(node), score"
    )  # fmt: skip
    assert rows(graph, text) == [("none", 0.0)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("upsert('n1', [1])", "embeddings of 2 numbers.*not of 1"),
        ("upsert('n1', [1, 2, 3])", "embeddings of 2 numbers.*not of 3"),
        ("upsert('n1', [1, 'a'])", "not with a string"),
        ("upsert('n1', [1, true])", "not with a boolean"),
        ("upsert('n1', [1, null])", "not with null"),
        ("upsert('n1', [1, 1e39])", r"embedding\[1\] is 1e\+39"),
        ("upsert('n1', [0.0 / 0, 1])", r"embedding\[0\] is nan"),
        ("upsert('absent', [1, 2])", "no node is 'absent'"),
        ("upsert(1, [1, 2])", "node"),
        ("upsert('n1', 1)", "embedding"),
        ("topK.byEmbedding({embedding: [1]})", "embeddings of 2 numbers"),
        ("topK.byEmbedding({topK: 1})", "embedding"),
        ("topK.byEmbedding()", "argument"),
        ("topK.byEmbedding({embedding: [1, 2], topK: 0})", "topK"),
        ("topK.byEmbedding({embedding: [1, 2], topK: 1000001})", "topK"),
        ("topK.byEmbedding({embedding: [1, 2], topK: 1.5})", "topK"),
        ("topK.byEmbedding({embedding: [1, 2], efSearch: 0})", "efSearch"),
        ("topK.byEmbedding({embedding: [1, 2], vertexFilter: {x: 1}})", "vertexFilter"),
        ("topK.byNode('none')", "'none' has no embedding"),
        ("distance.byNode('n1', 'none')", "'none' has no embedding"),
        ("distance.byEmbedding('none', {embedding: [1, 2]})", "'none' has no embedding"),
        ("distance.byNode('n1', 'n2', {metric: 'cosine'})", "CosineSimilarity.*'cosine'"),
        ("distance.byNode('n1', 'n2', {metric: 1})", "metric"),
    ],
)
def test_what_cannot_be_is_refused(graph: Graph, text: str, told: str) -> None:
    before = graph.version
    with pytest.raises(Invalid, match=told):
        graph.query(call(text)).rows()
    assert graph.version is before


@pytest.mark.parametrize("text", ["get('n1')", "upsert('n1', [1])", "remove('n1')",
    "topK.byEmbedding({embedding: [1]})", "distance.byNode('n1', 'n1')"])  # fmt: skip
def test_a_graph_without_an_index_says_so(text: str) -> None:
    graph = seaglass.open().create_graph("none")
    graph.query("CREATE ({`~id`: 'n1'})").close()
    with pytest.raises(Invalid, match="has no vector index"):
        graph.query(call(text)).rows()


def test_the_dimension_of_a_graph_is_limited() -> None:
    with seaglass.open() as database:
        for dimension in (1, limits.VECTOR_DIMENSION_MAX):
            assert database.create_graph(f"g{dimension}", vector_dimension=dimension)
        for dimension in (0, -1, limits.VECTOR_DIMENSION_MAX + 1):
            with pytest.raises(Invalid, match="vector_dimension"):
                database.create_graph("no", vector_dimension=dimension)


def test_rights_are_those_of_what_a_procedure_does(graph: Graph) -> None:
    for text, what in (
        ("upsert('n1', [1, 2])", "writes"),
        ("remove('n1')", "deletes"),
        ("get('n1')", "reads"),
        ("topK.byNode('n2')", "reads"),
    ):
        others = {"reads": "no", "writes": "no", "deletes": "no"}
        with pytest.raises(Forbidden):
            graph.query(call(text), withheld={what: "no"}).close()
        # What gives rows reads.
        del others[what], others["reads" if what != "reads" else "writes"]
        graph.query(call(text), withheld=others).close()


def test_the_dialect_neptune_takes_no_clause_before_a_static_search(tmp_path: Any) -> None:
    with seaglass.open(tmp_path, dialect="neptune") as database:
        graph = database.create_graph("g", vector_dimension=2)
        graph.query("CREATE (:A {`~id`: 'n1'})").close()
        graph.query(call("upsert('n1', [1, 2])")).close()
        search = call("topK.byEmbedding({embedding: [1, 2]}) YIELD node, score ")
        assert rows(graph, search + "RETURN id(node), score") == [("n1", 0.0)]
        for before in ("MATCH (n) ", "WITH 1 AS n "):
            with pytest.raises(Unsupported, match=r"topK\.byEmbedding"):
                graph.query(before + search + "RETURN n").close()
        old = "WITH [1, 2] AS e " + call("topKByEmbedding(e) YIELD node RETURN id(node)")
        assert rows(graph, old) == [("n1",)]


def test_many_embeddings_are_written_by_changes_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_UPSERTED_NUMBERS", 2 * 4)
    with Database.open(None) as database:
        graph = database.create_graph("vectors", vector_dimension=2)
        graph.query("UNWIND range(1, 10) AS x CREATE (:A {x: x})").close()
        before = graph.version.number
        found = rows(
            graph,
            "MATCH (n:A) CALL neptune.algo.vectors.upsert(n, [n.x, 1]) YIELD embedding, success "
            "RETURN n.x AS x, embedding, success",
        )
        assert found == [(x, [float(x), 1.0], True) for x in range(1, 11)]
        # Four nodes a change.
        assert graph.version.number == before + 3
        for text in ("upsert(l, [7, 7]) YIELD node", "remove(l) YIELD node"):
            before = graph.version.number
            found = rows(
                graph,
                f"MATCH (n:A) WITH collect(n) AS l CALL neptune.algo.vectors.{text} "
                "RETURN count(node)",
            )
            assert found == [(10,)]
            assert graph.version.number == before + 3


def test_what_is_given_of_many_is_no_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_NUMBERS", 2 * 10)
    view = WorkingView(version_with_vectors(100))
    for nodes in ("n", "collect(n)", "collect(id(n))"):
        context = context_of(view)
        context.procedures = BODIES
        text = f"MATCH (n) WITH {nodes} AS l CALL neptune.algo.vectors.get(l) YIELD embedding AS e RETURN e"
        frames = list(run(compile_query(text), context))
        assert len(frames) == 10
        assert all(isinstance(frame.columns["e"], Lists) for frame in frames)
        found = [value for frame in frames for value in frame.columns["e"].to_list()]
        assert found == [[float(x), 1.0] for x in range(100)]
        assert isinstance(context.interrupt, Never)
        assert context.interrupt.checks > 10


def version_with_vectors(nodes: int) -> GraphVersion:
    graph = seaglass.open().create_graph("many", vector_dimension=2)
    graph.load(
        nodes={"~id": [str(x) for x in range(nodes)], "~embedding": [[x, 1] for x in range(nodes)]}
    )
    return graph.version


def test_nodes_that_a_column_of_lists_names_are_those_of_the_lists() -> None:
    context = context_of(WorkingView(version_with_vectors(9)))
    numbers = cols.nodes(np.array([5, 1, 2, 8, 0, 3]))
    ids = cols.strings(["5", "none", "2", "8", "0", "3"])
    for items in (numbers, ids):
        whole = lists_of_counts(np.array([2, 0, 3, 1]), items, np.array([True, False, True, True]))
        for lists in (whole, whole.take(np.array([2, 0, 2])), whole.slice(1, 3), whole.slice(1, 2)):
            plain = cols.mixed(lists.to_list())
            one, other = listed("p", lists, context), listed("p", plain, context)
            for name in ("rows", "nodes", "places"):
                assert getattr(one, name).tolist() == getattr(other, name).tolist()


def test_rows_upsert_what_each_of_them_names(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    def upserted() -> None:
        text = (
            "UNWIND $rows AS r CALL neptune.algo.vectors.upsert(r[0], r[1]) YIELD node, embedding "
            "RETURN id(node), embedding"
        )
        given = [[["n1", "n2"], [7, 1]], [[], [8, 1]], [["n2", "n3", "n1"], [9, 1]], ["n3", [6, 1]]]
        assert rows(graph, text, {"rows": given}) == [
            ("n1", [7, 1]), ("n2", [7, 1]), ("n2", [9, 1]), ("n3", [9, 1]), ("n1", [9, 1]), ("n3", [6, 1])
        ]  # fmt: skip
        assert {name: embeddings(graph)[name] for name in ("n1", "n2", "n3")} == {
            "n1": [9, 1], "n2": [9, 1], "n3": [6, 1]
        }  # fmt: skip

    upserted()
    monkeypatch.setattr(vectors, "_UPSERTED_NUMBERS", 2)
    upserted()
    # However many nodes a row names, they are not sorted.
    unique = np.unique

    def of_few(array: Any, *arguments: Any, **options: Any) -> Any:
        assert len(array) <= 2
        return unique(array, *arguments, **options)

    monkeypatch.setattr(np, "unique", of_few)
    upserted()
