"""What a person may set about a server, with the value that holds when nothing is set.

Above: the command line makes one; control plane, fleet and service take it. Below: nothing. A
setting exists because somebody needs another value; limits of the engine are in `base/limits.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.dialect import Dialect
from seaglass.base.kms import Kms
from seaglass.base.logs import LogFormat, LogLevel
from seaglass.base.owner import Owner

if TYPE_CHECKING:
    from pathlib import Path

# The Neptune Database engine's limit of a request; that of Analytics is not published.
REQUEST_BYTES_MAX_DEFAULT = 157_286_400
# Some 6 KiB each while they rest.
CONNECTIONS_MAX_DEFAULT = 10_000


@dataclass(frozen=True, slots=True)
class Quotas:
    """How much one account may have in a Region. AWS does not publish its numbers; these suit one
    machine.
    """

    graphs_max: int = 200
    snapshots_max: int = 10_000
    # The sum over all graphs that are not stopped.
    provisioned_memory_max: int = 1_000_000
    private_endpoints_max: int = 1_000


@dataclass(frozen=True, slots=True)
class Rates:
    """How often one account may ask in a Region. AWS does not publish its numbers; these are far
    above what one machine is asked on purpose.
    """

    # Operations of the control plane that change nothing, and those that do.
    reads_per_second: float = 1_000.0
    writes_per_second: float = 500.0
    # The data plane.
    queries_per_second: float = 20_000.0


@dataclass(frozen=True, slots=True)
class Settings:
    """One server.

    Args:
        data_dir: folder of everything durable; None keeps everything in memory
        database_url: SQLAlchemy URL of the control plane; None is `control.db` in the data folder
        store: bucket (`s3://bucket/prefix`) that has the snapshots; None for what the data folder
            uses, which is itself unless it was given a bucket once
        region, account_id: whose a request is that is signed for no other
        principals: file of those who may ask, with keys and policies; None lets everybody do
            everything, however a request is signed
        default_graph: id or name of the graph that answers data-plane calls which name none we know
        dialect: of the queries, on all graphs
        scrub_bytes_per_second: how fast the store is read and checked in the background; 0 for not
            at all
        kms: where keys come from that are not in the local key ring
        local_paths: folders of this machine that imports may read and exports may write
        memory_bytes: how large the process of one graph may get; None for a share of the machine's
        transition_wait_seconds: how long a read of a graph or snapshot waits for a transition to
        end
        boot_parallel_max: graphs that start at the same time when the server starts
        connections_max: of clients, at the same time; fewer where the system gives too few files
        metrics_port: where Prometheus may ask, on the same addresses; None for nowhere
        log_level, log_format: of the server's log and those of its workers
    """

    data_dir: Path | None = None
    database_url: str | None = None
    store: str | None = None
    hosts: tuple[str, ...] = ("127.0.0.1", "::1")
    port: int = 8182
    region: str = "us-east-1"
    account_id: str = "123456789012"
    principals: Path | None = None
    default_graph: str | None = None
    dialect: Dialect = Dialect.OPENCYPHER
    kms: Kms = Kms.LOCAL
    scrub_bytes_per_second: float = 0.0
    local_paths: tuple[Path, ...] = ()
    memory_bytes: int | None = None
    quotas: Quotas = Quotas()
    rates: Rates = Rates()
    transition_wait_seconds: float = 10.0
    start_wait_seconds: float = 30.0
    boot_parallel_max: int = 4
    connections_max: int = CONNECTIONS_MAX_DEFAULT
    metrics_port: int | None = None
    log_level: LogLevel = LogLevel.WARNING
    log_format: LogFormat = LogFormat.TEXT
    request_bytes_max: int = REQUEST_BYTES_MAX_DEFAULT
    # ExecuteQuery's published default and ceiling; longer ones are cut to the ceiling.
    query_timeout_ms_default: int = 30 * 60 * 1000
    query_timeout_ms_max: int = 60 * 60 * 1000

    @property
    def owner(self) -> Owner:
        """Whose a request is that does not say."""
        return Owner(self.account_id, self.region)

    @property
    def control_url(self) -> str:
        """The SQLAlchemy URL to open."""
        if self.database_url is not None:
            return self.database_url
        return "sqlite://" if self.data_dir is None else f"sqlite:///{self.data_dir / 'control.db'}"
