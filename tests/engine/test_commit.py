"""A large write ends at whichever look before its entry has its place in the log, and leaves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Interrupted
from seaglass.engine import commit
from seaglass.engine.database import Database
from seaglass.engine.graph.delta import SetNodeProperty
from seaglass.engine.values import column as cols
from seaglass.storage.wal import format as wal_format

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from seaglass.engine.commit import Transaction

NODES, CHANGES = 200, 10


def test_a_large_write_ends_at_a_look_or_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (commit, wal_format):
        monkeypatch.setattr(module, "LOG_STEP_BYTES", 256)
    folder = tmp_path / "data"
    values = np.random.default_rng(3).integers(-(2**60), 2**60, (CHANGES, NODES))
    made = False
    looks = 0

    def body(transaction: Transaction) -> None:
        nonlocal made
        for number in range(CHANGES):
            column = cols.ints(values[number])
            transaction.apply(SetNodeProperty(np.arange(NODES), f"k{number}", column))
        made = True

    def check() -> None:
        nonlocal looks
        looks += made
        if looks == ends:
            raise Interrupted("cancelled", "ended")

    with Database.open(folder) as database:
        graph = database.create_graph("g")
        graph.query("UNWIND range(1, $n) AS x CREATE ()", {"n": NODES})
        writer, log, before = graph._writer, graph._log, graph.version
        ends = 0
        while True:
            ends, looks, made = ends + 1, 0, False
            try:
                writer.write(body, check, errand=False)
            except Interrupted:
                assert graph.version is before
                assert log.last == 1
                assert not log.failed
                continue
            break
        # One before each change is encoded, and one for each step that is sealed.
        assert ends > CHANGES + CHANGES * NODES * 8 // 256
        assert log.last == 2
    with Database.open(folder) as database:
        rows = database.graph("g").query("MATCH (n) RETURN n.k0 AS a, n.k9 AS b").rows()
    assert [row["a"] for row in rows] == values[0].tolist()
    assert [row["b"] for row in rows] == values[9].tolist()
