"""Parsing of query hints: `USING QUERY:NAME value`, at the start of a query, one or more.

Above: `compile`, which reads them before the parser reads the clauses. Below: the cursor.
Names and values are read in any case.

    PLANCACHE "enabled" | "disabled"        whether the plan may come from, and go to, the cache
    TIMEOUTMILLISECONDS n                   the query's time; a smaller one given otherwise holds
    assumeConsistentDataTypes "true"        accepted; numbers have two types here, so it is always so
    RULESOFF "name, name" | "all"           rules of the optimiser that are left out

Source: spec 04 section 9; RULESOFF is seaglass's own.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax import literals
from seaglass.engine.cypher.syntax.tokens import INTEGER, NAME_KINDS, STRING, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaglass.base.errors import Invalid
    from seaglass.engine.cypher.syntax.cursor import Cursor
    from seaglass.engine.cypher.syntax.tokens import Token

_NAMES = {
    name.lower(): name
    for name in ("PLANCACHE", "TIMEOUTMILLISECONDS", "assumeConsistentDataTypes", "RULESOFF")
}
_NEPTUNE_NAMES = {key: name for key, name in _NAMES.items() if name != "RULESOFF"}
_SWITCH = {"enabled": True, "disabled": False}
_ALL = "all"
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Hints:
    """What the hints before a query ask for; None: nothing."""

    plan_cache: bool | None
    timeout_ms: int | None
    rules_off: frozenset[str] = frozenset()


NO_HINTS = Hints(None, None)


def read_hints(cursor: Cursor, rules: Sequence[str] = ()) -> Hints:
    """All hints at the cursor.

    Args: rules: those that RULESOFF may name; where there are none, there is no such hint
    Raises: Invalid(malformed_query) for a hint that is unknown, stands twice, or has another value
    """
    hints = NO_HINTS
    seen: set[str] = set()
    while cursor.token.kind == "USING":
        token, name = _name(cursor, _NAMES if rules else _NEPTUNE_NAMES)
        if name in seen:
            raise cursor.source.malformed(token.start, f"The hint QUERY:{name} stands twice")
        seen.add(name)
        match name:
            case "PLANCACHE":
                hints = replace(hints, plan_cache=_word(cursor, name, _SWITCH))
            case "TIMEOUTMILLISECONDS":
                hints = replace(hints, timeout_ms=_milliseconds(cursor, name))
            case "RULESOFF":
                hints = replace(hints, rules_off=_rules_off(cursor, rules))
            case _:
                _word(cursor, name, _TRUTH)
    return hints


def _name(cursor: Cursor, names: dict[str, str]) -> tuple[Token, str]:
    cursor.take()
    if cursor.token.text.upper() != "QUERY" or cursor.token.kind not in NAME_KINDS:
        raise cursor.unexpected('`QUERY` after `USING`, as in `USING QUERY:PLANCACHE "enabled"`')
    cursor.take()
    cursor.expect(":", "and a hint after `USING QUERY`")
    token = cursor.token
    known = names.get(token.text.lower())
    if known is None or token.kind not in NAME_KINDS:
        near = difflib.get_close_matches(token.text.lower(), names, 1)
        those = ", ".join(names.values())
        hint = f"did you mean {names[near[0]]}?" if near else f"there are {those}"
        raise cursor.source.malformed(
            token.start, f"There is no query hint {describe(token)}; {hint}"
        )
    return cursor.take(), known


def _word(cursor: Cursor, name: str, values: dict[str, bool]) -> bool:
    token = cursor.token
    if token.kind == STRING:
        text = literals.string(cursor.source, token).lower()
        if text in values:
            cursor.take()
            return values[text]
    wanted = " or ".join(f'"{value}"' for value in values)
    raise _wrong(cursor, name, wanted)


def _milliseconds(cursor: Cursor, name: str) -> int:
    token = cursor.token
    if token.kind == INTEGER:
        value = literals.integer(cursor.source, token, negative=False)
        if value > 0:
            cursor.take()
            return value
    raise _wrong(cursor, name, "an integer of at least 1")


def _rules_off(cursor: Cursor, rules: Sequence[str]) -> frozenset[str]:
    token = cursor.token
    if token.kind == STRING:
        text = literals.string(cursor.source, token)
        named = {part.strip().lower() for part in text.split(",")}
        if named == {_ALL} or named <= set(rules):
            cursor.take()
            return frozenset(rules if named == {_ALL} else named)
    raise _wrong(cursor, "RULESOFF", f'"{_ALL}", or a text with commas of {", ".join(rules)}')


def _wrong(cursor: Cursor, name: str, wanted: str) -> Invalid:
    return cursor.unexpected(f"{wanted} as the value of the hint QUERY:{name}")
