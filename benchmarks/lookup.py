"""What does it cost to find nodes and relationships by what they hold, beside finding a node by its
`~id`?

A million people; each question is asked with other values each time, through the library. An index of
values comes by itself: the first question scans, the next ones build a part of the index each, and
the warm figure is the median once it is whole. Ratios are to the warm look-up by `~id`. Relationships,
as many as people, are also looked for by the plan without their indexes, in turn, by processor time.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

import seaglass
from benchmarks.figures import Figure, Scale, quantile, seconds
from benchmarks.social import social

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED = 7
# Enough for every group's index to be built, four a question.
BUILDING = 40
SAMPLES = 200
PLAIN_SAMPLES = 5
PLAIN = 'USING QUERY:RULESOFF "narrow_expands" '
BY_ID = "MATCH (p:Person {`~id`: $x}) RETURN p.name"


def measure(scale: Scale) -> Iterator[Figure]:
    chance = random.Random(SEED)
    order = np.random.default_rng(SEED).permutation(scale.nodes)
    emails = pa.array([f"user{number}@example.com" for number in order.tolist()])
    people = social(Scale(scale.nodes, 1)).people.append_column("email", emails)
    with seaglass.open(None) as database:
        graph = database.create_graph("lookup")
        graph.load(nodes=people)

        def timed(text: str, value: Callable[[int], object], rows: tuple[int, int]) -> float:
            parameters = {"x": value(chance.randrange(scale.nodes))}
            found: list[object] = []
            spent = seconds(lambda: found.extend(graph.query(text, parameters).rows()))
            assert rows[0] <= len(found) <= rows[1], text
            return spent * 1e6

        for _ in range(BUILDING):
            timed(BY_ID, str, (1, 1))
        by_id = quantile([timed(BY_ID, str, (1, 1)) for _ in range(SAMPLES)], 0.5)
        yield Figure("by ~id warm", by_id, "us")
        for name, (text, value, rows) in QUESTIONS.items():
            first, second, *others = [timed(text, value, rows) for _ in range(BUILDING)]
            warm = quantile([timed(text, value, rows) for _ in range(SAMPLES)], 0.5)
            yield Figure(f"{name} first", first, "us")
            yield Figure(f"{name} second", second, "us")
            yield Figure(f"{name} longest while building", max(others), "us")
            yield Figure(f"{name} warm", warm, "us")
            yield Figure(f"{name} warm, of by ~id", warm / by_id, "times")
    yield from _relationships(scale)


def _relationships(scale: Scale) -> Iterator[Figure]:
    """Each question with indexes, once they are whole, and without."""
    chance = random.Random(SEED)
    order = np.random.default_rng(SEED).permutation(scale.nodes)
    whole = social(Scale(scale.nodes, scale.nodes))
    mails = pa.array([f"mail{number}" for number in order.tolist()])
    knows = whole.knows.append_column("ref", pa.array(order)).append_column("mail", mails)
    with seaglass.open(None) as database:
        graph = database.create_graph("edges")
        graph.load(nodes=whole.people, edges=knows)

        def spent(text: str, value: Callable[[int], object], rows: tuple[int, int]) -> float:
            parameters = {"x": value(chance.randrange(scale.nodes))}
            began = time.process_time()
            found = graph.query(text, parameters).rows()
            took = time.process_time() - began
            assert rows[0] <= len(found) <= rows[1], text
            return took * 1e6

        for name, (text, value, rows) in OF_RELATIONSHIPS.items():
            building = [spent(text, value, rows) for _ in range(BUILDING)]
            with_indexes: list[float] = []
            without: list[float] = []
            for _ in range(PLAIN_SAMPLES):
                without.append(spent(PLAIN + text, value, rows))
                with_indexes += [spent(text, value, rows) for _ in range(SAMPLES // PLAIN_SAMPLES)]
            plain, warm = quantile(without, 0.5), quantile(with_indexes, 0.5)
            yield Figure(f"relationship {name} longest while building", max(building), "us")
            yield Figure(f"relationship {name} warm", warm, "us")
            yield Figure(f"relationship {name} without indexes", plain, "us")
            yield Figure(f"relationship {name} without, of warm", plain / warm, "times")


# A question, its value for a random number of a person, and how many rows it may have.
QUESTIONS: dict[str, tuple[str, Callable[[int], object], tuple[int, int]]] = {
    "integer equality": (
        "MATCH (p:Person {id: $x}) RETURN p.name",
        lambda number: number,
        (1, 1),
    ),
    "text equality": (
        "MATCH (p:Person {email: $x}) RETURN p.name",
        lambda number: f"user{number}@example.com",
        (1, 1),
    ),
    "range of ten": (
        "MATCH (p:Person) WHERE p.id >= $x AND p.id < $x + 10 RETURN p.name",
        lambda number: number,
        (1, 10),
    ),
    "prefix": (
        "MATCH (p:Person) WHERE p.email STARTS WITH $x RETURN p.name",
        lambda number: f"user{number}@",
        (1, 1),
    ),
    "hundred values": (
        "UNWIND $x AS x MATCH (p:Person {email: x}) RETURN p.name",
        lambda number: [f"user{max(0, number - place)}@example.com" for place in range(100)],
        (100, 100),
    ),
}
OF_RELATIONSHIPS: dict[str, tuple[str, Callable[[int], object], tuple[int, int]]] = {
    "integer equality": (
        "MATCH (a:Person)-[k:KNOWS {ref: $x}]->(b) RETURN a.name, b.name",
        lambda number: number,
        (1, 1),
    ),
    "text equality": (
        "MATCH ()-[k:KNOWS {mail: $x}]->() RETURN k.since",
        lambda number: f"mail{number}",
        (1, 1),
    ),
    "range of ten": (
        "MATCH (a)-[k:KNOWS]->(b) WHERE k.ref >= $x AND k.ref < $x + 10 RETURN a.name, b.name",
        lambda number: number,
        (1, 10),
    ),
    "hundred values": (
        "MATCH (a)-[k:KNOWS]->(b) WHERE k.ref IN $x RETURN a.name, b.name",
        lambda number: [max(0, number - place) for place in range(100)],
        (1, 100),
    ),
}
