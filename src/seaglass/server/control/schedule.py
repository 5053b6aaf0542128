"""Snapshots by a schedule, and which of them are kept. Both are said with tags, so that every AWS
client can.

    on a graph       seaglass:snapshot-every = 1h
                     seaglass:snapshot-keep  = last=3,hourly=24,daily=7,weekly=4
    on a snapshot    seaglass:pinned         = true       never removed by a schedule
                     seaglass:scheduled      = true       taken by a schedule; written here

Above: plane. Below: snapshots, tags, store, base/retention. A schedule removes nothing but what a
schedule took, and nothing at all without `snapshot-keep`. What falls due while the server is down,
or the graph busy or stopped, is taken once when it can be.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from seaglass.base.errors import SeaglassError
from seaglass.base.owner import Owner
from seaglass.base.retention import kept, parse_interval_ms, parse_retention
from seaglass.server.control import snapshots, tags
from seaglass.server.control.lifecycle import GraphState, SnapshotState
from seaglass.server.control.tables import GRAPHS, SNAPSHOTS, TAGS, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from seaglass.server.control.store import ControlStore, Transaction
    from seaglass.server.control.tables import SnapshotRecord

EVERY = "seaglass:snapshot-every"
KEEP = "seaglass:snapshot-keep"
PINNED = "seaglass:pinned"
SCHEDULED = "seaglass:scheduled"

# How finely schedules are kept; the shortest interval is a minute.
LOOK_SECONDS = 5.0
# A snapshot that could not be begun is tried again after so long, one that failed after such a part of
# its interval, since its row stays.
RETRY_MS = 60_000
FAILED_PART = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A snapshot that should be taken now."""

    owner: Owner
    graph_id: str
    name: str


def check_tags(given: Mapping[str, str]) -> None:
    """Refuse tags of ours that say nothing. Raises: Invalid(bad_request)."""
    if EVERY in given:
        parse_interval_ms(given[EVERY])
    if KEEP in given:
        parse_retention(given[KEEP])


def due(transaction: Transaction) -> list[Due]:
    """The snapshots that should be taken now, of graphs that can be snapshotted."""
    query = (
        select(GRAPHS, TAGS.c.value.label("every"))
        .join(TAGS, TAGS.c.resource_id == GRAPHS.c.id)
        .where((TAGS.c.key == EVERY) & (GRAPHS.c.state == GraphState.AVAILABLE))
        .order_by(GRAPHS.c.id)
    )
    found: list[Due] = []
    for row in transaction.connection.execute(query):
        owner = Owner(row.account_id, row.region)
        every_ms = parse_interval_ms(row.every)
        if all(_is_past(one, every_ms, transaction) for one in _scheduled(transaction, row.id)):
            name = snapshots.automatic_name(transaction, "scheduled", owner, row.name)
            found.append(Due(owner, row.id, name))
    return found


def _is_past(one: SnapshotRecord, every_ms: int, transaction: Transaction) -> bool:
    """Whether the next snapshot may follow this one."""
    if one.state is SnapshotState.FAILED:
        every_ms = max(RETRY_MS, every_ms // FAILED_PART)
    age_ms = transaction.now_ms - one.created_ms
    # One of later than now tells that the clock was ahead, or is behind: it says nothing.
    return age_ms >= every_ms or age_ms < 0


def outlived(transaction: Transaction) -> list[SnapshotRecord]:
    """The scheduled snapshots that need not be kept any more."""
    # Of graphs alone: the same tag on a snapshot means nothing.
    query = (
        select(TAGS.c.resource_id, TAGS.c.value)
        .join(GRAPHS, TAGS.c.resource_id == GRAPHS.c.id)
        .where(TAGS.c.key == KEEP)
    )
    found: list[SnapshotRecord] = []
    for graph_id, text in transaction.connection.execute(query.order_by(TAGS.c.resource_id)):
        taken = _scheduled(transaction, graph_id)
        whole = [one for one in taken if one.state is SnapshotState.AVAILABLE]
        times = [(one.id, one.created_ms) for one in whole]
        keep = kept(times, parse_retention(text), transaction.now_ms)
        newest_ms = max((one.created_ms for one in whole), default=0)
        for one in taken:
            too_old = one in whole and one.id not in keep
            failed = one.state is SnapshotState.FAILED and one.created_ms < newest_ms
            if (too_old or failed) and PINNED not in tags.read(transaction, one.id):
                found.append(one)
    return found


def _scheduled(transaction: Transaction, graph_id: str) -> list[SnapshotRecord]:
    query = (
        select(SNAPSHOTS)
        .join(TAGS, TAGS.c.resource_id == SNAPSHOTS.c.id)
        .where((TAGS.c.key == SCHEDULED) & (SNAPSHOTS.c.source_graph_id == graph_id))
    )
    return [snapshot_of(row) for row in transaction.connection.execute(query)]


class Scheduler:
    """Takes what falls due and removes what is outlived, for as long as the server runs."""

    def __init__(
        self,
        store: ControlStore,
        take: Callable[[Due, Mapping[str, str]], Awaitable[object]],
        remove: Callable[[SnapshotRecord], Awaitable[object]],
    ) -> None:
        """Args: take: begins a snapshot with these tags; remove: begins a removal"""
        self._store = store
        self._take = take
        self._remove = remove
        self._not_before_ms: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="schedules")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                # A bug of ours, or a database that is away: snapshots go on when it is back.
                _log.exception("schedules could not be kept")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Do what is due now."""
        now_ms, wanted = await self._store.run(lambda t: (t.now_ms, due(t)))
        # Only of those that are still due.
        self._not_before_ms = {
            one.graph_id: self._not_before_ms.get(one.graph_id, 0) for one in wanted
        }
        for one in wanted:
            # Longer only where the clock was set back.
            if 0 < self._not_before_ms[one.graph_id] - now_ms <= RETRY_MS:
                continue
            try:
                await self._take(one, {SCHEDULED: "true"})
            except SeaglassError as error:
                self._not_before_ms[one.graph_id] = now_ms + RETRY_MS
                _log.warning("no scheduled snapshot of %s: %s", one.graph_id, error)
        for snapshot in await self._store.run(outlived):
            try:
                await self._remove(snapshot)
            except SeaglassError as error:
                _log.warning("the snapshot %s stays: %s", snapshot.id, error)
