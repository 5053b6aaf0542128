"""The dialect `neptune`: what it refuses, what it does differently, and that the default does not."""

from __future__ import annotations

import pytest

import seaglass
from seaglass.base.errors import Invalid, SeaglassError, Unsupported
from seaglass.base.limits import NEPTUNE_STRING_BYTES_MAX
from seaglass.engine.exec import neptune as neptune_module
from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran, text_view

NODES = "MATCH (n) RETURN count(n) AS count"


@pytest.fixture
def neptune() -> seaglass.Graph:
    return seaglass.open(dialect="neptune").create_graph("g")


@pytest.fixture
def superset() -> seaglass.Graph:
    return seaglass.open().create_graph("g")


def count(graph: seaglass.Graph) -> int:
    return graph.query(NODES).rows()[0]["count"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RETURN 2 ^ 3", "the operator `^`"),
        ("RETURN [1] < [2]", "an order of lists"),
        ("UNWIND [[1], [2]] AS x RETURN x >= x", "does not order lists"),
        ("UNWIND [{a: 1}] AS x RETURN 1 < x", "does not order lists"),
        ("WITH {a: 1} AS x RETURN x['a']", "a computed key"),
        ("WITH {a: 1} AS x, 'a' AS key RETURN x[key]", "takes `[...]` of lists only"),
        ("MATCH (n:A) WITH n, 'a' AS key RETURN n[key]", "takes `[...]` of lists only"),
        ("RETURN [{a: 1}][0].a", "a property of an item of a list"),
        ("UNWIND [1] AS x RETURN x LIMIT toInteger(1.5)", "LIMIT by an expression"),
        ("UNWIND [1] AS x WITH x SKIP 0 + 1 RETURN x", "SKIP by an expression"),
        ("RETURN 'a' =~ 'b'", "regular expressions"),
        ("MATCH (n) RETURN COLLECT { MATCH (n)-->(m) RETURN m }", "COLLECT { }"),
        ("RETURN round(1.25, 1)", "round() to decimals"),
        ("RETURN none(x IN [1] WHERE x > 1)", "none()"),
        ("RETURN reduce(a = 1, x IN [2] | a - x)", "reduce() by other than"),
        ("UNWIND [1] AS x CALL (x) { RETURN x + 1 AS y } RETURN y", "CALL (...) { }"),
        ("OPTIONAL CALL { MATCH (n) RETURN n } RETURN n", "OPTIONAL CALL"),
        ("CALL { CREATE (n:A) RETURN n } RETURN n", "clauses that write inside CALL { }"),
        ("CALL { CALL { MATCH (n) SET n.x = 1 } RETURN 1 AS a } RETURN a", "clauses that write"),
        ("CREATE (:B) RETURN 1 AS a UNION RETURN 2 AS a", "UNION of queries that write"),
        ("MATCH (n:A|B) RETURN n", "a label expression"),
        ("MATCH (n) WHERE n:!B RETURN n", "a label expression"),
        ("MATCH (n WHERE n.a = 1) RETURN n", "WHERE inside of a pattern"),
        ("MATCH ()-[r*1..2 WHERE r.a = 1]->(n) RETURN n", "WHERE inside of a pattern"),
        ("RETURN date('2020-01-01').year", "no `.year` of a date"),
        ("RETURN date('2020-01-01') + null", "no `+` of dates"),
        ("MATCH p = shortestPath((a)-[*]->(b)) RETURN p", "shortestPath() and"),
        ("MATCH (a) RETURN allShortestPaths((a)-[*]->(a))", "shortestPath() and"),
        ("MATCH (a)-[* {x: a.x}]->(b) RETURN b", "a non-constant expression"),
        ("MERGE (n)", "MERGE of a node"),
        ("MERGE (n {`~id`: 'x'})", "MERGE of a node"),
    ],
)
def test_what_neptune_refuses(
    neptune: seaglass.Graph, superset: seaglass.Graph, text: str, message: str
) -> None:
    neptune.query("CREATE (:A {a: 1})")
    with pytest.raises(Unsupported) as refused:
        neptune.query(text)
    assert message in refused.value.message
    assert "dialect is neptune" in refused.value.message
    assert "(line 1, column " in refused.value.message
    superset.query(text)


