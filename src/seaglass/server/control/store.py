"""control.db: opened, and read and written by one thread, one transaction at a time.

Above: plane, reconcile. Below: tables, migrate, watch. The only owner of the SQLAlchemy engine. Work is a
function of a `Transaction`; it runs in the database's thread, so that the event loop never waits
for a disk. What it changed is told to `watch`, and its effects to the reconciler, only after the
commit: nobody acts on what may not last.

Invariants: one front process owns the database. SQLite runs with a write-ahead log and full syncs,
so that an answered call survives a power cut.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from seaglass.base.errors import Exhausted, Unavailable
from seaglass.server.control.migrate import migrate
from seaglass.server.control.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from seaglass.base.clock import Clock
    from seaglass.base.errors import SeaglassError
    from seaglass.base.owner import Owner
    from seaglass.base.rng import Rng
    from seaglass.base.settings import Settings
    from seaglass.server.control.tables import EffectRecord, GraphRecord
    from seaglass.server.control.watch import Watch

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Transaction:
    """One transaction: what work needs, and what must be told once it is committed.

    `owner` is who asks, and sees only what is its own; None is the server itself, which sees all.
    `graphs` holds the new record of each changed graph, None for one that is gone; `subjects` the
    ids of everything that changed; `effects` what was put into the outbox.
    """

    connection: Connection
    now_ms: int
    rng: Rng
    settings: Settings
    owner: Owner | None
    graphs: dict[str, GraphRecord | None] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)
    effects: list[EffectRecord] = field(default_factory=list)

    @property
    def visible(self) -> dict[str, str]:
        """Columns, with the values that rows have which the work may see."""
        return {} if self.owner is None else asdict(self.owner)

    @property
    def asking(self) -> Owner:
        """The owner of what a request makes."""
        assert self.owner is not None, "the server itself owns nothing"
        return self.owner


class ControlStore:
    """The control plane's database."""

    def __init__(self, settings: Settings, clock: Clock, rng: Rng, watch: Watch) -> None:
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._watch = watch
        try:
            self._engine = _open(settings)
        except SQLAlchemyError as error:
            _log.error("the control database does not open: %s", error)
            raise _failed(error) from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="control")
        self._submit: Callable[[EffectRecord], None] | None = None

    def on_effect(self, submit: Callable[[EffectRecord], None]) -> None:
        """Say who takes effects once they are committed; until then they wait in the outbox."""
        self._submit = submit

    async def run(self, work: Callable[[Transaction], T], owner: Owner | None = None) -> T:
        """Run work in a transaction: all of it, or, when it raises, nothing.

        Args: owner: who asks; None is the server itself
        Raises: what the work raises; Unavailable(control) when the database fails.
        """
        loop = asyncio.get_running_loop()
        # Shielded: a client that goes away must not hide from the watch what was committed.
        return await asyncio.shield(loop.create_task(self._run(work, owner)))

    async def _run(self, work: Callable[[Transaction], T], owner: Owner | None) -> T:
        loop = asyncio.get_running_loop()
        result, done = await loop.run_in_executor(self._thread, self._transact, work, owner)
        for graph_id, record in done.graphs.items():
            self._watch.publish(graph_id, record)
        for subject in done.subjects:
            self._watch.notify(subject)
        if self._submit is not None:
            for effect in done.effects:
                self._submit(effect)
        return result

    def _transact(
        self, work: Callable[[Transaction], T], owner: Owner | None
    ) -> tuple[T, Transaction]:
        try:
            with self._engine.begin() as connection:
                now_ms = int(self._clock.now() * 1000)
                transaction = Transaction(connection, now_ms, self._rng, self._settings, owner)
                return work(transaction), transaction
        except SQLAlchemyError as error:
            raise _failed(error) from error

    async def close(self) -> None:
        """Wait for the work in hand and let go of the database."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


def _open(settings: Settings) -> Engine:
    url = settings.control_url
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True)
    else:
        # One connection, so that a database in memory is one database. It is used by one thread at
        # a time only.
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
    with engine.begin() as connection:
        migrate(connection, settings.owner)
        METADATA.create_all(connection)
    return engine


def _failed(error: SQLAlchemyError) -> SeaglassError:
    """What a failure of the database means."""
    cause = getattr(error, "orig", None)
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return Exhausted(
            "storage", "cannot write the control database: the disk is full; make room on it"
        )
    return Unavailable(
        "control",
        "The control database could not be read or written. Look at the server's log.",
        detail=str(error),
    )


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    # Nobody else opens it; and without the file that others would share, it opens on a full disk.
    cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
