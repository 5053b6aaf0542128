"""A snapshot opened for reading, where it is: nothing is restored, and nothing can be written.

Above: database, the server's workers. Below: queries, snapshot/load. Chunks come in when they are
first touched. When the snapshot is deleted meanwhile, queries go on for the grace period of its
objects, like those of a deleted graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Conflict, Unsupported
from seaglass.engine.diff_procedure import Lineage
from seaglass.engine.queries import Queries
from seaglass.engine.snapshot.load import snapshot_version

if TYPE_CHECKING:
    from typing import NoReturn

    from seaglass.engine.exec.probe import Probe
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.queries import Run, Shared
    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.store import Store


class FrozenGraph(Queries):
    """What a snapshot holds. Safe to share between threads.

    Attributes: id, name: of the snapshot
    """

    def __init__(self, store: Store, ref: SnapshotRef, shared: Shared) -> None:
        """Raises: NotFound(key); Conflict(state) when the key is disabled; Corrupt(corrupt)."""
        super().__init__(store, shared, Lineage(ref.graph_id, ref.id))
        self.id = ref.id
        self.name = ref.name
        self._version = snapshot_version(store, ref)
        self._closed = False
        self._kept: object = None

    @property
    def version(self) -> GraphVersion:
        """What the snapshot holds."""
        return self._version

    def keep(self, owner: object) -> None:
        """Has `owner`, whose folder it reads, live as long as it does itself."""
        self._kept = owner

    def close(self) -> None:
        """Ends the queries; harmless when repeated."""
        self._closed = True
        self._running.cancel_all()

    def __repr__(self) -> str:
        version = self.version
        return (
            f"<FrozenGraph {self.name!r} ({self.id}): {version.node_count} nodes, "
            f"{version.edge_count} edges>"
        )

    def _check_open(self) -> None:
        if self._closed:
            raise Conflict(
                "state", f"The snapshot {self.name!r} ({self.id}) is closed. Open it again."
            )

    def _write(self, run: Run, probe: Probe | None) -> NoReturn:
        del run, probe
        raise Unsupported(
            "unsupported_operation",
            f"The snapshot {self.name!r} ({self.id}) can only be read. Restore it as a graph to "
            "change what it holds.",
        )
