"""What was asked of the server so far: how often, how it ended and how long it took.

Above: chain, which counts, and monitor, which tells. Below: nothing. Event loop only.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Upper bounds of a histogram, in seconds: from a look-up to the longest query.
BOUNDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0)


class _Ended:
    """Those of one operation that ended with one status: how many within each bound, and the sum of seconds."""

    __slots__ = ("seconds", "within")

    def __init__(self) -> None:
        self.within = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0


class Requests:
    """Counts by operation; requests that are of none have a name too."""

    def __init__(self) -> None:
        self._ended: dict[tuple[str, int], _Ended] = {}

    def add(self, operation: str, status: int, seconds: float) -> None:
        """One has been answered."""
        ended = self._ended.get((operation, status))
        if ended is None:
            ended = self._ended[operation, status] = _Ended()
        ended.within[bisect_left(BOUNDS, seconds)] += 1
        ended.seconds += seconds

    def lines(self) -> Iterator[str]:
        """The counts in Prometheus' text format."""
        yield "# HELP seaglass_requests_total Requests that were answered."
        yield "# TYPE seaglass_requests_total counter"
        by_operation: dict[str, list[_Ended]] = {}
        for (operation, status), ended in sorted(self._ended.items(), key=lambda item: item[0]):
            labels = f'operation="{operation}",status="{status}"'
            yield f"seaglass_requests_total{{{labels}}} {sum(ended.within)}"
            by_operation.setdefault(operation, []).append(ended)
        name = "seaglass_request_duration_seconds"
        yield f"# HELP {name} From the head of a request to the end of its answer."
        yield f"# TYPE {name} histogram"
        for operation, all_ended in by_operation.items():
            total = 0
            withins = zip(*[ended.within for ended in all_ended], strict=True)
            for bound, counts in zip((*map(str, BOUNDS), "+Inf"), withins, strict=True):
                total += sum(counts)
                yield f'{name}_bucket{{operation="{operation}",le="{bound}"}} {total}'
            seconds = sum(ended.seconds for ended in all_ended)
            yield f'{name}_sum{{operation="{operation}"}} {seconds:.6f}'
            yield f'{name}_count{{operation="{operation}"}} {total}'
