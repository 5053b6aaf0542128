"""The background thread: rounds, failure, stop."""

from __future__ import annotations

import threading

import pytest

from seaglass.base.errors import Unavailable
from seaglass.engine.upkeep import Upkeep


def test_each_wake_is_followed_by_a_round() -> None:
    done = threading.Semaphore(0)
    upkeep = Upkeep(done.release, "test")
    for _ in range(3):
        upkeep.wake()
        assert done.acquire(timeout=30)
    upkeep.stop()
    upkeep.stop()
    upkeep.wake()
    assert not done.acquire(blocking=False)


def test_a_failed_round_is_told_and_the_next_may_pass() -> None:
    outcomes = [Unavailable("storage", "no disk"), None]
    entered, go = threading.Semaphore(0), threading.Semaphore(0)

    def work() -> None:
        entered.release()
        go.acquire()
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    upkeep = Upkeep(work, "test")
    upkeep.wake()
    assert entered.acquire(timeout=30)
    upkeep.wake()  # during a round: one more follows
    go.release()
    assert entered.acquire(timeout=30)
    assert isinstance(upkeep.failure, Unavailable)
    go.release()
    upkeep.stop()
    assert upkeep.failure is None


def test_a_thread_that_was_never_woken_does_not_exist() -> None:
    before = threading.active_count()
    Upkeep(lambda: None, "test").stop()
    assert threading.active_count() == before


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_round_that_ends_its_thread_does_not_end_the_upkeep() -> None:
    done = threading.Semaphore(0)
    outcomes = [MemoryError(), None]

    def work() -> None:
        outcome = outcomes.pop(0)
        done.release()
        if outcome is not None:
            raise outcome

    upkeep = Upkeep(work, "test")
    upkeep.wake()
    assert done.acquire(timeout=30)
    for thread in threading.enumerate():
        if thread.name == "test":
            thread.join()
    upkeep.wake()
    assert done.acquire(timeout=30)
    upkeep.stop()


def test_a_wake_without_a_thread_to_have_leaves_the_work_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    done = threading.Semaphore(0)
    upkeep = Upkeep(done.release, "test")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_more)
        upkeep.wake()
    upkeep.wake()
    assert done.acquire(timeout=30)
    upkeep.stop()
