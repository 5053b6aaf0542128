"""The fleet with real worker processes. The engine in them is a toy: a log of words, synced before it answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seaglass.base import errors
from seaglass.server.control.ports import QueryRequest
from seaglass.server.fleet.fleet import SOCKET_FOLDER_BYTES_MAX, WorkerFleet
from seaglass.server.fleet.options import FleetOptions
from seaglass.server.link.client import Connection
from seaglass.server.link.errors import WorkerError
from seaglass.server.link.frames import Kind, frame
from tests.server.worker.test_worker import TOY, wait_gone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from seaglass.server.fleet.process import WorkerProcess

LONG_MS = 60_000
NUMBERS = itertools.count()


def options(folder: Path) -> FleetOptions:
    command = (sys.executable, str(TOY))
    return FleetOptions(
        data=folder, command=command, spares=1, refill_seconds=0.0, backoff_seconds=0.01
    )


def request(text: str, query_id: str = "q", timeout_ms: int = LONG_MS) -> QueryRequest:
    return QueryRequest(query_id, text, {}, timeout_ms)


async def ask(fleet: WorkerFleet, graph: str, text: str, query_id: str | None = None) -> bytes:
    asked = request(text, query_id or f"q-{next(NUMBERS)}")
    return b"".join([part async for part in fleet.query(graph, asked)])


async def words(fleet: WorkerFleet, graph: str) -> list[str]:
    found: list[str] = json.loads(await ask(fleet, graph, "ALL"))
    return found


async def pid_of(fleet: WorkerFleet, graph: str) -> int:
    return int(str((await fleet.summary(graph, detailed=False))["pid"]))


async def spare_of(fleet: WorkerFleet) -> WorkerProcess:
    return await asyncio.shield(fleet._spares._first())


def scenario(chosen: FleetOptions, body: Callable[[WorkerFleet], Awaitable[None]]) -> None:
    async def run() -> None:
        fleet = WorkerFleet(chosen)
        await fleet.open()
        try:
            await body(fleet)
        finally:
            await fleet.close()

    asyncio.run(asyncio.wait_for(run(), 60))


def test_what_is_opened_twice_has_its_chores_once(tmp_path: Path) -> None:
    """The process opens the fleet as soon as it can, and the application when it starts."""

    async def body(fleet: WorkerFleet) -> None:
        await fleet.open()
        names = [task.get_name() for task in asyncio.all_tasks()]
        assert sorted(set(names) & {"idle snapshots", "scrub"}) == ["idle snapshots", "scrub"]
        assert (names.count("idle snapshots"), names.count("scrub")) == (1, 1)
        await fleet.close()
        left = [task.get_name() for task in asyncio.all_tasks()]
        assert not {"idle snapshots", "scrub"} & set(left)

    scenario(replace(options(tmp_path), scrub_bytes_per_second=1.0), body)


def test_the_life_of_a_graph(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        for _ in range(2):
            await fleet.create("g-1", "one", "key")
        await ask(fleet, "g-1", "PUT early")
        for _ in range(2):
            await fleet.snapshot("g-1", "gs-1", "before")
            assert await fleet.dimension_of("gs-1") == 3
        await ask(fleet, "g-1", "PUT late")
        for _ in range(2):
            await fleet.restore("g-2", "gs-1", "two")
        assert await words(fleet, "g-2") == ["early"]
        for _ in range(2):
            await fleet.clone("g-4", "g-1", "four")
        await ask(fleet, "g-4", "PUT later")
        assert await words(fleet, "g-4") == ["early", "late", "later"]
        assert await words(fleet, "g-1") == ["early", "late"]
        for _ in range(2):
            await fleet.stop("g-1")
        assert (tmp_path / "g-1" / "closed").exists()
        for _ in range(2):
            await fleet.start("g-1", "key")
        await fleet.reset("g-1")
        assert await words(fleet, "g-1") == []
        for _ in range(2):
            await fleet.delete("g-1")
            await fleet.delete_snapshot("gs-1")
        assert not (tmp_path / "g-1").exists()
        with pytest.raises(errors.NotFound):
            await fleet.start("g-1", "key")
        with pytest.raises(errors.NotFound):
            await fleet.restore("g-3", "gs-1", "three")

    scenario(options(tmp_path), body)


def test_nothing_is_kept_of_graphs_that_are_gone(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        await fleet.delete("g-1")
        await fleet.stop("g-2")
        assert not fleet._locks

    scenario(options(tmp_path), body)


def test_a_connection_whose_worker_has_let_go_is_not_lent(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        process = await fleet._graphs["g-1"].worker()
        near, far = socket.socketpair()
        far.sendall(frame(Kind.END, b"{}"))
        stale = await Connection.over(near)
        process.give_back(stale)
        far.close()
        # No turn of the loop in between: only the system knows yet.
        as_far_as_the_loop_knows = stale.reusable
        assert as_far_as_the_loop_knows
        lent = await process.take()
        assert lent is not stale
        assert not stale.reusable
        process.give_back(lent)

    scenario(options(tmp_path), body)


def test_queries_side_by_side_open_no_connection_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = 0
    opens = Connection.open

    async def count(path: str) -> Connection:
        nonlocal opened
        opened += 1
        return await opens(path)

    chosen = options(tmp_path)

    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        monkeypatch.setattr(Connection, "open", count)
        for _ in range(5):
            await asyncio.gather(
                *(ask(fleet, "g-1", "ALL") for _ in range(chosen.queries_running_max))
            )
        # The pulse may hold one of them at any moment, so their number is not exact.
        assert opened < 2 * chosen.queries_running_max

    scenario(chosen, body)


def test_an_acknowledged_write_survives_the_worker(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        acknowledged = []
        for round_number in range(5):
            for number in range(3):
                word = f"{round_number}-{number}"
                await ask(fleet, "g-1", f"PUT {word}")
                acknowledged.append(word)
            os.kill(await pid_of(fleet, "g-1"), signal.SIGKILL)
            # Whether the front knows of the death already or not, the next call passes or may be
            # repeated.
            found = None
            while found is None:
                with suppress(errors.Unavailable):
                    found = await words(fleet, "g-1")
                await asyncio.sleep(0.005)
            assert found == acknowledged

    scenario(options(tmp_path), body)


def test_a_query_under_which_workers_die_has_changed_nothing(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        with pytest.raises(errors.Unavailable, match="changed nothing"):
            await ask(fleet, "g-1", "EXIT")
        assert await words(fleet, "g-1") == []

    scenario(options(tmp_path), body)


def test_a_worker_whose_log_failed_is_replaced(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        await ask(fleet, "g-1", "PUT kept")
        broken = await pid_of(fleet, "g-1")
        with pytest.raises(errors.Unavailable, match="changed nothing"):
            await ask(fleet, "g-1", "BREAK")
        assert await words(fleet, "g-1") == ["kept"]
        assert await pid_of(fleet, "g-1") != broken

    scenario(options(tmp_path), body)


def test_bugs_and_refusals_in_the_worker_reach_the_caller(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        with pytest.raises(errors.Invalid, match="no such word"):
            await ask(fleet, "g-1", "FAIL")
        with pytest.raises(WorkerError):
            await ask(fleet, "g-1", "NONSENSE")
        assert await words(fleet, "g-1") == []

    scenario(options(tmp_path), body)


def test_graphs_run_side_by_side(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await asyncio.gather(*(fleet.create(f"g-{n}", f"n{n}", "key") for n in range(3)))
        sleeping = asyncio.create_task(ask(fleet, "g-0", "SLEEP", "sleep"))
        await asyncio.gather(*(ask(fleet, f"g-{n}", f"PUT {n}") for n in range(3)))
        assert [await words(fleet, f"g-{n}") for n in range(3)] == [["0"], ["1"], ["2"]]
        assert len({await pid_of(fleet, f"g-{n}") for n in range(3)}) == 3
        await fleet.cancel("g-0", "sleep")
        with pytest.raises(errors.Interrupted):
            await sleeping

    scenario(options(tmp_path), body)


def test_queries_are_listed_and_cancelled_wherever_they_are(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        tasks = []
        for name in ("first", "second", "third"):
            tasks.append(asyncio.create_task(ask(fleet, "g-1", "SLEEP", name)))
            await asyncio.sleep(0)
        listed: list[tuple[object, object]] = []
        while ("first", "RUNNING") not in listed:
            listed = [(row["id"], row["state"]) for row in await fleet.queries("g-1")]
        assert listed == [("first", "RUNNING"), ("second", "WAITING"), ("third", "WAITING")]
        row = (await fleet.queries("g-1"))[0]
        assert row["queryString"] == "SLEEP"
        assert 0 <= int(str(row["waited"])) <= int(str(row["elapsed"])) < LONG_MS
        await fleet.cancel("g-1", "second")
        await fleet.cancel("g-1", "first")
        for task in tasks[:2]:
            with pytest.raises(errors.Interrupted, match="cancelled"):
                await task
        # On its way to the worker, or there already: cancel finds it.
        await fleet.cancel("g-1", "third")
        with pytest.raises(errors.Interrupted):
            await tasks[2]
        with pytest.raises(errors.NotFound):
            await fleet.cancel("g-1", "first")
        assert await fleet.queries("g-1") == []

    scenario(replace(options(tmp_path), queries_running_max=1), body)


def test_a_result_that_nobody_reads_is_cancelled(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        stream = fleet.query("g-1", request("BYTES 1000000000"))
        assert len(await anext(stream)) > 0
        await stream.aclose()
        while not (tmp_path / "g-1" / "stopped").exists():
            await asyncio.sleep(0.005)
        assert await words(fleet, "g-1") == []

    scenario(options(tmp_path), body)


def test_a_result_that_is_not_read_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client may read on later."""
    monkeypatch.setattr("seaglass.server.fleet.admit.TAKEN_SECONDS_MAX", 0.05)

    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        stream = fleet.query("g-1", request("BYTES 5000000"))
        size = len(await anext(stream))
        assert await words(fleet, "g-1") == []
        assert size + len(b"".join([part async for part in stream])) == 5_000_000

    scenario(replace(options(tmp_path), queries_running_max=1), body)


