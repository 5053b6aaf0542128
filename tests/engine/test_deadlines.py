"""The flags of running queries: raised by a cancel, and by the end of the time."""

from __future__ import annotations

import threading
import time

import pytest

from seaglass.base.clock import ManualClock, SystemClock
from seaglass.base.errors import Interrupted
from seaglass.base.rng import SeededRng
from seaglass.engine import deadlines
from seaglass.engine.memory import Memory
from seaglass.engine.running import RunningQueries


def test_a_cancel_raises_the_flag_whenever_it_was_asked_for() -> None:
    queries = RunningQueries(ManualClock(), SeededRng(1), Memory(1))
    before, after = queries.enter("RETURN 1", "a", None), queries.enter("RETURN 1", "b", None)
    flag = before.flag
    assert flag[0] == 0
    queries.cancel("a")
    queries.cancel("b")
    assert flag[0] == 1
    assert after.flag[0] == 1


def test_the_end_of_the_time_raises_the_flag() -> None:
    queries = RunningQueries(SystemClock(), SeededRng(1), Memory(1))
    query = queries.enter("RETURN 1", None, 50)
    other = queries.enter("RETURN 1", None, 3_600_000)
    assert query.flag[0] == other.flag[0] == 0
    for _ in range(500):
        if query.flag[0]:
            break
        time.sleep(0.01)
    assert query.flag[0] == 1
    assert other.flag[0] == 0
    with pytest.raises(Interrupted):
        query.check()


def test_a_query_without_a_kernel_starts_no_thread_and_an_idle_thread_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "IDLE_SECONDS", 0.05)

    def watching() -> set[threading.Thread]:
        return {one for one in threading.enumerate() if one.name == "deadlines"}

    others = watching()
    queries = RunningQueries(SystemClock(), SeededRng(1), Memory(1))
    queries.leave(queries.enter("RETURN 1", None, 1000))
    assert watching() <= others
    query = queries.enter("RETURN 1", None, 3_600_000)
    assert query.flag[0] == 0
    (thread,) = watching() - others
    queries.leave(query)
    thread.join(30)
    assert not thread.is_alive()
    # It starts again with the next query.
    again = queries.enter("RETURN 1", None, 1)
    for _ in range(500):
        if again.flag[0]:
            break
        time.sleep(0.01)
    assert again.flag[0] == 1
