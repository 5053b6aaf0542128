"""The tables of control.db, and rows as values.

Above: store, graphs, snapshots, endpoints, tasks, tags, effects, reconcile. Below: lifecycle,
task_states. The only place that
knows column names besides the row functions here. Times are milliseconds since the epoch.

    graphs     one row per graph until it is gone; `source_snapshot_id` of a clone is a graph's id
    snapshots  one row per snapshot until it is gone; memory and dimension are those of the graph at
               that time
    endpoints  one row per private endpoint until it is gone; lists of ids are joined by commas
    tasks      one row per import or export, also after its end, but not for ever (tasks); `request`
               is what was asked for and `progress` what is known at its end, both JSON;
               `started_ms` is that of the first attempt
    tags       (resource id, key) -> value
    effects    the outbox: what must still be done on the fleet, written with the state that needs
               it; `item_id` names an endpoint or task

`account_id` and `region` of a row are its owner; an endpoint's is that of its graph.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal,
    select,
    tuple_,
)

from seaglass.base.errors import Invalid
from seaglass.base.owner import Owner
from seaglass.server.control.lifecycle import Effect, EndpointState, GraphState, SnapshotState
from seaglass.server.control.task_states import TaskKind, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

METADATA = MetaData()
# Of a snapshot that was found in its store: only a worker can read it there. None is one without vectors.
DIMENSION_UNKNOWN = 0
# Milliseconds since the epoch have 13 digits until the year 2286.
_MILLISECOND_DIGITS_MAX = 15

GRAPHS = Table(
    "graphs",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("account_id", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("name", String(63), nullable=False, index=True),
    Column("state", String(32), nullable=False),
    Column("status_reason", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("provisioned_memory", Integer, nullable=False),
    Column("replica_count", Integer, nullable=False),
    Column("public_connectivity", Boolean, nullable=False),
    Column("deletion_protection", Boolean, nullable=False),
    Column("vector_dimension", Integer),
    Column("key_id", Text, nullable=False),
    Column("source_snapshot_id", String(13)),
)

SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("id", String(13), primary_key=True),
    Column("account_id", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("name", String(63), nullable=False, index=True),
    Column("state", String(32), nullable=False),
    Column("status_reason", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("source_graph_id", String(12), nullable=False, index=True),
    Column("key_id", Text, nullable=False),
    Column("provisioned_memory", Integer, nullable=False),
    Column("vector_dimension", Integer),
)

ENDPOINTS = Table(
    "endpoints",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("graph_id", String(12), nullable=False),
    Column("vpc_id", Text, nullable=False),
    Column("state", String(32), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("subnet_ids", Text, nullable=False),
    Column("security_group_ids", Text, nullable=False),
    UniqueConstraint("graph_id", "vpc_id"),
)

TASKS = Table(
    "tasks",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("account_id", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("graph_id", String(12), nullable=False, index=True),
    Column("state", String(32), nullable=False),
    Column("status_reason", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("request", Text, nullable=False),
    Column("progress", Text, nullable=False),
)

TAGS = Table(
    "tags",
    METADATA,
    Column("resource_id", String(13), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("value", String(256), nullable=False),
)

EFFECTS = Table(
    "effects",
    METADATA,
    # SQLite numbers rows by itself only where the column is a plain INTEGER.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("graph_id", String(12)),
    Column("snapshot_id", String(13)),
    Column("item_id", String(32)),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class GraphRecord:
    id: str
    account_id: str
    region: str
    name: str
    state: GraphState
    status_reason: str | None
    created_ms: int
    provisioned_memory: int
    replica_count: int
    public_connectivity: bool
    deletion_protection: bool
    vector_dimension: int | None
    key_id: str
    source_snapshot_id: str | None

    @property
    def owner(self) -> Owner:
        return Owner(self.account_id, self.region)


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    id: str
    account_id: str
    region: str
    name: str
    state: SnapshotState
    status_reason: str | None
    created_ms: int
    source_graph_id: str
    key_id: str
    provisioned_memory: int
    vector_dimension: int | None

    @property
    def owner(self) -> Owner:
        return Owner(self.account_id, self.region)


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    id: str
    graph_id: str
    vpc_id: str
    state: EndpointState
    created_ms: int
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """Args: request: members as the API has them; progress: as jobs tell it, empty before the first"""

    id: str
    account_id: str
    region: str
    kind: TaskKind
    graph_id: str
    state: TaskState
    status_reason: str | None
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    attempts: int
    request: Mapping[str, Any]
    progress: Mapping[str, Any]

    @property
    def owner(self) -> Owner:
        return Owner(self.account_id, self.region)


@dataclass(frozen=True, slots=True)
class EffectRecord:
    id: int
    kind: Effect
    graph_id: str | None
    snapshot_id: str | None
    item_id: str | None

    def __str__(self) -> str:
        """For the log: what, and of which things."""
        about = (self.item_id, self.snapshot_id, self.graph_id)
        return " ".join([self.kind, *(one for one in about if one is not None)])


Record = TypeVar("Record", GraphRecord, SnapshotRecord, EndpointRecord, TaskRecord)


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """Some records in order of creation, and where the next page begins, or None at the end."""

    records: Sequence[Record]
    position: str | None


def graph_of(row: Row[Any]) -> GraphRecord:
    """Read a row of `graphs`."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return GraphRecord(**{**values, "state": GraphState(values["state"])})


