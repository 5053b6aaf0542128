"""What a store holds: objects and bytes by key, what snapshots share, what is garbage.

Above: command line. Below: reach, gc (the plan), store.
Cost: one listing, and one manifest for each root.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.engine.snapshot.gc import plan_gc
from seaglass.engine.snapshot.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from seaglass.engine.snapshot.refs import Refs
    from seaglass.engine.snapshot.store import Store


@dataclass(frozen=True, slots=True)
class Amount:
    """Some objects, and their sealed bytes."""

    objects: int
    bytes: int

    def __str__(self) -> str:
        return f"{self.objects:,} objects, {self.bytes:,} bytes"


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What a store holds. `str(stats)` is for people.

    Args:
        by_key: what the graphs and snapshots under each key need
        apart: what the snapshots would take if each were stored alone
        together: what they take
        garbage: what a sweep would delete now
        young: what nothing needs, and waits for the end of the grace period
        missing: names that something needs and the store does not have
    """

    where: str
    graphs: int
    snapshots: int
    everything: Amount
    by_key: dict[str, Amount]
    apart: Amount
    together: Amount
    garbage: Amount
    young: Amount
    missing: tuple[str, ...]

    @property
    def shared_ratio(self) -> float:
        """How many times smaller the snapshots are because they share."""
        return self.apart.bytes / self.together.bytes if self.together.bytes else 1.0

    def __str__(self) -> str:
        lines = [
            f"{self.where}: {self.everything}",
            f"{self.graphs:,} graphs, {self.snapshots:,} snapshots",
        ]
        lines += [f"key {key_id}: {amount}" for key_id, amount in self.by_key.items()]
        apart = f"{self.apart.bytes:,} bytes if nothing were shared ({self.shared_ratio:.1f} times)"
        lines += [
            f"snapshots: {self.together}; {apart}",
            f"garbage: {self.garbage}; {self.young} wait for the end of the grace period",
        ]
        if self.missing:
            lines.append(
                f"MISSING: {len(self.missing):,} objects that are needed: `store verify` names them"
            )
        return "\n".join(lines)


def gather_stats(store: Store) -> StoreStats:
    """Looks at a whole store.

    Raises: Corrupt(corrupt), NotFound(key), Conflict(key) when a ref or a manifest cannot be read
    """
    infos = {info.name: info for info in store.raw_objects.list()}

    def amount(names: AbstractSet[str]) -> Amount:
        sizes = [infos[name].size_bytes for name in names if name in infos]
        return Amount(len(sizes), sum(sizes))

    reach = Reach(store)
    by_key: dict[str, set[str]] = defaultdict(set)
    snapshots: dict[str, Amount] = {}
    together: set[str] = set()
    labels: set[str] = set()
    for root in reach.roots():
        names = reach.of(root)
        by_key[root.key_id] |= names
        labels.add(root.label)
        if root.label:
            snapshots[root.of] = amount(names)
            together |= names
    needed = frozenset().union(*by_key.values())
    plan = plan_gc(needed, store.refs.retired(), infos.values(), store.now_ms())
    return StoreStats(
        where=store.raw_objects.where,
        graphs=_graph_count(store.refs),
        snapshots=len(snapshots),
        everything=amount(frozenset(infos)),
        by_key={key_id: amount(names) for key_id, names in sorted(by_key.items())},
        apart=Amount(
            sum(one.objects for one in snapshots.values()),
            sum(one.bytes for one in snapshots.values()),
        ),
        together=amount(together),
        garbage=Amount(len(plan.objects), plan.bytes),
        young=Amount(plan.young_count, plan.young_bytes),
        # Snapshots of older versions have no label.
        missing=tuple(sorted(needed - infos.keys() - labels)),
    )


def _graph_count(refs: Refs) -> int:
    """Those of this folder, and of others that use its bucket; what is deleted may still be a root."""
    elsewhere = [refs.root(root_id) for root_id in refs.root_ids()]
    return len({ref.id for ref in refs.graphs()} | {r.graph_id for r in elsewhere if r is not None})
