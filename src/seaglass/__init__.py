"""seaglass: a graph analytics database that you can freeze.

    import seaglass

    with seaglass.open("data") as database:                    # or open() for one in memory
        graph = database.create_graph("pets")
        graph.query("CREATE (:Cat {name: 'Tom'})-[:CHASES]->(:Mouse {name: 'Jerry'})")
        before = graph.snapshot("before")
        graph.query("MATCH (m:Mouse) DETACH DELETE m")
        again = database.restore("before", "pets again")
        again.query("MATCH (m:Mouse) RETURN m.name AS name").rows()    # [{'name': 'Jerry'}]

Names are loaded when they are first asked for: the server's front process imports this package and
must not load the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seaglass.base.errors import (
        Conflict,
        Corrupt,
        Exhausted,
        Forbidden,
        Interrupted,
        Invalid,
        NotFound,
        SeaglassError,
        Throttled,
        Unavailable,
        Unsupported,
    )
    from seaglass.engine.database import Database
    from seaglass.engine.diff import Diff
    from seaglass.engine.frozen_graph import FrozenGraph
    from seaglass.engine.live_graph import Graph
    from seaglass.engine.records import Node, Relationship
    from seaglass.engine.records import Path as GraphPath
    from seaglass.engine.result import Result
    from seaglass.engine.snapshot.refs import SnapshotRef as Snapshot
    from seaglass.engine.values.temporal import (
        Date,
        DateTime,
        Duration,
        LocalDateTime,
        LocalTime,
        Time,
    )

__version__ = "0.1.0"

__all__ = [
    "Conflict",
    "Corrupt",
    "Database",
    "Date",
    "DateTime",
    "Diff",
    "Duration",
    "Exhausted",
    "Forbidden",
    "FrozenGraph",
    "Graph",
    "GraphPath",
    "Interrupted",
    "Invalid",
    "LocalDateTime",
    "LocalTime",
    "Node",
    "NotFound",
    "Relationship",
    "Result",
    "SeaglassError",
    "Snapshot",
    "Throttled",
    "Time",
    "Unavailable",
    "Unsupported",
    "open",
]

_ERRORS = "seaglass.base.errors"
_HOMES = {
    "Conflict": (_ERRORS, "Conflict"),
    "Corrupt": (_ERRORS, "Corrupt"),
    "Database": ("seaglass.engine.database", "Database"),
    "Date": ("seaglass.engine.values.temporal", "Date"),
    "DateTime": ("seaglass.engine.values.temporal", "DateTime"),
    "Diff": ("seaglass.engine.diff", "Diff"),
    "Duration": ("seaglass.engine.values.temporal", "Duration"),
    "Exhausted": (_ERRORS, "Exhausted"),
    "Forbidden": (_ERRORS, "Forbidden"),
    "FrozenGraph": ("seaglass.engine.frozen_graph", "FrozenGraph"),
    "Graph": ("seaglass.engine.live_graph", "Graph"),
    "GraphPath": ("seaglass.engine.records", "Path"),
    "Interrupted": (_ERRORS, "Interrupted"),
    "Invalid": (_ERRORS, "Invalid"),
    "LocalDateTime": ("seaglass.engine.values.temporal", "LocalDateTime"),
    "LocalTime": ("seaglass.engine.values.temporal", "LocalTime"),
    "Node": ("seaglass.engine.records", "Node"),
    "NotFound": (_ERRORS, "NotFound"),
    "Relationship": ("seaglass.engine.records", "Relationship"),
    "Result": ("seaglass.engine.result", "Result"),
    "SeaglassError": (_ERRORS, "SeaglassError"),
    "Snapshot": ("seaglass.engine.snapshot.refs", "SnapshotRef"),
    "Throttled": (_ERRORS, "Throttled"),
    "Time": ("seaglass.engine.values.temporal", "Time"),
    "Unavailable": (_ERRORS, "Unavailable"),
    "Unsupported": (_ERRORS, "Unsupported"),
}


def open(  # noqa: A001 - the face's main verb
    path: str | Path | None = None,
    *,
    store: str | None = None,
    dialect: str = "opencypher",
    kms: str = "local",
    memory_bytes: int | None = None,
    import_folders: Sequence[str | Path] = (),
) -> Database:
    """Opens the data folder at `path`, which is made if it is not there.

    Args:
        path: None or ":memory:" for a database that ends with the process
        store: `s3://bucket/prefix` for a new folder that keeps its snapshots there; a folder
            remembers its store
        memory_bytes: what all queries that run may hold together; a query that needs more fails
            with Exhausted(memory). None for 60 % of the machine's memory
        import_folders: below which `CALL neptune.load` and `neptune.read` may read local files
        dialect: of the queries: "opencypher", or "neptune" to refuse and to do what Neptune
            Analytics refuses and does
        kms: "aws" to ask AWS KMS for keys that are not in the local key ring
    Raises: Conflict(state) when another process has it open, or it has another store;
        Invalid(illegal_argument) for another dialect or source of keys, no bucket, or a bucket
        without a folder
    """
    from seaglass.engine.database import Database

    return Database.open(
        path,
        store=store,
        dialect=dialect,
        kms=kms,
        memory_bytes=memory_bytes,
        import_folders=import_folders,
    )


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return __all__
