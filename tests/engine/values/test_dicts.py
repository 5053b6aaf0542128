"""Many dicts at once are those that one would make one by one, in the order of the keys."""

from __future__ import annotations

import pytest

from seaglass.engine.values.dicts import dicts


@pytest.mark.parametrize("width", range(1, 9))
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_as_one_by_one(width: int, rows: int) -> None:
    keys = [f"k{place}" for place in range(width, 0, -1)]
    columns = [[(place, row) for row in range(rows)] for place in range(width)]
    found = dicts(keys, columns)
    assert found == [{key: (place, row) for place, key in enumerate(keys)} for row in range(rows)]
    assert all(list(one) == keys for one in found)
