"""What does it cost to find nodes by what they hold, beside finding one by its `~id`?

A million people; each question is asked with other values each time, through the library. An index of
values comes by itself: the first question scans, the next ones build a part of the index each, and
the warm figure is the median once it is whole. Ratios are to the warm look-up by `~id`.
"""

from __future__ import annotations

import random
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