def snapshot_of(row: Row[Any]) -> SnapshotRecord:
    """Read a row of `snapshots`."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return SnapshotRecord(**{**values, "state": SnapshotState(values["state"])})


def endpoint_of(row: Row[Any]) -> EndpointRecord:
    """Read a row of `endpoints`."""
    return EndpointRecord(
        id=row.id,
        graph_id=row.graph_id,
        vpc_id=row.vpc_id,
        state=EndpointState(row.state),
        created_ms=row.created_ms,
        subnet_ids=_split(row.subnet_ids),
        security_group_ids=_split(row.security_group_ids),
    )


def endpoint_values(record: EndpointRecord) -> dict[str, object]:
    """Write an endpoint as a row of `endpoints`."""
    return {
        **asdict(record),
        "subnet_ids": ",".join(record.subnet_ids),
        "security_group_ids": ",".join(record.security_group_ids),
    }


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def task_of(row: Row[Any]) -> TaskRecord:
    """Read a row of `tasks`."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    made = {
        "kind": TaskKind(values["kind"]),
        "state": TaskState(values["state"]),
        "request": orjson.loads(values["request"]),
        "progress": orjson.loads(values["progress"]),
    }
    return TaskRecord(**{**values, **made})


def task_values(record: TaskRecord) -> dict[str, object]:
    """Write a task as a row of `tasks`."""
    return {
        **asdict(record),
        "request": orjson.dumps(record.request).decode(),
        "progress": orjson.dumps(record.progress).decode(),
    }


def effect_of(row: Row[Any]) -> EffectRecord:
    """Read a row of `effects`."""
    return EffectRecord(row.id, Effect(row.kind), row.graph_id, row.snapshot_id, row.item_id)


def page_of(
    connection: Connection,
    table: Table,
    filters: Mapping[str, str],
    position: str | None,
    rows_max: int,
) -> tuple[Sequence[Row[Any]], str | None]:
    """Read the rows after a position, in order of creation; give the position of the next page.

    Args: position: `<created_ms>:<id>` of the last row that was given, or None for the first page
    """
    order = tuple_(table.c.created_ms, table.c.id)
    query = select(table).order_by(table.c.created_ms, table.c.id).limit(rows_max + 1)
    for name, value in filters.items():
        query = query.where(table.c[name] == value)
    if position is not None:
        query = query.where(order > tuple_(*(literal(part) for part in _parts(position))))
    rows = connection.execute(query).all()
    if len(rows) <= rows_max:
        return rows, None
    last_row = rows[rows_max - 1]
    return rows[:rows_max], f"{last_row.created_ms}:{last_row.id}"


def _parts(position: str) -> tuple[int, str]:
    created, _, last = position.partition(":")
    if not (created.isascii() and created.isdigit() and len(created) <= _MILLISECOND_DIGITS_MAX):
        raise Invalid("bad_request", "The nextToken does not name a place in this list.")
    return int(created), last
