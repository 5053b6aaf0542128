"""Temporal values and expressions over them, by chance.

Above: tests. Below: `chance`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seaglass.engine.values.temporal import Date, DateTime, Duration, LocalDateTime, LocalTime, Time

if TYPE_CHECKING:
    from seaglass.testkit.generated.chance import Chance

# About month ends, leap days, 1970, weeks at the turn of a year; all within 1900 to 2100.
_DAYS = (0, -1, 58, 59, 789, 790, 11016, 11017, 18261, 18262, 19358, 19723, 19782, -25567, 25000)
_NANOS = (0, 1, 43_200 * 10**9, 86_399 * 10**9 + 999_999_999, 45_000_500_000_000, 3_661 * 10**9)
_OFFSETS = (0, 3600, -12_600, 19_800)
_INSTANTS = ("d", "e", "l", "k", "t", "u", "z", "m", "o")
_DATED = {"d": "date", "e": "date", "l": "localdatetime", "k": "localdatetime", "m": "datetime"}
_ALIKE = (("d", "e"), ("l", "k"), ("t", "u"), ("z", "z"), ("m", "o"), ("d", "d"))
_DURATIONS = ("p", "q")
_PARTS = ("year", "month", "day", "week", "weekYear", "quarter", "ordinalDay", "dayOfQuarter")
_CLOCK = ("hour", "minute", "second", "millisecond", "nanosecond")
_AMOUNTS = (
    *("years", "months", "days", "hours", "minutes", "seconds", "weeks", "milliseconds"),
    *("monthsOfYear", "minutesOfHour", "secondsOfMinute", "nanosecondsOfSecond"),
)


def temporal_row(chance: Chance) -> dict[str, Any]:
    """A value, or null, for each variable."""
    pick = chance.pick

    def duration() -> Duration:
        seconds, below = pick(0, 1, -1, 86_400, -90_061), pick(0, 0, 1, 999_999_999)
        return Duration(pick(0, 1, -1, 12, 29), pick(0, 1, -1, 31, -400), seconds, below)

    row: dict[str, Any] = {
        **{name: Date(pick(*_DAYS)) for name in "de"},
        **{name: LocalDateTime(pick(*_DAYS), pick(*_NANOS)) for name in "lk"},
        **{name: LocalTime(pick(*_NANOS)) for name in "tu"},
        "z": Time(pick(*_NANOS), pick(*_OFFSETS)),
        **{name: DateTime(pick(*_DAYS), pick(*_NANOS), pick(*_OFFSETS)) for name in "mo"},
        **{name: duration() for name in _DURATIONS},
        "n": pick(0, 1, 2, -3, 0.5, 1.25),
        "s": pick("a", ""),
    }
    return {name: None if pick(*[False] * 7, True) else value for name, value in row.items()}


def temporal_expression(chance: Chance) -> str:
    """An expression over the variables of a row; few of them fail."""
    pick = chance.pick
    one, two = pick(*_ALIKE)
    duration = _duration(chance, 1)
    instant = f"({pick(*_INSTANTS)} {pick('+', '-')} {duration})"
    dated = pick(*_DATED)
    units = ["day", "week", "month", "quarter", "year", "decade", "century"]
    units += [] if _DATED[dated] == "date" else ["hour", "minute", "second", "millisecond"]
    truncated = f"{_DATED[dated]}.truncate('{pick(*units)}', {dated})"
    between = f"duration.{pick('between', 'inDays', 'inSeconds')}({one}, {two})"
    return str(
        pick(
            *(instant, duration, truncated, between, between),
            f"{pick(dated, f'({dated} + {duration})')}.{pick(*_PARTS)}",
            f"{pick('l', 't', 'z', 'm')}.{pick(*_CLOCK)}",
            f"{duration}.{pick(*_AMOUNTS)}",
            f"m.{pick('epochSeconds', 'epochMillis', 'offsetSeconds', 'offset')}",
            f"{one} {pick('<', '>', '=', '<>', '<=', '>=')} {two}",
            f"{pick(*_INSTANTS)} {pick('<', '=')} {pick(*_INSTANTS, 'n', 's', 'p')}",
            f"{pick(*_DURATIONS)} {pick('<', '=', '<>')} {pick(*_DURATIONS)}",
            f"toString({pick(*_INSTANTS, instant, truncated)})",
            f"{one} IN [{two}, {pick(*_INSTANTS)}, null]",
            f"[{one}, {two}] {pick('=', '<')} [{two}, {one}]",
            f"coalesce({one}, {pick(*_INSTANTS)}, n)",
            f"CASE WHEN {one} < {two} THEN {one} ELSE {duration} END",
            f"{{v: {instant}}}.v",
        )
    )


def _duration(chance: Chance, depth: int) -> str:
    pick = chance.pick
    if not depth:
        return str(pick(*_DURATIONS))
    left, right = _duration(chance, depth - 1), _duration(chance, depth - 1)
    scaled = f"({left} {pick('*', '/')} {pick('2', '0.5', '3', '-1', 'n')})"
    return str(pick(left, f"({left} {pick('+', '-')} {right})", scaled, f"(2 * {left})"))


def temporal_summary(chance: Chance) -> str:
    """The end of a query that groups and orders rows by temporal values."""
    pick = chance.pick
    keys = [pick(*_INSTANTS, *_DURATIONS) for _ in range(chance.number(1, 2))]
    columns = [f"{key} AS k{place}" for place, key in enumerate(keys)]
    value = pick(*_INSTANTS, *_DURATIONS)
    columns.append(f"{pick('count', 'min', 'max', 'count')}({pick('', 'DISTINCT ')}{value}) AS c")
    order = [f"k{place}{pick('', ' DESC')}" for place, _ in enumerate(keys)]
    return f"{', '.join(columns)} ORDER BY {', '.join(order)}, c"
