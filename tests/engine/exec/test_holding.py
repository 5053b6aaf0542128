"""What columns of very many values are said to take: about as much as all of them, by samples."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Interrupted
from seaglass.engine.exec import holding
from seaglass.engine.exec.holding import Held, column_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame

SHARED = list(range(1_000))
ROWS = 4_000
KINDS = {
    "texts and numbers": [x if x % 3 else "text " * (x % 7) for x in range(ROWS)],
    "one list in all rows": [SHARED] * ROWS,
    "lists": [[x, "a"] for x in range(ROWS)],
}


@pytest.mark.parametrize("name", KINDS)
def test_samples_say_about_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    column = cols.mixed(KINDS[name])
    exact = column_bytes(column)
    monkeypatch.setattr(holding, "_COUNTED_ROWS", ROWS - 1)
    monkeypatch.setattr(holding, "_SAMPLED_ROWS", 500)
    counted: list[int] = []
    values_bytes = holding.values_bytes
    monkeypatch.setattr(
        holding, "values_bytes", lambda values: counted.append(len(values)) or values_bytes(values)
    )
    assert 0.8 * exact < column_bytes(column) < 1.2 * exact
    assert counted
    assert max(counted) <= 500


def test_a_query_may_end_between_frames() -> None:
    class Budget:
        def charge(self, amount_bytes: int) -> None:
            raise AssertionError(amount_bytes)

    def check() -> None:
        raise Interrupted("cancelled", "ended")

    held = Held(Budget(), check)
    with pytest.raises(Interrupted):
        held.keep_only([Frame({"x": cols.mixed([1, "a"])}, 2)])
