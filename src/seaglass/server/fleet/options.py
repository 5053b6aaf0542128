"""What a fleet is told once, at its start."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.dialect import Dialect
from seaglass.base.kms import Kms
from seaglass.base.logs import LogFormat, LogLevel

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = (sys.executable, "-m", "seaglass.server.worker")
# Queries that may wait for their turn, per graph: Neptune Analytics' own limit.
QUERIES_WAITING_MAX = 8_192
# Queries in one worker at a time. Each has a thread there; more of them only share the same cores.
QUERIES_RUNNING_MAX = max(16, 2 * (os.cpu_count() or 1))

# A spare costs some 80 MB that it shares with no other worker. Two, where the machine has memory,
# let a restore follow another at once.
SPARES = 2 if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >= 4 << 30 else 1


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """Where the data is, how a worker is started, and how long to wait for what."""

    data: Path
    memory_bytes: int | None = None
    dialect: Dialect = Dialect.OPENCYPHER
    kms: Kms = Kms.LOCAL
    # Folders of this machine that imports may read and exports may write.
    local_paths: tuple[Path, ...] = ()
    command: tuple[str, ...] = COMMAND
    queries_running_max: int = QUERIES_RUNNING_MAX
    queries_waiting_max: int = QUERIES_WAITING_MAX
    # How fast the store is read and checked, 0 for not at all; and from one time to the next.
    scrub_bytes_per_second: float = 0.0
    scrub_every_seconds: float = 24 * 60 * 60.0
    # Of what workers log.
    log_level: LogLevel = LogLevel.WARNING
    log_format: LogFormat = LogFormat.TEXT
    # Workers that stand ready.
    spares: int = SPARES
    # From a spare's being taken to the start of the next: long enough for the graph that got it to
    # answer its first queries undisturbed.
    refill_seconds: float = 0.25
    # For a worker to import the engine; the first time kernels are compiled too.
    load_seconds_max: float = 300.0
    # A snapshot that is read where it is has a worker until nobody asked for so long; when more are
    # read than this, those that are idle end sooner.
    snapshot_idle_seconds: float = 300.0
    snapshots_read_max: int = 8
    # A request that meets a restart waits so long before it is told to come again.
    restart_wait_seconds: float = 10.0
    # The first restart is at once; then this, doubled each time, up to the maximum.
    backoff_seconds: float = 0.2
    backoff_seconds_max: float = 10.0
    # A worker that lived so long is in good health: its next restart is at once again.
    healthy_seconds: float = 30.0
    # A worker that somebody waits for is asked so often whether it works; it hangs when it does not
    # answer for so long.
    pulse_seconds: float = 5.0
    silent_seconds_max: float = 60.0
    # Or when it answers, but uses no more processor time than this in so long, though a call of
    # control waits: longer than a bucket or a KMS that is away is asked again.
    still_cpu_seconds: float = 1.0
    still_seconds_max: float = 600.0
    # For a worker to save what it serves; past it the process is ended, and the log has the rest.
    close_seconds_max: float = 60.0
