"""Label propagation against the same rule in plain Python, which asks every node every time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.kernels.plain_graphs import Plain, links_of, plain_graphs

from seaglass.engine.kernels.mixing import shuffled
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.kernels.voting import ballot_of, vote

WORD = (1 << 64) - 1


def mixed(word: int) -> int:
    word = (word + 0x9E3779B97F4A7C15) & WORD
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & WORD
    return word ^ (word >> 31)


def chosen(sums: dict[int, float], held: int, node: int) -> int:
    most = max(sums.values(), default=0.0)
    best = [label for label, weight in sums.items() if weight == most]
    if not best or held in best:
        return held
    return min(best, key=lambda label: mixed(mixed(label) ^ node))


@given(plain_graphs(), st.booleans(), st.booleans(), st.integers(1, 4))
def test_labels(graph: Plain, weighted: bool, voiced: bool, iterations: int) -> None:
    nodes, edges = graph
    order = shuffled(nodes)
    voices = np.arange(nodes) / 2 if voiced else np.zeros(0)
    labels, waiting, ballot = np.arange(nodes), np.ones(nodes, np.bool_), ballot_of(nodes)
    back, onward = links_of(graph, back=True, weighted=weighted), links_of(graph)[:2]
    expected = list(range(nodes))
    for _ in range(iterations):
        state = labels, waiting, voices, order
        changed = vote(back, onward, state, ballot, new_flag())
        before = list(expected)
        for node in order.tolist():
            sums: dict[int, float] = {}
            for source, target, weight in edges:
                if target == node:
                    heard = (weight if weighted else 1.0) * (voices[source] if voiced else 1.0)
                    sums[expected[source]] = sums.get(expected[source], 0.0) + heard
            expected[node] = chosen(sums, expected[node], node)
        assert labels.tolist() == expected
        assert changed == sum(a != b for a, b in zip(before, expected, strict=True))


def test_orders_without_a_pattern_hold_each_number_once() -> None:
    for count in (0, 1, 2, 1000):
        assert sorted(shuffled(count).tolist()) == list(range(count))
    assert shuffled(1000).tolist() == shuffled(1000).tolist()
    # Of a shuffled thousand, about one number stands where it was.
    assert np.count_nonzero(shuffled(1000) == np.arange(1000)) < 10
