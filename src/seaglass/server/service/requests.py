"""What was asked of the server so far: how often, how it ended and how long it took.

Above: chain, which counts, and monitor, which tells. Below: nothing. Event loop only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Upper bounds of a histogram, in seconds: from a look-up to the longest query.
BOUNDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0)


class Requests:
    """Counts by operation; requests that are of none have a name too."""

    def __init__(self) -> None:
        self._ended: Counter[tuple[str, int]] = Counter()
        self._within: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def add(self, operation: str, status: int, seconds: float) -> None:
        """One has been answered."""
        self._ended[operation, status] += 1
        within = self._within.get(operation)
        if within is None:
            within = self._within[operation] = [0] * (len(BOUNDS) + 1)
        within[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[operation] = self._seconds.get(operation, 0.0) + seconds

    def lines(self) -> Iterator[str]:
        """The counts in Prometheus' text format."""
        yield "# HELP seaglass_requests_total Requests that were answered."
        yield "# TYPE seaglass_requests_total counter"
        for (operation, status), count in sorted(self._ended.items()):
            yield f'seaglass_requests_total{{operation="{operation}",status="{status}"}} {count}'
        name = "seaglass_request_duration_seconds"
        yield f"# HELP {name} From the head of a request to the end of its answer."
        yield f"# TYPE {name} histogram"
        for operation, within in sorted(self._within.items()):
            total = 0
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), within, strict=True):
                total += count
                yield f'{name}_bucket{{operation="{operation}",le="{bound}"}} {total}'
            yield f'{name}_sum{{operation="{operation}"}} {self._seconds[operation]:.6f}'
            yield f'{name}_count{{operation="{operation}"}} {total}'
