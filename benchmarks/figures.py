"""What a benchmark gives: figures with a name and a unit, and the few ways to time that all of them share."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the graphs are: `nodes` people with `edges` edges among them."""

    nodes: int
    edges: int


FULL = Scale(nodes=1_000_000, edges=10_000_000)
QUICK = Scale(nodes=20_000, edges=200_000)


def seconds(work: Callable[[], object]) -> float:
    """How long one call of `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def quantile(samples: Sequence[float], share: float) -> float:
    """The sample below which `share` of all samples lie (nearest rank)."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
