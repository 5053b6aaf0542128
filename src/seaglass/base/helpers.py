"""Threads that are kept for work that waits: for the disk, mostly, several times side by side.

To start a thread takes a tenth of a millisecond, as long as many a wait. So they are started when they
are first needed, and end with `close`, or with whoever has them. Each is woken by itself: of the
threads of an executor that wait for one queue, two items that come together wake one.

Above: files, engine/snapshot/store. Below: nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Helpers:
    """A few threads. Safe between threads; what they do may ask them for help in turn."""

    def __init__(self, threads: int, name: str) -> None:
        self._crew = _Crew(threads, name)

    def run(self, acts: Sequence[Callable[[], object]]) -> None:
        """Does all of them, the first in the calling thread, and waits for all.

        Raises: the error of the first that failed; the others are done all the same
        """
        if not acts:
            return
        task = _Task(acts)
        self._crew.wake(task, len(acts) - 1)
        # What no thread has begun yet is done here: all may be busy, or gone after a fork.
        task.work()
        task.wait()

    def close(self) -> None:
        """Ends the threads; harmless when repeated. Who asks again has new ones."""
        for thread in self._crew.dismiss():
            thread.join()

    def __del__(self) -> None:
        # Without a wait: the collector may call this anywhere, in one of the threads as well.
        self._crew.dismiss()


class _Task:
    """Acts that are done by whoever comes."""

    def __init__(self, acts: Sequence[Callable[[], object]]) -> None:
        self._waiting = deque(enumerate(acts))
        self._left = len(acts)
        self._guard = threading.Lock()
        self._done = threading.Lock()
        self._done.acquire()
        self._errors: dict[int, BaseException] = {}

    def work(self) -> None:
        """Do some, until none waits."""
        while True:
            try:
                number, act = self._waiting.popleft()
            except IndexError:
                return
            try:
                act()
            except BaseException as error:
                self._errors[number] = error
            with self._guard:
                self._left -= 1
                is_last = self._left == 0
            if is_last:
                self._done.release()

    def wait(self) -> None:
        """Until all are done. Raises: the error of the first that failed"""
        self._done.acquire()
        if self._errors:
            raise self._errors[min(self._errors)]


class _Helper:
    """One thread, and what it is to do next; None for the end."""

    def __init__(self) -> None:
        self.woken = threading.Lock()
        self.woken.acquire()
        self.task: _Task | None = None


class _Crew:
    """The threads, which know it and not whoever has them."""

    def __init__(self, threads: int, name: str) -> None:
        self._name = name
        self._threads_max = threads
        # The collector may have `dismiss` called within.
        self._guard = threading.RLock()
        self._idle: list[_Helper] = []
        self._threads: list[threading.Thread] = []

    def wake(self, task: _Task, count: int) -> None:
        """Has up to so many threads work at a task."""
        with self._guard:
            for _ in range(min(count, self._threads_max)):
                if self._idle:
                    helper = self._idle.pop()
                elif len(self._threads) < self._threads_max:
                    try:
                        helper = self._hired()
                    except RuntimeError:
                        # The system has no more: who asks does what nobody else begins.
                        return
                else:
                    return
                helper.task = task
                helper.woken.release()

    def dismiss(self) -> list[threading.Thread]:
        """Gives the threads, which end."""
        with self._guard:
            threads, self._threads = self._threads, []
            idle, self._idle = self._idle, []
        for helper in idle:
            helper.woken.release()
        return threads

    def _hired(self) -> _Helper:
        helper = _Helper()
        name = f"{self._name}_{len(self._threads)}"
        thread = threading.Thread(target=self._serve, args=(helper,), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)
        return helper

    def _serve(self, helper: _Helper) -> None:
        while True:
            helper.woken.acquire()
            task, helper.task = helper.task, None
            if task is None:
                return
            task.work()
            del task
            with self._guard:
                if threading.current_thread() not in self._threads:
                    return
                self._idle.append(helper)
