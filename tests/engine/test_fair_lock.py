"""The write lock: order, interruption, release, errands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Interrupted
from seaglass.engine.fair_lock import FairLock, Waiter, wake_all

if TYPE_CHECKING:
    from collections.abc import Callable


def go_on() -> None:
    pass


def test_waiters_get_it_in_order() -> None:
    lock: FairLock[str] = FairLock()
    lock.acquire(go_on)
    order: list[int] = []

    def wait(number: int) -> None:
        lock.acquire(go_on)
        order.append(number)
        lock.release()

    threads = []
    for number in range(5):
        thread = threading.Thread(target=wait, args=(number,))
        thread.start()
        threads.append(thread)
        while len(lock._waiting) <= number:
            pass
    lock.release()
    for thread in threads:
        thread.join()
    assert order == list(range(5))
    lock.acquire(go_on)


def test_an_interrupted_waiter_leaves_the_queue() -> None:
    lock: FairLock[str] = FairLock()
    lock.acquire(go_on)

    def stop() -> None:
        raise Interrupted("cancelled", "enough")

    with pytest.raises(Interrupted):
        lock.acquire(stop)
    lock.release()
    lock.acquire(stop)  # free: nothing to wait for, nothing to check
    lock.release()


def test_a_waiter_that_gives_up_just_after_its_turn_came_passes_it_on() -> None:
    lock: FairLock[str] = FairLock()
    lock.acquire(go_on)

    def release_and_stop() -> None:
        lock.release()
        raise Interrupted("cancelled", "enough")

    with pytest.raises(Interrupted):
        lock.acquire(release_and_stop)
    lock.acquire(go_on)


def waiting(lock: FairLock[str], errand: str | None, found: list[bool | None]) -> threading.Thread:
    """A thread that waits, and notes whether it got the lock."""
    before = len(lock._waiting)

    def wait() -> None:
        found.append(lock.acquire(go_on, errand))

    thread = threading.Thread(target=wait)
    thread.start()
    while len(lock._waiting) == before:
        pass
    return thread


def test_errands_are_taken_in_order_up_to_a_waiter_without_one() -> None:
    lock: FairLock[str] = FairLock()
    assert lock.acquire(go_on, "own")
    assert lock.take() is None
    found: list[bool | None] = []
    threads = [waiting(lock, errand, found) for errand in ("a", "b", None, "c")]
    taken = [lock.take(), lock.take()]
    assert [waiter.errand for waiter in taken if waiter] == ["a", "b"]
    assert lock.take() is None
    for waiter in taken:
        assert waiter is not None
        waiter.wake()
    for thread in threads[:2]:
        thread.join()
    assert found == [False, False]
    lock.release()
    threads[2].join()
    assert found[2] is True
    last = lock.take()
    assert last is not None
    last.wake()
    threads[3].join()
    assert found[3] is False
    lock.release()
    assert lock.acquire(go_on)


def test_an_errand_that_is_given_back_is_for_its_own_thread_next() -> None:
    lock: FairLock[str] = FairLock()
    lock.acquire(go_on)
    found: list[bool | None] = []
    threads = [waiting(lock, errand, found) for errand in ("a", "b")]
    taken = lock.take()
    assert taken is not None
    lock.give_back(taken)
    assert lock.take() is None
    lock.release()
    threads[0].join()
    assert found == [True]
    lock.release()
    threads[1].join()
    assert found == [True, True]


@pytest.mark.parametrize("given_back", [False, True])
def test_an_interruption_waits_for_whoever_has_taken_the_errand(given_back: bool) -> None:
    """A cancel then is for the errand to notice; anything else is raised once it is done."""
    lock: FairLock[str] = FairLock()
    for error in (Interrupted("cancelled", "enough"), KeyboardInterrupt()):
        lock.acquire(go_on)
        taken = threading.Event()

        def stop(error: BaseException = error, taken: threading.Event = taken) -> None:
            taken.wait()
            raise error

        outcome: list[object] = []

        def wait(stop: Callable[[], None] = stop, outcome: list[object] = outcome) -> None:
            try:
                outcome.append(lock.acquire(stop, "errand"))
            except BaseException as raised:
                outcome.append(raised)

        thread = threading.Thread(target=wait)
        thread.start()
        while (waiter := lock.take()) is None:
            pass
        taken.set()
        thread.join(0.1)
        assert outcome == []
        if given_back:
            lock.give_back(waiter)
            lock.release()
        else:
            waiter.wake()
        thread.join()
        done = isinstance(error, Interrupted) and not given_back
        assert outcome == [False if done else error]
        if not given_back:
            lock.release()
        assert lock.acquire(go_on)
        lock.release()


def taken_by(lock: FairLock[str]) -> Waiter[str]:
    """The first waiter's errand, which the test takes."""
    waiter = lock.take()
    assert waiter is not None
    return waiter


def test_those_whose_errands_are_done_together_are_all_woken() -> None:
    """Whatever becomes of those that are to wake the others."""
    lock: FairLock[str] = FairLock()
    lock.acquire(go_on)
    taken = threading.Event()
    outcomes: list[object] = []

    def wait(error: BaseException | None) -> None:
        def stop() -> None:
            if error is not None:
                taken.wait()
                raise error

        try:
            outcomes.append(lock.acquire(stop, "errand"))
        except KeyboardInterrupt:
            outcomes.append("interrupted")

    errors = [None, Interrupted("cancelled", "enough"), KeyboardInterrupt(), None] * 10
    threads = [threading.Thread(target=wait, args=(error,)) for error in errors]
    for thread in threads:
        thread.start()
    while len(lock._waiting) < len(threads):
        pass
    waiters = [taken_by(lock) for _ in threads]
    taken.set()
    wake_all(waiters)
    for thread in threads:
        thread.join(30)
    assert outcomes.count(False) == 30
    assert outcomes.count("interrupted") == 10


def test_a_waiter_sees_itself_that_its_errand_is_done() -> None:
    """Where the one that has to wake it gets no turn."""
    lock: FairLock[str] = FairLock()
    lock.acquire(go_on)
    found: list[bool | None] = []
    threads = [waiting(lock, "errand", found) for _ in range(2)]
    held_up, second = [taken_by(lock) for _ in threads]
    held_up.next = second
    second.woken = True
    threads[1].join(30)
    assert found == [False]
    held_up.wake()
    threads[0].join(30)
    assert found == [False, False]
