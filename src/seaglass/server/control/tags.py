"""Tags of graphs, snapshots and export tasks, found by ARN.

Above: plane, graphs, snapshots, tasks. Below: tables, store. The model checks lengths and letters; here
are the rules that need to know what is there: at most 50 per resource, and no key that AWS keeps
for itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert

from seaglass.base.errors import Invalid, NotFound
from seaglass.server.control.statements import rows_of, without
from seaglass.server.control.tables import GRAPHS, SNAPSHOTS, TAGS, TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.base.owner import Owner
    from seaglass.server.control.store import Transaction

TAGS_MAX = 50
RESERVED_PREFIX = "aws:"
_RESOURCE = re.compile(
    r"graph/(?P<graph>g-[a-z0-9]{10})|graph-snapshot/(?P<snapshot>gs-[a-z0-9]{10})"
    r"|export-task/(?P<task>t-[a-z0-9]{10})",
    re.ASCII,
)
_TABLES = {"graph": GRAPHS, "snapshot": SNAPSHOTS, "task": TASKS}


def graph_arn(owner: Owner, graph_id: str) -> str:
    """Make a graph's ARN."""
    return owner.arn(f"graph/{graph_id}")


def snapshot_arn(owner: Owner, snapshot_id: str) -> str:
    """Make a snapshot's ARN."""
    return owner.arn(f"graph-snapshot/{snapshot_id}")


def check(tags: Mapping[str, str]) -> None:
    """Refuse keys that are AWS's own. Raises: Invalid(bad_request)."""
    for key in tags:
        if key.lower().startswith(RESERVED_PREFIX):
            raise Invalid(
                "bad_request",
                "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
                f"Map keys must not begin with '{RESERVED_PREFIX}', which is reserved: {key}",
            )


def write(transaction: Transaction, resource_id: str, tags: Mapping[str, str]) -> None:
    """Add tags; a key that is there gets the new value. Raises: Invalid(bad_request)."""
    if not tags:
        return
    check(tags)
    merged = {**read(transaction, resource_id), **tags}
    if len(merged) > TAGS_MAX:
        raise Invalid(
            "bad_request",
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
            f"A resource must have at most {TAGS_MAX} tags; this one would have {len(merged)}",
        )
    remove(transaction, resource_id, list(tags))
    rows = [{"resource_id": resource_id, "key": k, "value": v} for k, v in tags.items()]
    transaction.connection.execute(insert(TAGS), rows)


def read(transaction: Transaction, resource_id: str) -> dict[str, str]:
    """Read a resource's tags, by key."""
    wanted = {"resource_id": resource_id}
    rows = transaction.connection.execute(rows_of(TAGS, *wanted), wanted)
    return dict(sorted((row.key, row.value) for row in rows))


def remove(transaction: Transaction, resource_id: str, keys: Sequence[str]) -> None:
    """Remove tags by key; a key that is not there is no error."""
    condition = (TAGS.c.resource_id == resource_id) & TAGS.c.key.in_(keys)
    transaction.connection.execute(delete(TAGS).where(condition))


def remove_all(transaction: Transaction, resource_id: str) -> None:
    """Remove all tags of a resource that is gone."""
    transaction.connection.execute(without(TAGS, "resource_id"), {"resource_id": resource_id})


def resource_of(transaction: Transaction, arn: str) -> str:
    """Find the graph, snapshot or export task of an ARN, of those that the caller owns.

    Raises: NotFound(graph), NotFound(snapshot), NotFound(task).
    """
    prefix = transaction.asking.arn("")
    match = _RESOURCE.fullmatch(arn.removeprefix(prefix)) if arn.startswith(prefix) else None
    if match is None:
        raise NotFound(
            "graph",
            f"Resource {arn[:200]} not found: ARNs here are {prefix}graph/<id>, "
            f"{prefix}graph-snapshot/<id> and {prefix}export-task/<id>.",
        )
    kind = str(match.lastgroup)
    resource_id = match[kind]
    table, wanted = _TABLES[kind], {"id": resource_id, **transaction.visible}
    if transaction.connection.execute(rows_of(table, *wanted), wanted).first() is None:
        raise NotFound(kind, f"Resource {arn} not found.")
    return resource_id
