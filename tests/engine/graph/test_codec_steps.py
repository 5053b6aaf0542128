"""What is long to encode is encoded in steps, between which others may have the core."""

from __future__ import annotations

import numpy as np
import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.limits import GROUP_ROWS, PACE_STEP_US
from seaglass.base.pace import Pace, paced
from seaglass.engine.graph.adjacency import CsrSegment, narrow_segment
from seaglass.engine.graph.codec import encode_chunk
from seaglass.engine.kernels.csr import build_segment
from seaglass.engine.values.column import Column, mixed, strings


class RestlessClock(ManualClock):
    """Each look at what a thread has worked finds that it is time to rest."""

    rests = 0

    def thread_time(self) -> float:
        self.work(2 * PACE_STEP_US / 1e6)
        return super().thread_time()

    def sleep(self, seconds: float) -> None:
        self.rests += 1
        super().sleep(seconds)


def segment_of_many_rows(entries: int) -> CsrSegment:
    """By target: its edges ascend within a row, and not throughout."""
    targets = np.random.default_rng(7).integers(0, GROUP_ROWS, entries)
    sources = np.arange(entries) // 10
    return narrow_segment(build_segment((targets, sources, np.arange(entries)), GROUP_ROWS))


@pytest.mark.parametrize(
    ("payload", "rests"),
    [
        # Entries are marked and put to their places, some 30,000 at a time.
        (segment_of_many_rows(10 * GROUP_ROWS), 30),
        # A value takes the interpreter a microsecond or so, and nobody else has it meanwhile.
        (mixed([number if number % 2 else str(number) for number in range(10_000)]), 39),
        (strings([f"text {number % 100} x" for number in range(GROUP_ROWS)]), 4),
    ],
    ids=["segment", "mixed", "texts"],
)
def test_a_long_chunk_is_encoded_in_steps(payload: Column | CsrSegment, rests: int) -> None:
    clock = RestlessClock()
    with paced(Pace(clock, lambda: True, 0.0)):
        beside = encode_chunk(payload)
    assert clock.rests >= rests
    assert beside == encode_chunk(payload)
