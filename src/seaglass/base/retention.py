"""Which snapshots to keep: the last few, and one of each of the last hours, days and weeks.

Above: the control plane's schedules, the command line. Below: `errors`. Pure: times in, ids out.

    last=3,hourly=24,daily=7,weekly=4

keeps the 3 newest, and the newest of each of the 24 latest hours, 7 days and 4 weeks in which there
is one. Hours, days and weeks are UTC's; weeks begin on Monday. What was taken later than now (the clock
was ahead, or is behind) is kept and not counted: or else it would take the place of all that come.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_HOUR_MS = 60 * 60 * 1_000
_DAY_MS = 24 * _HOUR_MS
_UNITS_MS = {"m": 60 * 1_000, "h": _HOUR_MS, "d": _DAY_MS, "w": 7 * _DAY_MS}
# 1970-01-01 was a Thursday.
_MONDAY_MS = 3 * _DAY_MS

COUNT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Retention:
    """How many of each to keep; at least one number is not 0."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0

    def __str__(self) -> str:
        return ",".join(f"{name}={count}" for name, count in asdict(self).items() if count)


_PERIODS: dict[str, Callable[[int], int]] = {
    "hourly": lambda time_ms: time_ms // _HOUR_MS,
    "daily": lambda time_ms: time_ms // _DAY_MS,
    "weekly": lambda time_ms: (time_ms + _MONDAY_MS) // (7 * _DAY_MS),
}


def parse_retention(text: str) -> Retention:
    """Read what the module shows. Raises: Invalid(bad_request)."""
    counts: dict[str, int] = {}
    for part in filter(None, re.split(r"[,\s]+", text)):
        match = re.fullmatch(r"(last|hourly|daily|weekly)=([0-9]{1,5})", part, re.ASCII)
        if match is None or match[1] in counts or int(match[2]) > COUNT_MAX:
            raise _no_retention(text)
        counts[match[1]] = int(match[2])
    if not any(counts.values()):
        raise _no_retention(text)
    return Retention(**counts)


def parse_interval_ms(text: str) -> int:
    """Read an interval such as 15m, 1h, 1d or 1w. Raises: Invalid(bad_request)."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhdw])", text.strip(), re.ASCII)
    if match is None:
        raise Invalid(
            "bad_request",
            f"{text[:80]!r} is no interval: write a number and m, h, d or w, such as 15m or 1d.",
        )
    return int(match[1]) * _UNITS_MS[match[2]]


def kept(taken: Iterable[tuple[str, int]], retention: Retention, now_ms: int) -> set[str]:
    """The ids to keep.

    Args: taken: (id, when it was taken in epoch milliseconds)
    """
    newest_first = sorted(taken, key=lambda one: (-one[1], one[0]))
    keep = {one for one, time_ms in newest_first if time_ms > now_ms}
    newest_first = newest_first[len(keep) :]
    keep.update(one for one, _ in newest_first[: retention.last])
    counts = asdict(retention)
    for name, period in _PERIODS.items():
        newest_of: dict[int, str] = {}
        for one, time_ms in newest_first:
            newest_of.setdefault(period(time_ms), one)
        keep.update(list(newest_of.values())[: counts[name]])
    return keep


def _no_retention(text: str) -> Invalid:
    return Invalid(
        "bad_request",
        f"{text[:80]!r} does not say what to keep: write last=N, hourly=N, daily=N or weekly=N "
        f"(N up to {COUNT_MAX}), joined by commas, such as last=3,daily=7.",
    )
