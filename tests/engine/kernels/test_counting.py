"""Counting over flat CSR: two strands of one link give the same, walked, looked up and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from seaglass.engine.kernels.counting import bundle, bundle_scratch, meet
from seaglass.engine.kernels.stopping import new_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.counting import FlatCsr

NODES = 400


def flat(rng: np.random.Generator, degrees: NDArray[np.int64]) -> FlatCsr:
    """Parallel links are many: the ends are drawn from a few."""
    indptr = np.concatenate([[0], np.cumsum(degrees)])
    rows = [np.sort(rng.integers(0, NODES // 4, count)) * 4 for count in degrees.tolist()]
    return indptr, np.concatenate(rows).astype(np.int32)


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_short_strands(dtype: Any) -> None:
    rng = np.random.default_rng(3)
    few, many = rng.integers(0, 6, NODES), rng.integers(0, 200, NODES)
    hubs = np.where(rng.random(NODES) < 0.1, 3_000, few)
    weights, active = rng.integers(0, 5, NODES).astype(dtype), rng.random(NODES) < 0.9
    for one, other in ((few, few), (few, many), (many, few), (hubs, few), (many, hubs)):
        links = flat(rng, one), flat(rng, other)
        met, marked = np.full(NODES, 7, dtype), np.full(NODES, 7, dtype)
        meet(links, (weights, active), (0, NODES), (met, new_flag()))
        none = np.empty(0, np.int64)
        strands = tuple((near, none, near, False) for near in links)
        results = marked, bundle_scratch(NODES, np.dtype(dtype))
        bundle(strands, (weights, active), (0, NODES), results, new_flag())
        assert met.tolist() == marked.tolist()
        assert met.any()
