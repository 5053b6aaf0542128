"""Work at a pace: how long it rests beside others, and that it ends."""

from __future__ import annotations

import threading

import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.limits import PACE_REST_TIMES_MAX, PACE_STEP_US
from seaglass.base.pace import Pace, breathe, crowded, pace_of_thread, paced, turn

STEP = PACE_STEP_US / 1e6
SPARE = 1.0


def work(clock: ManualClock, steps: int, seconds: float) -> float:
    """How long the rests were of so many steps of this thread."""
    before = clock.monotonic()
    for _ in range(steps):
        clock.work(seconds)
        breathe()
    return clock.monotonic() - before - steps * seconds


@pytest.mark.parametrize("expected", [None, 0.001, 20.0, 1000.0])
@pytest.mark.parametrize("seconds", [0.001, 0.25])
def test_all_rests_have_a_bound_however_long_others_stay(
    seconds: float, expected: float | None
) -> None:
    clock = ManualClock()
    pace = Pace(clock, lambda: True, SPARE)
    if expected is not None:
        pace.expect(expected)
    with paced(pace):
        rested = work(clock, round(20 / seconds), seconds)
    assert rested == pytest.approx(20 + min(SPARE, 20 * SPARE / (expected or STEP)))


def test_what_may_be_rested_is_spread_over_the_work() -> None:
    clock = ManualClock()
    pace = Pace(clock, lambda: True, SPARE)
    pace.expect(0.1)
    with paced(pace):
        rests = [work(clock, 10, 0.001) for _ in range(10)]
    assert rests == pytest.approx([0.01 * (1 + SPARE / 0.1)] * 10)


def test_a_little_work_rests_a_little() -> None:
    clock = ManualClock()
    pace = Pace(clock, lambda: True, SPARE)
    pace.expect(0)
    with paced(pace):
        assert work(clock, 1, STEP) == pytest.approx(STEP * PACE_REST_TIMES_MAX)


def test_short_steps_share_a_rest() -> None:
    clock = ManualClock()
    with paced(Pace(clock, lambda: True, SPARE)):
        assert work(clock, 3, STEP / 4) == pytest.approx(0)
        assert work(clock, 1, STEP / 2) > 0


def test_nobody_rests_where_nobody_else_is() -> None:
    clock = ManualClock()
    others = False
    with paced(Pace(clock, lambda: others, SPARE)):
        assert work(clock, 100, STEP) == pytest.approx(0)
        others = True
        assert work(clock, 1, STEP) > 0


def test_other_threads_have_no_pace() -> None:
    clock = ManualClock()
    pace = Pace(clock, lambda: True, SPARE)
    seen: list[object] = []
    with paced(pace):
        assert pace_of_thread() is pace
        assert crowded()
        thread = threading.Thread(
            target=lambda: seen.extend((pace_of_thread(), crowded(), work(clock, 1, 1.0)))
        )
        thread.start()
        thread.join()
    assert seen == [None, False, pytest.approx(0)]
    assert pace_of_thread() is None


@pytest.mark.parametrize("others", [True, False])
def test_beside_others_one_thread_works(others: bool) -> None:
    pace = Pace(ManualClock(), lambda: others, SPARE)
    both = threading.Barrier(2)
    worked = []

    def thread() -> None:
        with paced(pace), turn():
            if others:
                assert not worked, "the other one works"
                worked.append(1)
                breathe()
                worked.pop()
            else:
                # Passes only where both work at once.
                both.wait(60)

    threads = [threading.Thread(target=thread) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert worked == []
    assert not both.broken
