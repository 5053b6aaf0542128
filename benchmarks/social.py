"""A made-up social graph of any size: people who know people, some of whom are known by very many.

Both ends of a relationship are drawn from power laws, each with its own order of popularity, so
that hubs exist in both directions and are spread over all groups. The same seed gives the same
graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.figures import Scale

SEED = 20_240_131
CITIES = 1_000
SYLLABLES = ("an", "bo", "cy", "da", "el", "fi", "go", "ha", "io", "ju", "ka", "lu", "mi", "no")
# A person's share of relationships falls with rank ** -(1 - 1 / SKEW): the first of a million has
# some 1 % of them.
SKEW = 3.0


@dataclass(frozen=True, slots=True)
class Social:
    """Tables as `Graph.load` takes them."""

    people: pa.Table
    knows: pa.Table


def social(scale: Scale, seed: int = SEED) -> Social:
    """`scale.nodes` people with id, name, age and city, and `scale.edges` KNOWS with `since`, in no
    order."""
    rng = np.random.default_rng(seed)
    ids = texts(np.arange(scale.nodes))
    syllables = np.array(SYLLABLES)
    names = syllables[rng.integers(0, len(syllables), (3, scale.nodes))]
    people = pa.table(
        {
            "~id": ids,
            "~label": pa.DictionaryArray.from_arrays(np.zeros(scale.nodes, np.int32), ["Person"]),
            "id": np.arange(scale.nodes),
            "name": np.strings.add(np.strings.add(names[0], names[1]), names[2]),
            "age": rng.integers(0, 100, scale.nodes),
            "city": pa.DictionaryArray.from_arrays(
                rng.integers(0, CITIES, scale.nodes).astype(np.int32),
                [f"City {number}" for number in range(CITIES)],
            ),
        }
    )
    knows = pa.table(
        {
            "~from": texts(popular(rng, scale)),
            "~to": texts(popular(rng, scale)),
            "~label": pa.DictionaryArray.from_arrays(np.zeros(scale.edges, np.int32), ["KNOWS"]),
            "since": rng.integers(1990, 2025, scale.edges),
        }
    )
    return Social(people, knows)


def popular(rng: np.random.Generator, scale: Scale) -> NDArray[np.int64]:
    """`scale.edges` people, drawn by a power law over a random order of popularity."""
    ranks = (scale.nodes * rng.random(scale.edges) ** SKEW).astype(np.int64)
    return rng.permutation(scale.nodes)[ranks]


def texts(numbers: NDArray[np.int64]) -> pa.Array:
    return pa.array(numbers).cast(pa.large_string())
