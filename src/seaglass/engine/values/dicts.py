"""Many dicts of the same keys at once, from the values under each key.

Above: `maps`, `engine/records`. Below: nothing.
Rows for programs are mostly this. A display that names its keys takes a third of the time of `dict(zip(…))`, so there
is one for each of the common widths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def dicts(keys: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """A dict for each row.

    Args: keys: at least one; columns: one for each, of one length
    Cost: some 100 ns a row of up to six keys
    """
    if len(keys) == 1:
        (k0,) = keys
        return [{k0: v0} for v0 in columns[0]]
    rows = zip(*columns, strict=True)
    match keys:
        case k0, k1:
            return [{k0: v0, k1: v1} for v0, v1 in rows]
        case k0, k1, k2:
            return [{k0: v0, k1: v1, k2: v2} for v0, v1, v2 in rows]
        case k0, k1, k2, k3:
            return [{k0: v0, k1: v1, k2: v2, k3: v3} for v0, v1, v2, v3 in rows]
        case k0, k1, k2, k3, k4:
            return [{k0: v0, k1: v1, k2: v2, k3: v3, k4: v4} for v0, v1, v2, v3, v4 in rows]
        case k0, k1, k2, k3, k4, k5:
            return [
                {k0: v0, k1: v1, k2: v2, k3: v3, k4: v4, k5: v5} for v0, v1, v2, v3, v4, v5 in rows
            ]
        case _:
            return [dict(zip(keys, row, strict=True)) for row in rows]
