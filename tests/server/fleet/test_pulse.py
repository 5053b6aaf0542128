"""Workers that hang are ended, those that only take long are not. Method: real processes with a toy engine."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seaglass.base import errors
from tests.server.fleet.test_fleet import ask, options, pid_of, scenario, words

if TYPE_CHECKING:
    from seaglass.server.fleet.fleet import WorkerFleet


async def stop(pid: int) -> None:
    """Stop a process, all of its threads."""
    os.kill(pid, signal.SIGSTOP)
    threads = [*Path(f"/proc/{pid}/task").iterdir()]
    while any("State:\tT" not in (one / "status").read_text() for one in threads):
        await asyncio.sleep(0.001)


def test_a_worker_that_answers_nobody_is_replaced(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        await ask(fleet, "g-1", "PUT before")
        stopped = await pid_of(fleet, "g-1")
        await stop(stopped)
        # The query is lost with it, and is run by the next one.
        assert await words(fleet, "g-1") == ["before"]
        assert await pid_of(fleet, "g-1") != stopped
        await ask(fleet, "g-1", "PUT after")
        assert await words(fleet, "g-1") == ["before", "after"]

    scenario(replace(options(tmp_path), pulse_seconds=0.05, silent_seconds_max=0.5), body)


def test_a_call_that_hangs_ends_with_its_worker(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        await ask(fleet, "g-1", "PUT before")
        hanging = await pid_of(fleet, "g-1")
        with pytest.raises(errors.Unavailable) as ended:
            await fleet.snapshot("g-1", "gs-1", "hang once")
        assert ended.value.kind == "worker"
        # As an effect of the control plane is tried again.
        await fleet.snapshot("g-1", "gs-1", "hang once")
        await fleet.restore("g-2", "gs-1", "two")
        assert await words(fleet, "g-2") == ["before"]
        assert await pid_of(fleet, "g-1") != hanging

    chosen = replace(options(tmp_path), pulse_seconds=0.1)
    scenario(replace(chosen, still_seconds_max=0.5, still_cpu_seconds=0.2), body)


def test_a_call_that_works_on_is_waited_for(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        before = await pid_of(fleet, "g-1")
        await fleet.snapshot("g-1", "gs-1", "busy 2")
        # Neither does a query need a processor: its client may read slowly.
        asleep = asyncio.create_task(ask(fleet, "g-1", "SLEEP", "asleep"))
        await asyncio.sleep(2)
        await fleet.cancel("g-1", "asleep")
        with pytest.raises(errors.Interrupted):
            await asleep
        assert await pid_of(fleet, "g-1") == before

    chosen = replace(options(tmp_path), pulse_seconds=0.1, silent_seconds_max=20.0)
    scenario(replace(chosen, still_seconds_max=1.0, still_cpu_seconds=0.01), body)
