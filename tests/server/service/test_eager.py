"""Tasks that begin at once do what tasks do, but for when they begin."""

from __future__ import annotations

import asyncio
import contextvars

import pytest
import uvloop

from seaglass.server.service.eager import begin


def run(work: object) -> object:
    async def main() -> object:
        return await work()  # type: ignore[operator]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def started(steps: list[object], work: object) -> asyncio.Future[asyncio.Task[None]]:
    """Begin work from a callback of the loop, as a protocol does."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[asyncio.Task[None]] = loop.create_future()

    def now() -> None:
        task = begin(loop, work())  # type: ignore[operator]
        steps.append("made")
        made.set_result(task)

    loop.call_soon(now)
    return made


def test_the_first_step_is_done_before_the_task_is_there() -> None:
    steps: list[object] = []

    async def main() -> None:
        turn: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            steps.append(asyncio.current_task())
            steps.append(await turn)
            steps.append(asyncio.current_task())

        task = await started(steps, work)
        turn.set_result("turn")
        await task
        assert steps == [task, "made", "turn", task]

    run(main)


@pytest.mark.parametrize("pauses", [0, 1, 2])
def test_an_error_is_the_tasks(pauses: int) -> None:
    async def main() -> None:
        async def work() -> None:
            for _ in range(pauses):
                await asyncio.sleep(0)
            raise ValueError("of the work")

        task = await started([], work)
        with pytest.raises(ValueError, match="of the work"):
            await task

    run(main)


def test_work_that_waits_for_nothing_has_ended() -> None:
    async def main() -> None:
        steps: list[object] = []

        async def work() -> None:
            steps.append("work")

        task = await started(steps, work)
        assert steps == ["work", "made"]
        await task
        assert not task.cancelled()

    run(main)


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_cancel_reaches_the_work_at_once_and_later(turns: int) -> None:
    steps: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def work() -> None:
            try:
                await loop.create_future()
            except asyncio.CancelledError:
                steps.append("cancelled")
                raise

        task = await started([], work)
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert steps == ["cancelled"]

    run(main)


def test_a_time_limit_holds_that_was_begun_in_the_first_step() -> None:
    async def main() -> None:
        ended: list[object] = []

        async def work() -> None:
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.Event().wait()
            except TimeoutError:
                ended.append("over")

        await (await started([], work))
        assert ended == ["over"]

    run(main)


def test_what_the_first_step_sets_in_its_context_is_the_tasks_alone() -> None:
    asked: contextvars.ContextVar[str] = contextvars.ContextVar("asked", default="nobody")

    async def main() -> None:
        told: list[str] = []

        async def work() -> None:
            asked.set("somebody")
            await asyncio.sleep(0)
            told.append(asked.get())

        def now() -> None:
            tasks.append(begin(loop, work()))
            told.append(asked.get())

        loop, tasks = asyncio.get_running_loop(), list[asyncio.Task[None]]()
        loop.call_soon(now)
        await asyncio.sleep(0)
        await tasks[0]
        assert told == ["nobody", "somebody"]

    run(main)
