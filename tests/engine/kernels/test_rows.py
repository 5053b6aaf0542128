"""Loops over rows look at their flag before each row, since each may be that of a hub.

Method: the flag is the last byte of what the loop itself writes for a row, so that it is raised
exactly when that row is done; the next one must then be untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.kernels.counting import bundle, bundle_scratch, meet, sum_neighbours
from seaglass.engine.kernels.moving import move, strengths_of, tally_of
from seaglass.engine.kernels.voting import ballot_of, vote

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODES = 100
STOP = 10
UNTOUCHED = 0


def flag_in(array: NDArray[np.int64], row: int) -> NDArray[np.uint8]:
    """Raised once the row holds a number whose lowest byte is not 0."""
    return array.view(np.uint8)[8 * row : 8 * row + 1]


def ring() -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Each node leads to the next one."""
    return np.arange(NODES + 1), ((np.arange(NODES) + 1) % NODES).astype(np.int32)


def test_sums_end_behind_the_row_that_raises_the_flag() -> None:
    ones = np.ones(NODES, np.int64)
    all_active = np.ones(NODES, np.bool_)
    links: Any = ring()
    strand = (links, np.empty(0, np.int64), links, False)

    def summed(sums: NDArray[np.int64], flag: NDArray[np.uint8]) -> None:
        sum_neighbours(links, ones, (0, NODES), sums, flag)

    def met(sums: NDArray[np.int64], flag: NDArray[np.uint8]) -> None:
        meet((links, links), (ones, all_active), (0, NODES), (sums, flag))

    def bundled(sums: NDArray[np.int64], flag: NDArray[np.uint8]) -> None:
        scratch = bundle_scratch(NODES, np.dtype(np.int64))
        bundle((strand, strand), (ones, all_active), (0, NODES), (sums, scratch), flag)

    for work in (summed, met, bundled):
        sums = np.full(NODES, UNTOUCHED, np.int64)
        work(sums, flag_in(sums, STOP))
        assert sums[: STOP + 1].tolist() == [1] * (STOP + 1)
        assert (sums[STOP + 1 :] == UNTOUCHED).all()


def test_nodes_move_until_the_flag_is_raised() -> None:
    indptr = np.arange(0, 2 * NODES + 1, 2)
    around = np.stack([np.arange(NODES) - 1, np.arange(NODES) + 1], axis=1) % NODES
    graph: Any = indptr, around.ravel().astype(np.int32), np.zeros(0)
    strengths = strengths_of(graph)
    communities, waiting = np.arange(NODES), np.ones(NODES, np.bool_)
    # It waits again from when the one behind it moves away from it.
    waiting[STOP] = False
    flag = waiting.view(np.uint8)[STOP : STOP + 1]
    state = communities, waiting, strengths
    move(graph, state, (strengths.copy(), float(strengths.sum())), tally_of(NODES), flag)
    assert communities[STOP + 1] == STOP + 2
    assert not waiting[STOP + 1]
    assert waiting[STOP + 2 :].all()


def test_nodes_vote_until_the_flag_is_raised() -> None:
    indptr, neighbours = ring()
    labels, waiting = np.arange(NODES) * 256, np.ones(NODES, np.bool_)
    labels[STOP + 1] = 1
    state = labels, waiting, np.zeros(0), np.arange(NODES)
    links: Any = indptr, neighbours, np.zeros(0)
    vote(
        links,
        (np.zeros(NODES + 1, np.int64), neighbours),
        state,
        ballot_of(NODES * 256),
        flag_in(labels, STOP),
    )
    assert labels[STOP] == 1
    assert labels[STOP + 2] == (STOP + 2) * 256
    assert waiting[STOP + 1 :].all()
