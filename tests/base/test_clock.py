"""Clocks."""

from __future__ import annotations

import threading

from seaglass.base.clock import ManualClock, SystemClock


def test_a_manual_clock_moves_when_told() -> None:
    clock = ManualClock(100.0)
    clock.advance(2.5)
    assert (clock.now(), clock.monotonic()) == (102.5, 2.5)
    clock.set_now(50.0)
    assert (clock.now(), clock.monotonic()) == (50.0, 2.5)


def test_work_takes_time_of_its_thread() -> None:
    clock = ManualClock()
    thread = threading.Thread(target=lambda: clock.work(2.0))
    thread.start()
    thread.join()
    clock.work(1.0)
    assert (clock.thread_time(), clock.monotonic()) == (1.0, 3.0)


def test_the_system_clock_does_not_go_back() -> None:
    clock = SystemClock()
    first = clock.monotonic()
    assert clock.monotonic() >= first
    assert clock.now() > 1_600_000_000
