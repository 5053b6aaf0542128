from __future__ import annotations

from seaglass.engine.cypher.rules.choose_start import choose_start
from tests.engine.cypher.plans import around, golden


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
