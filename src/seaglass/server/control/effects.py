"""The outbox: what must still be done on the fleet, written in the transaction whose state needs
it.

Above: graphs, snapshots, endpoints, reconcile. Below: statements, store. A row stays until its outcome is
committed, so a crash repeats an effect and never forgets one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from seaglass.server.control.statements import new_row, without
from seaglass.server.control.tables import EFFECTS, EffectRecord, effect_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.server.control.lifecycle import Effect
    from seaglass.server.control.store import Transaction


def put(
    transaction: Transaction,
    kind: Effect,
    graph_id: str | None,
    snapshot_id: str | None,
    item_id: str | None = None,
) -> None:
    """Write an effect; it is taken up after the commit."""
    values = {
        "kind": kind.value,
        "graph_id": graph_id,
        "snapshot_id": snapshot_id,
        "item_id": item_id,
    }
    result = transaction.connection.execute(new_row(EFFECTS), values)
    assert result.inserted_primary_key is not None
    number = int(result.inserted_primary_key[0])
    transaction.effects.append(EffectRecord(number, kind, graph_id, snapshot_id, item_id))


def drop(transaction: Transaction, effect_id: int) -> bool:
    """Remove an effect whose outcome is part of this transaction; False when it is gone already."""
    result = transaction.connection.execute(without(EFFECTS, "id"), {"id": effect_id})
    return result.rowcount == 1


def pending(transaction: Transaction) -> Sequence[EffectRecord]:
    """List everything in the outbox, oldest first."""
    rows = transaction.connection.execute(select(EFFECTS).order_by(EFFECTS.c.id)).all()
    return [effect_of(row) for row in rows]
