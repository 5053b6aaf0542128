"""How often one owner may ask: a token bucket for each class of operations.

Above: chain. Below: settings, the clock. Classes are the control plane's reads and writes, and the
data plane. A bucket fills at the rate and holds `BURST_SECONDS` of it, so that a short burst
passes. Clients of AWS wait and repeat what was refused. Event loop only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seaglass.base.errors import Throttled

if TYPE_CHECKING:
    from seaglass.base.clock import Clock
    from seaglass.base.owner import Owner
    from seaglass.base.settings import Rates
    from seaglass.server.wire.model import Operation

OperationClass = Literal["reads", "writes", "queries"]

# A full bucket holds what comes in so long.
BURST_SECONDS = 2.0
# Buckets that are remembered. An account is any twelve digits that a client makes up, so there must
# be a bound; past it the buckets that have filled up again are forgotten, then all.
BUCKETS_MAX = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_seconds: float


class Throttle:
    """The buckets of all owners."""

    def __init__(self, rates: Rates, clock: Clock) -> None:
        self._rates = {
            "reads": rates.reads_per_second,
            "writes": rates.writes_per_second,
            "queries": rates.queries_per_second,
        }
        self._clock = clock
        self._buckets: dict[tuple[Owner, str], _Bucket] = {}

    def admit(self, owner: Owner, operation: Operation) -> None:
        """Take a token for a call. Raises: Throttled(rate) when there is none."""
        name = class_of(operation)
        rate = self._rates[name]
        most = max(1.0, rate * BURST_SECONDS)
        now = self._clock.monotonic()
        bucket = self._buckets.get((owner, name))
        if bucket is None:
            self._make_room(now)
            bucket = self._buckets[owner, name] = _Bucket(most, now)
        bucket.tokens = min(most, bucket.tokens + (now - bucket.filled_seconds) * rate)
        bucket.filled_seconds = now
        if bucket.tokens < 1.0:
            raise Throttled(
                "rate",
                f"Rate exceeded: account {owner.account_id} may make {rate:g} calls of the class "
                f"{name} per second in {owner.region}. Try again in a moment.",
            )
        bucket.tokens -= 1.0

    def _make_room(self, now: float) -> None:
        if len(self._buckets) < BUCKETS_MAX:
            return
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if now - bucket.filled_seconds < BURST_SECONDS
        }
        if len(self._buckets) >= BUCKETS_MAX:
            self._buckets.clear()


def class_of(operation: Operation) -> OperationClass:
    """Say against which rate an operation counts."""
    if operation.data_plane:
        return "queries"
    return "reads" if operation.method == "GET" else "writes"
