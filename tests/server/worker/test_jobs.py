"""Jobs of a worker: cancelled before they begin, ended for lack of memory, forgotten in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Exhausted, Interrupted
from seaglass.server.worker import jobs
from seaglass.server.worker.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.server.worker.jobs import Job


def test_a_job_may_be_cancelled_before_it_begins() -> None:
    known = Jobs()
    known.of("t-a").cancelled = True
    with known.running("t-a") as job:
        assert job.stopped()
    with known.running("t-b") as job:
        assert not job.stopped()


def ended(known: Jobs, what: Callable[[Job], object]) -> None:
    """A job that does something, and is then cancelled."""
    with known.running("t-a") as job:
        what(job)
        raise Interrupted("cancelled", "The import was cancelled.")


def test_what_it_told_last_is_known_after_its_end() -> None:
    known = Jobs()
    with pytest.raises(Interrupted):
        ended(known, lambda job: job.tell({"percent": 40}))
    assert known.of("t-a").progress == {"percent": 40}


def test_memory_ends_what_runs_and_says_so() -> None:
    known = Jobs()
    known.of("t-idle")
    assert not known.free_memory()
    told: list[bool] = []
    with pytest.raises(Exhausted, match="insufficient memory"):
        ended(
            known,
            lambda job: told.extend((known.free_memory(), job.stopped(), known.free_memory())),
        )
    # It is told once; the guard then waits for it to end.
    assert told == [True, True, False]
    assert not known.of("t-idle").stopped()


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "REMEMBERED_MAX", 2)
    known = Jobs()
    first = known.of("t-1")
    first.cancelled = True
    known.of("t-2")
    assert known.of("t-1") is first
    known.of("t-3")
    assert known.of("t-1") is not first
