"""The write lock: order, interruption, release."""

from __future__ import annotations

import threading

import pytest

from seaglass.base.errors import Interrupted
from seaglass.engine.fair_lock import FairLock


def go_on() -> None:
    pass


def test_waiters_get_it_in_order() -> None:
    lock = FairLock()
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
    lock = FairLock()
    lock.acquire(go_on)

    def stop() -> None:
        raise Interrupted("cancelled", "enough")

    with pytest.raises(Interrupted):
        lock.acquire(stop)
    lock.release()
    lock.acquire(stop)  # free: nothing to wait for, nothing to check
    lock.release()


def test_a_waiter_that_gives_up_just_after_its_turn_came_passes_it_on() -> None:
    lock = FairLock()
    lock.acquire(go_on)

    def release_and_stop() -> None:
        lock.release()
        raise Interrupted("cancelled", "enough")

    with pytest.raises(Interrupted):
        lock.acquire(release_and_stop)
    lock.acquire(go_on)
