from __future__ import annotations

from seaglass.engine.cypher.logical.statistics import Statistics
from seaglass.engine.cypher.rules.choose_start import by_statistics, choose_start
from tests.engine.cypher.plans import around, golden, with_rule


def test_a_known_id_comes_first() -> None:
    before, after = around(choose_start, "MATCH (a)-[r]->(b:B) WHERE id(b) = $x RETURN a")
    assert before == golden(
        """
            Project a
            Filter (b:B) AND (id(b) = $x)
            Expand (a)-[r]->(b)
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Expand (b)<-[r]-(a)
            Filter id(b) = $x
            NodeScan (b:B)
            Unit
        """
    )


def test_two_known_ids_are_joined_by_the_edge() -> None:
    before, after = around(
        choose_start, "MATCH (a)-[r]->(b) WHERE id(a) = $x AND id(b) = $y RETURN r"
    )
    assert before == golden(
        """
            Project r
            Filter id(b) = $y
            Expand (a)-[r]->(b)
            Filter id(a) = $x
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project r
            Expand (a)-[r]->(b) bound b
            Filter id(b) = $y
            NodeScan (b)
            Filter id(a) = $x
            NodeScan (a)
            Unit
        """
    )


def test_an_id_that_depends_on_another_node_waits_for_it() -> None:
    before, after = around(choose_start, "MATCH (a), (b:B) WHERE id(a) = b.ref RETURN a")
    assert before == golden(
        """
            Project a
            Filter id(a) = b.ref
            NodeScan (b:B)
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Filter id(a) = b.ref
            NodeScan (a)
            NodeScan (b:B)
            Unit
        """
    )


def test_a_bound_node_is_walked_from() -> None:
    before, after = around(choose_start, "MATCH (b) WITH b MATCH (a:A)-[r]->(b) RETURN a")
    assert before == golden(
        """
            Project a
            Expand (a)-[r]->(b) bound b
            NodeScan (a:A)
            Project b
            NodeScan (b)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Filter a:A
            Expand (b)<-[r]-(a)
            Project b
            NodeScan (b)
            Unit
        """
    )


def test_more_labels_and_equalities_are_narrower() -> None:
    before, after = around(choose_start, "MATCH (a:A)-[r]->(b:A:B)-[q]->(c:C {x: 1}) RETURN a")
    assert before == golden(
        """
            Project a
            Filter (c:C) AND (c.x = 1)
            Expand (b)-[q]->(c) distinct from r
            Filter b:A:B
            Expand (a)-[r]->(b)
            NodeScan (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Filter a:A
            Expand (b)<-[r]-(a) distinct from q
            Filter b:A:B
            Expand (c)<-[q]-(b)
            Filter c.x = 1
            NodeScan (c:C)
            Unit
        """
    )


def test_a_cycle_is_closed_by_an_edge_between_bound_nodes() -> None:
    before, after = around(choose_start, "MATCH (a)-[r]->(b)-[q]->(c)-[s]->(a:A) RETURN a")
    assert before == golden(
        """
            Project a
            Expand (c)-[s]->(a) bound a distinct from r, q
            Expand (b)-[q]->(c) distinct from r
            Expand (a)-[r]->(b)
            Filter a:A
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Expand (c)-[s]->(a) bound a distinct from r, q
            Expand (b)-[q]->(c) distinct from r
            Expand (a)-[r]->(b)
            NodeScan (a:A)
            Unit
        """
    )


def test_ends_of_a_known_edge_are_looked_up() -> None:
    before, after = around(choose_start, "MATCH ()-[r]->() WITH r MATCH (a)-[r]-(b) RETURN a")
    assert before == golden(
        """
            Project a
            Expand (a)-[r]-(b) bound r
            NodeScan (a)
            Project r
            Expand (` n1`)-[r]->(` n2`)
            NodeScan (` n1`)
            Unit
        """
    )
    assert after == golden(
        """
            Project a
            Expand (a)-[r]-(b) bound r
            NodeSeek (a) IN [startNode(r).`~id`, endNode(r).`~id`]
            Project r
            Expand (` n1`)-[r]->(` n2`)
            NodeScan (` n1`)
            Unit
        """
    )


