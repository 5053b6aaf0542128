"""Golden plans: what whole queries become."""

from __future__ import annotations

import pytest

from seaglass.engine.cypher.compile import compile as compile_query
from tests.engine.cypher.plans import compiled, golden

PLANS = {
    "RETURN 1 + 2 AS x": """
        Project 1 + 2 AS x
        Unit
    """,
    "MATCH (n:A:B {x: $x}) RETURN n": """
        Filter n.x = $x
        NodeScan (n:A:B) by x = $x
        Unit
    """,
    "MATCH (n) WHERE id(n) = 'a' RETURN n.x": """
        Project n.x AS `n.x`
        NodeSeek (n) = 'a'
        Unit
    """,
    "MATCH (a)-[r:S|T]->(b)<--(c) RETURN a, r, b, c": """
        Project a, r, b, c
        Expand (b)<-[` e1`]-(c) distinct from r forgets ` e1`
        Expand (a)-[r:S|T]->(b)
        NodeScan (a)
        Unit
    """,
    "MATCH (a)-[:S]->(b)-[:T]->(c) RETURN c": """
        Project c
        Expand (b)-[` e2`:T]->(c) forgets ` e2`, b
        Expand (a)-[` e1`:S]->(b) forgets ` e1`, a
        NodeScan (a)
        Unit
    """,
    "MATCH (a)-->(a) RETURN a": """
        Project a
        Expand (a)-[` e1`]->(a) bound a forgets ` e1`
        NodeScan (a)
        Unit
    """,
    "MATCH (a)-[r]->(b) MATCH (b)-[q]->(c) RETURN c": """
        Project c
        Expand (b)-[q]->(c) forgets b, q
        Expand (a)-[r]->(b) forgets a, r
        NodeScan (a)
        Unit
    """,
    "MATCH (a) WITH a MATCH (a) RETURN a": """
        Filter a IS NOT NULL
        NodeScan (a)
        Unit
    """,
    "MATCH ()-[r]->() WITH r MATCH (a)-[r]->(b:X) RETURN b": """
        Project b
        Filter b:X
        Expand (a)-[r]->(b) bound r forgets a, r
        NodeSeek (a) = startNode(r).`~id`
        Project r
        Expand (` n1`)-[r]->(` n2`) forgets ` n1`, ` n2`
        NodeScan (` n1`)
        Unit
    """,
    "MATCH (n) RETURN n.x AS x, count(*) + sum(n.y) AS c, max(n.z)": """
        Project x, ` a1` + ` a2` AS c, `max(n.z)`
        Aggregate max(n.z) AS `max(n.z)`, count(*) AS ` a1`, sum(n.y) AS ` a2` BY n.x AS x
        NodeScan (n)
        Unit
    """,
    "MATCH (n) RETURN n.x, n.x + count(*) AS c": """
        Project `n.x`, `n.x` + ` a1` AS c
        Aggregate count(*) AS ` a1` BY n.x AS `n.x`
        NodeScan (n)
        Unit
    """,
    "MATCH (n) RETURN count(DISTINCT n.x), collect(n)": """
        Aggregate count(DISTINCT n.x) AS `count(DISTINCT n.x)`, collect(n) AS `collect(n)`
        NodeScan (n)
        Unit
    """,
    "MATCH (n) RETURN n.x, count(*) ORDER BY count(*) DESC, n.x": """
        Sort `count(*)` DESC, `n.x`
        Aggregate count(*) AS `count(*)` BY n.x AS `n.x`
        NodeScan (n)
        Unit
    """,
    "MATCH (n) RETURN n.x AS x ORDER BY n.y, x": """
        Project x
        Sort n.y, x
        Project n.x AS x, n
        NodeScan (n)
        Unit
    """,
    "MATCH (n) RETURN DISTINCT n.x AS x ORDER BY n.x + 1": """
        Sort x + 1
        Distinct x
        Project n.x AS x
        NodeScan (n)
        Unit
    """,
    "MATCH (n) RETURN DISTINCT(n) ORDER BY id(n)": """
        Sort id(`(n)`)
        Distinct `(n)`
        Project n AS `(n)`
        NodeScan (n)
        Unit
    """,
    "WITH 1 AS x WITH x % 3 AS x ORDER BY x * -1 RETURN x": """
        Sort x * (-1)
        Project x % 3 AS x
        Project 1 AS x
        Unit
    """,
    "MATCH (n) WITH n.x AS x WHERE n.y = 2 AND x > 1 RETURN *": """
        Project n.x AS x
        Filter (n.y = 2) AND (n.x > 1)
        NodeScan (n) by y = 2, x > 1
        Unit
    """,
    "WITH 1 AS a, rand() AS r WHERE a = 1 AND rand() < 0.5 RETURN a": """
        Filter (a = 1) AND (rand() < 0.5)
        Project 1 AS a
        Unit
    """,
    "UNWIND [1, 2] AS x UNWIND $l AS y RETURN x, y": """
        Unwind $l AS y
        Unwind [1, 2] AS x
        Unit
    """,
    "CREATE (a:A {x: 1})-[r:T {y: 2}]->(b)<-[:S]-(a)": """
        Discard
        Create (a:A {x: 1}), (b), (a)-[r:T {y: 2}]->(b), (a)-[` e1`:S]->(b)
        Unit
    """,
    "CREATE (a {x: 1}), (b {y: a.x}) RETURN b": """
        Project b
        Create (b {y: a.x})
        Create (a {x: 1})
        Unit
    """,
    "CREATE (n $p) RETURN n": """
        Create (n $p)
        Unit
    """,
    "MERGE (n:L {`~id`: $id}) ON CREATE SET n = $p, n.t = timestamp() ON MATCH SET n += $p": """
        Discard
        Merge (n:L {`~id`: $id}) ON CREATE n = $p, n.t = timestamp() ON MATCH n += $p
          | NodeSeek (n:L) = $id
          | Argument
        Unit
    """,
    "MATCH (a) MERGE (a)-[r:T {x: a.x}]-(b:B) RETURN r": """
        Project r
        Merge (b:B), (a)-[r:T {x: a.x}]->(b)
          | Filter (b:B) AND (r.x = a.x)
          | Expand (a)-[r:T]-(b)
          | Argument a
        NodeScan (a)
        Unit
    """,
    "MATCH (n) SET n.x = 1, n:A:B, n += {y: 2}, n = n REMOVE n.z, n:C": """
        Discard
        Set REMOVE n.z, REMOVE n:C
        Set n.x = 1, n:A:B, n += {y: 2}, n = n
        NodeScan (n)
        Unit
    """,
    "MATCH (n)-[r]-() DELETE r DETACH DELETE n": """
        Discard
        Delete DETACH n
        Delete r
        Expand (n)-[r]-(` n1`) forgets ` n1`
        NodeScan (n)
        Unit
    """,
    "MATCH (n) RETURN n SKIP $s LIMIT 2 + 3": """
        Limit 2 + 3
        Skip $s
        NodeScan (n)
        Unit
    """,
    "MATCH (a)-[r]->(b) RETURN *": """
        Expand (a)-[r]->(b)
        NodeScan (a)
        Unit
    """,
}