@pytest.mark.parametrize(
    "text",
    ["CREATE (n:A {x: $v})", "MATCH (n:B) SET n.x = $v", "MATCH (n:B) SET n += {x: $v}"],
)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], "Property value must be a simple literal"),
        ("é" * (NEPTUNE_STRING_BYTES_MAX // 2 + 1), "1048064 bytes"),
    ],
)
def test_what_neptune_does_not_store(
    neptune: seaglass.Graph, superset: seaglass.Graph, text: str, value: object, message: str
) -> None:
    for graph in (neptune, superset):
        graph.query("CREATE (:B {x: 1})")
    with pytest.raises(Invalid, match=message):
        neptune.query(text, {"v": value})
    neptune.query(text, {"v": "é" * (NEPTUNE_STRING_BYTES_MAX // 2)})
    superset.query(text, {"v": value})


STEPS = [
    # The table of spec 04, section 6: a query, and the nodes after it.
    ("CREATE (n)", 0),
    ("CREATE (n {`~id`: 'xyz'})", 0),
    ("CREATE (n {`~id`: 'xyz'})", 0),
    ("CREATE (n {key: 1})", 1),
    ("MATCH (n {key: 1}) REMOVE n.key", 0),
    ("CREATE (n:Label {`~id`: 'xyz', key: 1})", 1),
    ("MATCH (n {`~id`: 'xyz'}) REMOVE n:Label", 1),
    ("MATCH (n {`~id`: 'xyz'}) SET n = {}", 0),
    ("CREATE (n:Label)", 1),
    ("MATCH (n:Label) REMOVE n:Label", 0),
    ("CREATE (n)-[:knows]->(m)", 2),
    ("MATCH ()-[r:knows]->() DELETE r", 0),
    ("CREATE (a:A)-[:knows]->(b)-[:knows]->(b)", 2),
    ("MATCH (a:A)-[r]->() DELETE r", 2),
    ("MATCH (b) WHERE labels(b) = [] DETACH DELETE b", 1),
    ("MERGE (n {key: 1})", 2),
    ("MERGE (n {key: 1})", 2),
    ("MERGE (n)-[:likes]->(m)", 4),
    ("MERGE (n:L {`~id`: 'y'}) ON CREATE SET n = {a: 1} ON MATCH SET n += {a: 2}", 5),
    ("MATCH (n:L) SET n.a = null REMOVE n:L SET n.b = 1", 5),
    ("CREATE (n) SET n.a = 1", 6),
    ("CREATE (n:T) REMOVE n:T", 6),
]


def test_a_node_is_there_while_it_has_something(neptune: seaglass.Graph) -> None:
    for text, nodes in STEPS:
        neptune.query(text)
        assert count(neptune) == nodes, text


def test_nodes_that_are_left_with_nothing_are_found_some_at_a_time(
    neptune: seaglass.Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    neptune.query("UNWIND range(1, 20) AS x CREATE ({x: x})-[:R]->({x: -x})").close()
    monkeypatch.setattr(neptune_module, "_BARE_AT_ONCE", 3)
    before = neptune.version.number
    # Each node comes twice: by the property that it loses, and by its edge.
    neptune.query("MATCH (a)-[r]->(b) REMOVE a.x DELETE r").close()
    assert neptune.query("MATCH (n) RETURN count(n) AS c, max(n.x) AS m").rows() == [
        {"c": 20, "m": -1}
    ]
    # One change removes, one deletes the edges, the others three nodes at most.
    assert neptune.version.number >= before + 2 + 20 // 3


def test_by_default_nodes_stay(superset: seaglass.Graph) -> None:
    superset.query("CREATE (n)")
    superset.query("CREATE (:L)")
    superset.query("MATCH (n:L) REMOVE n:L")
    assert count(superset) == 2


def test_the_query_itself_still_sees_the_node(neptune: seaglass.Graph) -> None:
    rows = neptune.query("CREATE (n {`~id`: 'x'}) WITH n MATCH (m) RETURN n, count(m) AS c").rows()
    assert rows == [{"n": seaglass.Node("x", (), {}), "c": 1}]
    assert count(neptune) == 0


def test_functions_are_those_of_the_guide(neptune: seaglass.Graph) -> None:
    # Aggregates of the guide, functions in any case, and what clients send.
    neptune.query("RETURN ID(null), TOINTEGER('1'), CollToSet([1, 1]), COUNT(*)")
    neptune.query("WITH {a: 1} AS m RETURN any(x IN [1] WHERE x > 1), m {.*}")
    neptune.query("RETURN reduce(a = 1, x IN [2] | a * x), [x IN [1] | x]")
    with pytest.raises(Unsupported, match=r"the function haversin\(\), and the dialect is neptune"):
        neptune.query("RETURN haversin(0.5)")


def test_another_dialect_is_refused() -> None:
    with pytest.raises(Invalid, match="'opencypher' or 'neptune', not 'gremlin'"):
        seaglass.open(dialect="gremlin")


def test_plans_of_a_database_are_of_its_dialect() -> None:
    with seaglass.open(dialect="neptune") as database:
        for name in ("a", "b"):
            with pytest.raises(SeaglassError):
                database.create_graph(name).query("RETURN 2 ^ 3")


def test_datetimes_are_in_utc_and_of_milliseconds_in_neptune(
    neptune: seaglass.Graph, superset: seaglass.Graph
) -> None:
    same = (
        "RETURN datetime('2020-01-01T01:00:00.1239+01:00') = datetime('2020-01-01T00:00:00.123Z')"
        " AS same"
    )
    assert neptune.query(same).rows() == [{"same": True}]
    assert superset.query(same).rows() == [{"same": False}]
    old = "RETURN toString(datetime('1399-12-31T23:00Z')) AS text"
    with pytest.raises(Invalid, match="years 1400 to 9999"):
        neptune.query(old)
    assert superset.query(old).rows() == [{"text": "1399-12-31T23:00Z"}]
    far = "RETURN toString(datetime('2020-01-01T00:00:00+14:30')) AS text"
    with pytest.raises(Invalid, match=r"offsets from -14:00 to \+14:00"):
        neptune.query(far)
    assert superset.query(far).rows() == [{"text": "2020-01-01T00:00+14:30"}]
    edge = "RETURN toString(datetime('2020-01-01T14:00:00+14:00')) AS text"
    assert neptune.query(edge).rows() == [{"text": "2020-01-01T00:00Z"}]
    with pytest.raises(Unsupported, match="of a text, not of a map"):
        neptune.query("WITH {year: 2020} AS m RETURN date(m) AS d")


@pytest.mark.parametrize(
    "call", ["date('2020-W01-1')", "date('2020Q1')", "datetime('2020-01-01T00:00[Europe/Paris]')"]
)
def test_forms_of_dates_that_only_opencypher_reads(
    neptune: seaglass.Graph, superset: seaglass.Graph, call: str
) -> None:
    superset.query(f"RETURN {call}")
    with pytest.raises(Unsupported, match="no weeks, quarters and names of time zones"):
        neptune.query(f"RETURN {call}")


def test_neptune_counts_a_pattern_by_size(
    neptune: seaglass.Graph, superset: seaglass.Graph
) -> None:
    for graph in (neptune, superset):
        graph.query("CREATE (a:A {x: 1})-[:T]->(b:A {x: 2}), (a)-[:T]->(:A {x: 3})")
    text = "MATCH (n:A) RETURN n.x AS x, size((n)-->()) AS c ORDER BY x"
    assert [tuple(row.values()) for row in neptune.query(text).rows()] == [(1, 2), (2, 0), (3, 0)]
    ends = (
        "MATCH (n:A) WHERE size((n)--()) = 1 AND size((n)<-[:T]-({x: 1})) = 1 RETURN count(n) AS c"
    )
    assert neptune.query(ends).rows() == [{"c": 2}]
    # openCypher's TCK demands that it is refused.
    with pytest.raises(Invalid, match="A pattern is a condition"):
        superset.query(text)
    with pytest.raises(Invalid, match="`m` is not defined"):
        neptune.query("MATCH (n) RETURN size((n)-->(m))")


@pytest.mark.parametrize("mixed", [False, True])
def test_both_paths_index_only_lists_in_neptune(mixed: bool) -> None:
    options = Options(force_mixed=mixed, neptune=True)
    view = text_view("CREATE (:A {x: 1})-[:R]->(:A)")
    for subject in ("n", "r", "{x: n.x}"):
        with pytest.raises(Unsupported, match=r"takes .* of lists only"):
            ran(f"MATCH (n)-[r]->() WITH n, r, 'x' AS k RETURN ({subject})[k]", view, options)
    # What is nothing that openCypher indexes either is an error of types.
    with pytest.raises(Invalid, match="integer"):
        ran("RETURN $p[1]", view, options, p=1)
    assert ran("OPTIONAL MATCH (n:B) RETURN n['x']", view, options).rows == [(None,)]
    assert ran("RETURN $p[1]", view, options, p=[1, 2]).rows == [(2,)]