def test_a_random_condition_keeps_matches_apart() -> None:
    before, after = around(choose_start, "MATCH (a) WHERE rand() < 0.5 MATCH (b:B) RETURN a")
    assert before == golden(
        """
            Project a
            NodeScan (b:B)
            Filter rand() < 0.5
            NodeScan (a)
            Unit
        """
    )
    assert after == before


def test_a_path_of_variable_length_is_walked_from_the_end_that_is_known() -> None:
    before, after = around(choose_start, "MATCH (a)-[r:T*1..3 {w: 1}]->(b)-->(c:C) RETURN r")
    assert before == golden(
        """
            Project r
            Filter c:C
            Expand (b)-[` e1`]->(c) distinct from r
            ExpandMany (a)-[r:T*1..3 {w: 1}]->(b)
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project r
            ExpandMany (b)<-[r:T*1..3 {w: 1}]-(a) distinct from ` e1` backward
            Expand (c)<-[` e1`]-(b)
            NodeScan (c:C)
            Unit
        """
    )


def test_fixed_edges_come_before_paths_of_variable_length() -> None:
    _, after = around(choose_start, "MATCH (a:A)-[r*]->(b), (a)-[s]->(c) RETURN r")
    assert after == golden(
        """
            Project r
            ExpandMany (a)-[r*1..]->(b) distinct from s
            Expand (a)-[s]->(c)
            NodeScan (a:A)
            Unit
        """
    )


def test_what_a_value_of_nodes_elsewhere_finds_waits_for_them() -> None:
    text = "MATCH (a:A)-[r]->(c:C), (b:B) WHERE a.x = toInteger(b.y) RETURN c"
    before, after = around(choose_start, text)
    assert before == golden(
        """
            Project c
            Filter a.x = toInteger(b.y)
            NodeScan (b:B)
            Filter c:C
            Expand (a)-[r]->(c)
            NodeScan (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Project c
            Filter c:C
            Expand (a)-[r]->(c)
            Filter a.x = toInteger(b.y)
            NodeScan (a:A)
            NodeScan (b:B)
            Unit
        """
    )


def test_an_id_that_a_function_of_another_node_gives_waits_for_it() -> None:
    _, after = around(choose_start, "MATCH (a:A), (b:B) WHERE id(a) = toString(b.y) RETURN a")
    assert after == golden(
        """
            Project a
            Filter id(a) = toString(b.y)
            NodeScan (a:A)
            NodeScan (b:B)
            Unit
        """
    )


def test_nodes_that_find_each_other_stay_in_the_order_of_the_text() -> None:
    for text in (
        "MATCH (a:A), (b:A) WHERE a.x = b.y RETURN a",
        "MATCH (a:A)-[r]->(c), (b:A) WHERE a.x = b.y RETURN a",
    ):
        _, after = around(choose_start, text)
        assert after.endswith("NodeScan (a:A)\nUnit")


DEGREES = {("HAS", "in"): 300.0, ("LIKES", "in"): 300.0, ("IN", "out"): 1.0, ("IN", "in"): 400.0}


def chosen(query: str) -> tuple[str, str]:
    """The plan after the rule as it is, and as it is for a graph with these numbers of edges of a node."""

    def degree(types: tuple[str, ...], _: object, direction: str) -> float:
        return DEGREES.get((types[0], direction), 1.0)

    statistics = Statistics(
        100_000,
        {"Tag": 1_000, "Forum": 10, "Person": 50_000},
        degree,
        lambda _, key: {"id": 1.0}.get(key, 20.0),
    )
    _, before = around(choose_start, query)
    return before, with_rule(choose_start, by_statistics(statistics), query)


def test_by_statistics_what_leads_to_few_goes_first() -> None:
    by_text, by_size = chosen(
        "MATCH (t:Tag {name: 'a'}), (t)<-[:HAS]-(m), (t)<-[:LIKES]-(p), (m)-[:IN]->(f), (p)-[:OWNS]->(f) RETURN f"
    )
    assert by_text == golden(
        """
            Project f
            Expand (p)-[` e4`:OWNS]->(f) bound f
            Expand (m)-[` e3`:IN]->(f)
            Expand (t)<-[` e2`:LIKES]-(p)
            Expand (t)<-[` e1`:HAS]-(m)
            Filter t.name = 'a'
            NodeScan (t:Tag)
            Unit
        """
    )
    assert by_size == golden(
        """
            Project f
            Expand (t)<-[` e2`:LIKES]-(p) bound p
            Expand (f)<-[` e4`:OWNS]-(p)
            Expand (m)-[` e3`:IN]->(f)
            Expand (t)<-[` e1`:HAS]-(m)
            Filter t.name = 'a'
            NodeScan (t:Tag)
            Unit
        """
    )