def test_a_long_result_arrives_whole(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        assert len(await ask(fleet, "g-1", "BYTES 5000000")) == 5_000_000

    scenario(options(tmp_path), body)


def test_the_spare_is_replaced_also_when_it_dies(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        spare = await spare_of(fleet)
        await fleet.create("g-1", "one", "key")
        assert await pid_of(fleet, "g-1") == spare.pid
        second = await spare_of(fleet)
        assert second.pid != spare.pid
        os.kill(second.pid, signal.SIGKILL)
        await second.exited()
        await fleet.create("g-2", "two", "key")
        assert await pid_of(fleet, "g-2") not in (spare.pid, second.pid)
        third = await spare_of(fleet)
        os.kill(third.pid, signal.SIGKILL)
        await third.exited()
        await fleet.delete_snapshot("gs-1")
        # Nothing is left of those that died; "g-1", "g-2" and the spare are there.
        assert len(list(fleet._folder.iterdir())) == 3

    scenario(options(tmp_path), body)


def test_a_spare_that_is_ready_as_its_taker_is_cancelled_has_ended_before_the_taker(
    tmp_path: Path,
) -> None:
    async def body(fleet: WorkerFleet) -> None:
        coming = fleet._spares._first()
        assert not coming.done()
        taker: asyncio.Task[WorkerProcess] | None = None

        def cancel(_: object) -> None:
            assert taker is not None
            taker.cancel()

        # Before the taker waits for it, and so before the taker hears of it.
        coming.add_done_callback(cancel)
        taker = asyncio.create_task(fleet._spares.take())
        with pytest.raises(asyncio.CancelledError):
            await taker
        assert not coming.result().alive

    scenario(options(tmp_path), body)


@pytest.mark.parametrize("turns", range(1, 5))
def test_a_worker_has_ended_before_who_ends_it_however_often_that_is_cancelled(
    tmp_path: Path, turns: int
) -> None:
    async def body(fleet: WorkerFleet) -> None:
        worker = await fleet._spares.take()
        ending = asyncio.create_task(worker.discard())
        while not ending.done():
            for _ in range(turns):
                await asyncio.sleep(0)
            ending.cancel()
            await asyncio.sleep(0)
        assert ending.cancelled()
        with pytest.raises(ProcessLookupError):
            os.kill(worker.pid, 0)

    scenario(options(tmp_path), body)


def test_spares_are_loaded_ahead_and_replaced_after_a_pause(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        ready: set[int] = set()
        while len(ready) < 2:
            ready = {one.result().pid for one in fleet._spares._coming if one.done()}
            await asyncio.sleep(0.005)
        await fleet.create("g-1", "one", "key")
        await fleet.create("g-2", "two", "key")
        assert {await pid_of(fleet, "g-1"), await pid_of(fleet, "g-2")} == ready
        # The pause has not ended, so nothing is on its way; who needs a worker now starts one.
        assert fleet._spares._coming == []
        await fleet.create("g-3", "three", "key")
        assert await pid_of(fleet, "g-3") not in ready

    scenario(replace(options(tmp_path), spares=2, refill_seconds=60.0), body)


def test_damage_is_not_tried_again_until_somebody_starts_the_graph(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        await ask(fleet, "g-1", "PUT corrupt")
        os.kill(await pid_of(fleet, "g-1"), signal.SIGKILL)
        answer = None
        while not isinstance(answer, errors.Corrupt):
            try:
                await ask(fleet, "g-1", "ALL")
            except errors.SeaglassError as error:
                answer = error
            await asyncio.sleep(0.005)
        with pytest.raises(errors.Corrupt):
            await fleet.start("g-1", "key")
        (tmp_path / "g-1" / "log").write_text("mended\n")
        await fleet.start("g-1", "key")
        assert await words(fleet, "g-1") == ["mended"]

    scenario(options(tmp_path), body)


def test_a_graph_that_does_not_open_on_a_full_disk_comes_back_when_there_is_room(
    tmp_path: Path,
) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        await ask(fleet, "g-1", "PUT word")
        (tmp_path / "full").touch()
        os.kill(await pid_of(fleet, "g-1"), signal.SIGKILL)
        told: errors.SeaglassError | None = None
        while not isinstance(told, errors.Exhausted):
            try:
                await ask(fleet, "g-1", "ALL")
            except errors.SeaglassError as error:
                told = error
        assert "the disk is full" in told.message
        (tmp_path / "full").unlink()
        found: list[str] = []
        while not found:
            with suppress(errors.Exhausted):
                found = await words(fleet, "g-1")
            await asyncio.sleep(0.005)
        assert found == ["word"]

    scenario(options(tmp_path), body)


def test_requests_wait_only_a_little_for_a_restart(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        (tmp_path / "g-1").rename(tmp_path / "away")
        (tmp_path / "g-1").mkdir()
        # Somebody else holds the lock, so that the graph does not open.
        hold = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True)"
        holder = subprocess.Popen(
            [sys.executable, "-c", f"{hold}; input()", str(tmp_path / "g-1" / "lock")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert holder.stdout is not None
        holder.stdout.readline()
        os.kill(await pid_of(fleet, "g-1"), signal.SIGKILL)
        message = ""
        while "being started again" not in message:
            with pytest.raises(errors.Unavailable) as caught:
                await ask(fleet, "g-1", "ALL")
            message = caught.value.message
        holder.communicate(b"end\n")
        found = None
        while found is None:
            with suppress(errors.Unavailable):
                found = await words(fleet, "g-1")
            await asyncio.sleep(0.005)
        assert found == []

    scenario(replace(options(tmp_path), restart_wait_seconds=0.1), body)


def test_a_query_waits_for_a_graph_that_is_not_served_yet(tmp_path: Path) -> None:
    """After a crash of the front: its start may not have begun, and may fail at first."""

    async def body(fleet: WorkerFleet) -> None:
        asking = [asyncio.create_task(ask(fleet, "g-1", "PUT word"))]
        asking.append(asyncio.create_task(fleet.queries("g-1")))
        with pytest.raises(errors.NotFound):
            await fleet.start("g-1", "key")
        (tmp_path / "g-1").mkdir()
        await fleet.start("g-1", "key")
        await asyncio.gather(*asking)
        assert await words(fleet, "g-1") == ["word"]

    scenario(options(tmp_path), body)


def test_a_query_waits_only_a_little_for_a_graph_that_is_not_served(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        with pytest.raises(errors.Unavailable, match="not being served"):
            await ask(fleet, "g-1", "ALL")

    scenario(replace(options(tmp_path), restart_wait_seconds=0.1), body)


def test_stopping_refuses_what_waits(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        running = asyncio.create_task(ask(fleet, "g-1", "SLEEP", "running"))
        waiting = asyncio.create_task(ask(fleet, "g-1", "ALL", "waiting"))
        await asyncio.sleep(0)
        await fleet.stop("g-1")
        for task in (running, waiting):
            with pytest.raises((errors.Conflict, errors.Unavailable)):
                await task

    scenario(replace(options(tmp_path), queries_running_max=1), body)


def test_a_worker_that_cannot_start_is_told_plainly(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        with pytest.raises(errors.Unavailable, match="did not start"):
            await fleet.create("g-1", "one", "key")

    scenario(replace(options(tmp_path), command=("false",)), body)


def test_closing_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    workers: list[int] = []
    folders: list[Path] = []

    async def body(fleet: WorkerFleet) -> None:
        folders.append(fleet._folder)
        await asyncio.gather(fleet.create("g-1", "one", "key"), fleet.create("g-2", "two", "key"))
        workers.extend([await pid_of(fleet, "g-1"), await pid_of(fleet, "g-2")])
        workers.append((await spare_of(fleet)).pid)

    scenario(options(tmp_path), body)
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert (tmp_path / "g-1" / "closed").exists()
    assert not folders[0].exists()


def test_a_front_that_is_killed_takes_its_workers_with_it(tmp_path: Path) -> None:
    front = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from tests.server.fleet.test_fleet import WorkerFleet, options, pid_of, spare_of
async def main():
    fleet = WorkerFleet(options(Path({str(tmp_path)!r})))
    await fleet.create("g-1", "one", "key")
    print(await pid_of(fleet, "g-1"), (await spare_of(fleet)).pid, flush=True)
    print(fleet._folder, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", front], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        workers = [int(pid) for pid in process.stdout.readline().split()]
        folder = Path(process.stdout.readline().decode().strip())
        assert len(workers) == 2
        process.kill()
        process.wait()
    for pid in workers:
        wait_gone(pid)
    assert not folder.exists()


def test_sockets_lie_in_a_private_folder_of_a_short_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))

    async def body(fleet: WorkerFleet) -> None:
        assert len(str(fleet._folder)) <= SOCKET_FOLDER_BYTES_MAX
        assert fleet._folder.stat().st_mode & 0o777 == 0o700
        await fleet.create("g-1", "one", "key")

    scenario(options(tmp_path), body)


def test_a_graph_tells_how_much_of_it_is_in_memory(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        assert await fleet.residence("g-1") is None
        await fleet.create("g-1", "one", "key")
        told = tmp_path / "g-1" / "residence"
        told.write_text("1 3")
        assert await fleet.residence("g-1") == (1, 3)
        told.write_text("3 3")
        assert await fleet.residence("g-1") is None
        # Once all of it was, nobody is asked again.
        told.unlink()
        assert await fleet.residence("g-1") is None

    scenario(options(tmp_path), body)


def test_the_store_is_scrubbed_in_the_background(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "damaged").touch()

    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        while "object 0a is damaged" not in caplog.text:
            await asyncio.sleep(0.01)
        assert await words(fleet, "g-1") == []

    chosen = replace(options(tmp_path), scrub_bytes_per_second=1.0, scrub_every_seconds=60.0)
    scenario(chosen, body)


async def with_replica(fleet: WorkerFleet) -> tuple[int, int, list[asyncio.Task[bytes]]]:
    """A graph whose writer sleeps and whose replica is ready: their processes, and the sleeper."""
    await fleet.create("g-1", "one", "key")
    fleet.allow_replicas("g-1", 1)
    writer = int(await ask(fleet, "g-1", "PID"))
    sleepers = [asyncio.create_task(ask(fleet, "g-1", "SLEEP", f"sleep-{n}")) for n in range(2)]
    replica = writer
    while replica == writer:
        await asyncio.sleep(0.01)
        replica = int(await ask(fleet, "g-1", "PID"))
    return writer, replica, sleepers


def test_a_replica_is_started_when_queries_come_side_by_side(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        writer, replica, sleepers = await with_replica(fleet)
        assert replica != writer
        # The replica refuses the write, which goes to the writer then; and reads what it wrote.
        await ask(fleet, "g-1", "PUT word")
        assert int(await ask(fleet, "g-1", "PID")) == replica
        assert await words(fleet, "g-1") == ["word"]
        listed = {row["id"]: row["state"] for row in await fleet.queries("g-1")}
        assert listed == {"sleep-0": "RUNNING", "sleep-1": "RUNNING"}
        for number, sleeper in enumerate(sleepers):
            await fleet.cancel("g-1", f"sleep-{number}")
            with pytest.raises(errors.Interrupted):
                await sleeper
        # Alone again, a query goes where the graph is warm.
        assert int(await ask(fleet, "g-1", "PID")) == writer
        while fleet._graphs["g-1"]._replicas.workers:
            await asyncio.sleep(0.01)

    scenario(replace(options(tmp_path), snapshot_idle_seconds=0.4), body)


def test_replicas_end_also_when_who_ends_them_is_cancelled(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        _, replica, sleepers = await with_replica(fleet)
        for number, sleeper in enumerate(sleepers):
            await fleet.cancel("g-1", f"sleep-{number}")
            with pytest.raises(errors.Interrupted):
                await sleeper
        (worker,) = fleet._graphs["g-1"]._replicas.workers
        stopping = asyncio.create_task(fleet._graphs["g-1"]._replicas.stop())
        await asyncio.sleep(0)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        await asyncio.wait_for(worker.exited(), 10)
        assert worker._idle == []
        with pytest.raises(ProcessLookupError):
            os.kill(replica, 0)

    scenario(options(tmp_path), body)


@pytest.mark.parametrize("refused", [False, True])
def test_a_replica_answers_while_the_writer_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    async def body(fleet: WorkerFleet) -> None:
        writer, replica, sleepers = await with_replica(fleet)
        await ask(fleet, "g-1", "PUT word")
        graph = fleet._graphs["g-1"]
        gate = asyncio.Event()
        replace_now = graph._replace

        async def replace_later(pause: float) -> WorkerProcess | None:
            await gate.wait()
            return await replace_now(pause)

        monkeypatch.setattr(graph, "_replace", replace_later)
        os.kill(writer, signal.SIGKILL)
        while graph._worker is not None:
            await asyncio.sleep(0.01)
        assert int(await ask(fleet, "g-1", "PID")) == replica
        assert await words(fleet, "g-1") == ["word"]
        gate.set()
        await ask(fleet, "g-1", "PUT more")
        assert await words(fleet, "g-1") == ["word", "more"]
        # It has become the writer, unless it refused to: then a spare has.
        became = await pid_of(fleet, "g-1")
        assert became not in (writer, replica) if refused else became == replica
        # What was being read when the writer died is being read now.
        for number, sleeper in enumerate(sleepers):
            await fleet.cancel("g-1", f"sleep-{number}")
            with pytest.raises(errors.Interrupted):
                await sleeper

    if refused:
        (tmp_path / "no-promotion").touch()
    scenario(options(tmp_path), body)


@pytest.mark.parametrize("written", [False, True])
def test_a_query_that_is_lost_with_its_worker_is_run_again_unless_it_was_committed(
    tmp_path: Path, written: bool
) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        await ask(fleet, "g-1", "PUT first")
        writer = await pid_of(fleet, "g-1")
        # Two connections to it are open from here on.
        await asyncio.gather(ask(fleet, "g-1", "ALL", "one"), ask(fleet, "g-1", "ALL", "two"))
        # Stopped, it answers nothing, but what it is sent waits for it.
        os.kill(writer, signal.SIGSTOP)
        # Its threads stop a little after the signal is sent.
        os.waitid(os.P_PID, writer, os.WSTOPPED | os.WNOWAIT)
        reading = asyncio.create_task(ask(fleet, "g-1", "ALL", "read"))
        writing = asyncio.create_task(ask(fleet, "g-1", "PUT second", "write"))
        await asyncio.sleep(0.1)
        if written:
            (tmp_path / "g-1" / "log").write_text("first\nsecond\n")
            (tmp_path / "g-1" / "marks").write_text("write\n")
        os.kill(writer, signal.SIGKILL)
        # What a run gives, or what stands for it where there was one.
        assert json.loads(await writing) == ({} if written else {"put": 1})
        assert json.loads(await reading) in (["first"], ["first", "second"])
        assert await words(fleet, "g-1") == ["first", "second"]

    scenario(options(tmp_path), body)


def test_a_query_that_ends_worker_after_worker_is_run_twice(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        await fleet.create("g-1", "one", "key")
        with pytest.raises(errors.Unavailable, match="changed nothing"):
            await ask(fleet, "g-1", "EXIT")
        assert (tmp_path / "g-1" / "exits").read_text() == "99"
        (tmp_path / "g-1" / "exits").unlink()
        with pytest.raises(errors.Unavailable, match="changed nothing"):
            await ask(fleet, "g-1", "EXIT 137")
        # The guard of its memory ended it, and would end the next one.
        assert (tmp_path / "g-1" / "exits").read_text() == "137"

    scenario(options(tmp_path), body)


def test_a_replica_that_dies_is_not_missed(tmp_path: Path) -> None:
    async def body(fleet: WorkerFleet) -> None:
        _, replica, sleepers = await with_replica(fleet)
        reading = asyncio.create_task(ask(fleet, "g-1", "SLEEP", "read"))
        while fleet._graphs["g-1"]._admission.find("read") is None:
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        os.kill(replica, signal.SIGKILL)
        await ask(fleet, "g-1", "PUT word")
        assert await words(fleet, "g-1") == ["word"]
        for name in ("read", "sleep-0", "sleep-1"):
            await fleet.cancel("g-1", name)
        for task in (reading, *sleepers):
            with pytest.raises(errors.Interrupted):
                await task

    scenario(options(tmp_path), body)


def test_snapshots_that_are_read_end_when_idle_or_when_others_are_wanted(tmp_path: Path) -> None:
    first, second, third = (f"gs-000000000{number}" for number in range(3))
    for name in (first, second, third):
        (tmp_path / name).mkdir()

    async def body(fleet: WorkerFleet) -> None:
        for name in (first, second):
            await fleet.start(name, "key")
        await fleet.start(first, "key")
        assert await words(fleet, first) == []
        busy = asyncio.create_task(ask(fleet, first, "SLEEP", "sleep"))
        while not await fleet.queries(first):
            await asyncio.sleep(0)
        # The one that nobody asks makes room; one that is asked never does.
        await fleet.start(third, "key")
        assert sorted(fleet._graphs) == [first, third]
        also_busy = asyncio.create_task(ask(fleet, third, "SLEEP", "sleep"))
        while not await fleet.queries(third):
            await asyncio.sleep(0)
        with pytest.raises(errors.Throttled, match="2 snapshots are being read"):
            await fleet.start(second, "key")
        for name, task in ((first, busy), (third, also_busy)):
            await fleet.cancel(name, "sleep")
            with pytest.raises(errors.Interrupted):
                await task
        while fleet._graphs:
            await asyncio.sleep(0.01)
        await fleet.start(second, "key")
        assert await words(fleet, second) == []
        (tmp_path / f"{second}.snapshot").touch()
        await fleet.delete_snapshot(second)
        assert not fleet._graphs

    chosen = replace(options(tmp_path), snapshots_read_max=2, snapshot_idle_seconds=0.4)
    scenario(chosen, body)


def test_a_fleet_that_closes_while_a_worker_gets_ready_leaves_nothing(tmp_path: Path) -> None:
    # Servers of other tests may be children of this process too.
    others = children()

    async def run(seconds: float) -> list[int]:
        fleet = WorkerFleet(options(tmp_path))
        await fleet.open()
        await asyncio.sleep(seconds)
        started = children()
        await fleet.close()
        return [pid for pid in started if pid in children() and pid not in others]

    for seconds in (0.0, 0.05, 0.1, 0.15, 0.2):
        assert asyncio.run(run(seconds)) == []


def children() -> list[int]:
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(pid) for pid in found.split()]
