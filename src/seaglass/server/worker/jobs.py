"""Imports and exports of a worker: what each has told, and which were cancelled.

Above: `session`. Below: nothing. A job may be cancelled before it begins, by its task's id. Requests of
several connections use this at the same time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaglass.base.errors import Exhausted, Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Jobs that are remembered; one that has ended is asked about once more.
REMEMBERED_MAX = 1_000


@dataclass(slots=True)
class Job:
    """One job. Attributes: progress: what it told last; running: whether it does something now"""

    progress: Mapping[str, object] = field(default_factory=dict)
    cancelled: bool = False
    out_of_memory: bool = False
    running: bool = False

    def tell(self, progress: Mapping[str, object]) -> None:
        self.progress = progress

    def stopped(self) -> bool:
        return self.cancelled


class Jobs:
    """The jobs of one worker process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def of(self, task_id: str) -> Job:
        """The job of a task, which need not have begun."""
        with self._guard:
            job = self._jobs.setdefault(task_id, Job())
            while len(self._jobs) > REMEMBERED_MAX:
                self._jobs.popitem(last=False)
            return job

    @contextmanager
    def running(self, task_id: str) -> Iterator[Job]:
        """Do a job. Raises: Exhausted(memory) in place of Interrupted when memory ended it."""
        job = self.of(task_id)
        job.running = True
        try:
            yield job
        except Interrupted as error:
            if not job.out_of_memory:
                raise
            raise Exhausted(
                "memory",
                "The graph's process has insufficient memory for this task. Give it more memory "
                "(seaglass serve --memory), or move less data at once.",
            ) from error
        finally:
            job.running = False

    def free_memory(self) -> bool:
        """End what runs, because memory runs out; say whether there was anything."""
        with self._guard:
            running = [job for job in self._jobs.values() if job.running and not job.cancelled]
        for job in running:
            job.out_of_memory = job.cancelled = True
        return bool(running)