def test_by_statistics_a_path_goes_before_what_leads_to_many() -> None:
    by_text, by_size = chosen(
        "MATCH (t:Tag {name: 'a'}), (t)<-[:HAS]-(m)-[:IN*0..]->(f), (t)<-[:LIKES]-(p)-[:OWNS]->(f) RETURN f"
    )
    assert by_text != by_size
    assert by_size == golden(
        """
            Project f
            Expand (t)<-[` e3`:LIKES]-(p) bound p
            Expand (f)<-[` e4`:OWNS]-(p)
            ExpandMany (m)-[` e2`:IN*0..]->(f)
            Expand (t)<-[` e1`:HAS]-(m)
            Filter t.name = 'a'
            NodeScan (t:Tag)
            Unit
        """
    )


def test_by_statistics_the_smaller_side_of_a_product_goes_first() -> None:
    _, by_size = chosen("MATCH (p:Person)-[:IN]->(f:Forum) RETURN p")
    assert by_size == golden(
        """
            Project p
            Filter p:Person
            Expand (f)<-[` e1`:IN]-(p)
            NodeScan (f:Forum)
            Unit
        """
    )


def test_an_order_that_is_hardly_better_is_not_taken() -> None:
    """Branches of one node are as many in any order, and estimates have errors."""
    by_text, by_size = chosen(
        "MATCH (t:Tag {name: 'a'}), (t)<-[:HAS]-(m), (t)<-[:LIKES]-(p) RETURN m, p"
    )
    assert by_size == by_text


def test_by_statistics_a_value_that_few_have_is_entered_first() -> None:
    query = "MATCH (t:Tag {name: 'a'})<-[:HAS]-(m)-[:IN]->(p:Person {%s: 1}) RETURN m"
    _, by_size = chosen(query % "id")
    assert by_size == golden(
        """
            Project m
            Filter (t:Tag) AND (t.name = 'a')
            Expand (m)-[` e1`:HAS]->(t)
            Expand (p)<-[` e2`:IN]-(m)
            Filter p.id = 1
            NodeScan (p:Person)
            Unit
        """
    )
    by_text, by_size = chosen(query % "age")
    assert by_size == by_text


def test_by_statistics_both_ends_are_entered_where_few_have_their_values() -> None:
    _, by_size = chosen(
        "MATCH (p:Person {id: 1})<-[:LIKES]-(q)<-[:HAS]-(r:Person {id: 2}) RETURN q"
    )
    assert by_size == golden(
        """
            Project q
            Expand (p)<-[` e1`:LIKES]-(q) bound q
            Expand (r)-[` e2`:HAS]->(q)
            Filter r.id = 2
            NodeScan (r:Person)
            Filter p.id = 1
            NodeScan (p:Person)
            Unit
        """
    )


def test_by_statistics_of_nothing_there_is_an_order_too() -> None:
    nothing = Statistics(0, {}, lambda *_: 0.0, lambda *_: 1.0)
    query = "MATCH (a:A {x: 1}), (b:B), (a)-[:R]->(c), (a)-[r:R*0..]->(b), (b)-[s*]->(c) RETURN c"
    assert with_rule(choose_start, by_statistics(nothing), query) == around(choose_start, query)[1]


def test_statistics_are_made_only_where_there_is_a_choice() -> None:
    def nothing(*_: object) -> float:
        raise AssertionError("nobody needs to know")

    statistics = Statistics(9, {}, nothing, nothing)
    query = "MATCH (a {`~id`: $id})-[:R]->(b:B)-[:S*1..2]->(c) WHERE b.x > 1 RETURN c"
    assert (
        with_rule(choose_start, by_statistics(statistics), query) == around(choose_start, query)[1]
    )
    assert not statistics.asked