@pytest.mark.parametrize("query", PLANS)
def test_plan(query: str) -> None:
    assert compiled(query) == golden(PLANS[query])


def test_columns_are_named_as_written() -> None:
    query = compile_query("MATCH (n) RETURN n . x, COUNT( * ), (n), `n`.c, n AS m, $p  + 1 // c")
    assert query.columns == ("n . x", "COUNT( * )", "(n)", "`n`.c", "m", "$p  + 1")


def test_escaped_variable_gives_its_plain_name() -> None:
    assert compile_query("WITH 1 AS `a b` RETURN `a b`").columns == ("a b",)


def test_star_gives_variables_in_order_of_name() -> None:
    assert compile_query("WITH 1 AS b, 2 AS a RETURN *, 3 AS c").columns == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("MATCH (n) RETURN n", (True, False, False)),
        ("CREATE (n)", (False, True, False)),
        ("MATCH (n) SET n.x = 1", (True, True, False)),
        ("MATCH (n) DELETE n", (True, False, True)),
        ("MERGE (n {x: 1})", (True, True, False)),
    ],
)
def test_flags(text: str, flags: tuple[bool, bool, bool]) -> None:
    query = compile_query(text)
    assert (query.reads, query.writes, query.deletes) == flags


def test_parameters_are_gathered() -> None:
    query = compile_query("MATCH (n {x: $a}) WHERE n.y IN $1 RETURN $`b c` LIMIT $l")
    assert query.parameters.keys() == {"a", "1", "b c", "l"}


def test_made_names_avoid_those_of_the_query() -> None:
    query = compile_query("WITH 1 AS ` n1` MATCH () RETURN ` n1`")
    assert "NodeScan (` n2`)" in compiled("WITH 1 AS ` n1` MATCH () RETURN ` n1`")
    assert query.columns == (" n1",)


def test_equal_text_gives_equal_plans() -> None:
    text = "MATCH (a)-[r]->(b) WHERE a.x = 1 RETURN b.y, count(*) ORDER BY b.y LIMIT 3"
    assert compile_query(text) == compile_query(text)


def test_a_path_is_a_projection_above_its_pattern() -> None:
    assert compiled("MATCH p = (a)-[r]->(b) WITH p AS q WHERE length(q) = 1 RETURN q") == golden(
        """
            Project p AS q
            Filter length(p) = 1
            Project path(a, r, b) AS p
            Expand (a)-[r]->(b)
            NodeScan (a)
            Unit
        """
    )
    assert compiled("MATCH p = (a)-[r]->(b) RETURN b") == golden(
        """
            Project b
            Expand (a)-[r]->(b) forgets a, r
            NodeScan (a)
            Unit
        """
    )


def test_plans_inside_run_on_many_rows_at_once() -> None:
    text = compiled(
        "MATCH (a:A) WHERE (a)<-[:T]-(:B) AND COUNT { (a)-->() } = size([(a)--(b) | b])"
        " CALL { WITH a MATCH (a)-->(b) RETURN count(b) AS n } RETURN n"
    )
    inside = text.splitlines()[8]
    assert text == golden(
        f"""
            Project n
            Apply
              | Project coalesce(n, 0) AS n, ` r16`
              | Optional
              |   | Aggregate count(b) AS n BY ` r16`
              |   | Expand (a)-[` e14`]->(b) forgets ` e14`, a
              |   | Argument a, ` r16`
              | Argument a, ` r16`
            {inside}
            NodeScan (a:A)
            Unit
        """
    )
    # A part that only reads degrees counts; one that looks at nodes ends with the first of each.
    assert inside == (
        "Filter EXISTS {Filter ` n2`:B <- Expand (a)<-[` e1`:T]-(` n2`) forgets ` e1`, a"
        " <- Argument a, ` r3`}"
        " AND (COUNT ` c7` OF {Aggregate count(*) AS ` c7` BY ` r6`"
        " <- Expand (a)-[` e4`]->(` n5`) forgets ` e4`, ` n5`, a <- Argument a, ` r6`}"
        " = COUNT ` c13` OF {Aggregate count(*) AS ` c13` BY ` r12`"
        " <- Expand (a)-[` e11`]-(b) forgets ` e11`, a, b <- Argument a, ` r12`})"
    )
