"""Distances between vectors, by the names that queries use.

Above: `engine/exec`. Below: `kernels/vectors`. Sums are of 32 bits; what is made of them (roots,
quotients) is of 64.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

import numpy as np

from seaglass.engine.kernels.vectors import product_pairs, squared_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Metric(StrEnum):
    """The names, as documented; queries may write them in any case."""

    L2_SQUARED = "L2Squared"
    L2 = "L2"
    COSINE_SIMILARITY = "CosineSimilarity"
    COSINE_DISTANCE = "CosineDistance"
    DOT_PRODUCT = "DotProduct"


_NAMES = {metric.lower(): metric for metric in Metric}


def metric_of(name: str) -> Metric | None:
    """The metric of a name in any case; None for another name."""
    return _NAMES.get(name.lower())


def distances(
    metric: Metric, left: NDArray[np.float32], right: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The distances of pairs.

    Args: left, right: float32[n, d], finite
    Returns: float64[n]; NaN for a cosine with a vector of zeros
    """
    if metric in (Metric.L2_SQUARED, Metric.L2):
        squared = squared_pairs(left, right).astype(np.float64)
        return np.sqrt(squared) if metric is Metric.L2 else squared
    products = product_pairs(left, right).astype(np.float64)
    match metric:
        case Metric.DOT_PRODUCT:
            return products[:, 0]
        case Metric.COSINE_SIMILARITY | Metric.COSINE_DISTANCE:
            with np.errstate(divide="ignore", invalid="ignore"):
                cosine = products[:, 0] / np.sqrt(products[:, 1] * products[:, 2])
            # Rounding may lead past what a cosine can be.
            cosine = np.clip(cosine, -1.0, 1.0)
            return cosine if metric is Metric.COSINE_SIMILARITY else 1.0 - cosine
        case _:
            assert_never(metric)
