"""Operators of a policy's conditions: the value of a request against the value of a policy.

Above: policy, evaluate. Below: nothing. Pure. Values are texts on both sides, as in policies. A
comparison that a value does not allow (a text where a number is needed) is false.

A text of a policy may hold letters of a value that was put in for a variable; its * and ? are no
wildcards, and come as the letters of `LITERALS`.

A name is `[ForAllValues:|ForAnyValue:]<operator>[IfExists]`. Negated operators (`...Not...`) are
the others' opposite: true where the request has no value.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Letters that no text has, for * and ? that mean themselves.
LITERALS: Mapping[int, str] = {ord("*"): "\ue000", ord("?"): "\ue001"}
_PLAIN = {ord(letter): chr(code) for code, letter in LITERALS.items()}
_OF_PATTERNS = frozenset({"StringLike", "ArnEquals", "ArnLike"})

Every = Literal["", "ForAllValues", "ForAnyValue"]


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition's operator, taken apart."""

    every: Every
    base: str
    negated: bool
    if_exists: bool


def operator_of(name: str) -> Operator | None:
    """Take an operator's name apart; None when there is no such operator."""
    every, separator, rest = name.rpartition(":")
    if separator and every not in ("ForAllValues", "ForAnyValue"):
        return None
    base = rest.removesuffix("IfExists")
    if_exists = base != rest
    if base == "Null":
        return None if if_exists or separator else Operator("", "Null", False, False)
    positive = base.replace("NotIpAddress", "IpAddress").replace("Not", "", 1)
    if positive not in COMPARISONS:
        return None
    negated = positive != base
    if negated and base not in NEGATED:
        return None
    return Operator(every or "", positive, negated, if_exists)  # type: ignore[arg-type]


def holds(op: Operator, present: Sequence[str] | None, wanted: Sequence[str]) -> bool:
    """Say whether a condition holds.

    Args: present: the request's values under the key, None where it has none
        wanted: the policy's values, of which one must fit
    """
    if op.base == "Null":
        return any((present is None) == (text.lower() == "true") for text in wanted)
    if present is None:
        if op.every:
            return op.if_exists or op.every == "ForAllValues"
        return op.if_exists or op.negated
    compare = COMPARISONS[op.base]
    if op.base not in _OF_PATTERNS:
        wanted = [plain(text) for text in wanted]

    def fits(value: str) -> bool:
        return any(compare(value, text) for text in wanted) is not op.negated

    # Several values of one key without a word for them: any will do, and none for a negated one.
    if op.every == "ForAllValues" or (not op.every and op.negated):
        return all(map(fits, present))
    return any(map(fits, present))


def literal(text: str) -> str:
    """A text that holds no wildcard."""
    return text.translate(LITERALS)


def plain(text: str) -> str:
    """A text as it is read where there are no wildcards."""
    return text.translate(_PLAIN)


def like(value: str, pattern: str) -> bool:
    """Match a text against one with the wildcards * and ?.

    Cost: at most the product of both lengths, however many wildcards there are: values come from
    clients, and a regular expression would try every way to share a text out among several *.
    """
    at, place = 0, 0
    star, resume = -1, 0
    while at < len(value):
        letter = pattern[place] if place < len(pattern) else ""
        if letter == "*":
            star, resume = place, at
            place += 1
        elif letter and (letter == "?" or plain(letter) == value[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            # The last * takes one letter more.
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


def like_in_any_case(value: str, pattern: str) -> bool:
    """Match as `like`, whatever the case: names of actions."""
    return like(value.lower(), pattern.lower())


def _arn_like(value: str, pattern: str) -> bool:
    values, patterns = value.split(":", 5), pattern.split(":", 5)
    if len(values) != len(patterns):
        return False
    return all(like(v, p) for v, p in zip(values, patterns, strict=True))


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compared(value: str, wanted: str) -> bool:
        try:
            return compare(float(value), float(wanted))
        except ValueError:
            return False

    return compared


def _date(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compared(value: str, wanted: str) -> bool:
        try:
            return compare(_seconds(value), _seconds(wanted))
        except ValueError:
            return False

    return compared


def _seconds(text: str) -> float:
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]+)?", text, re.ASCII):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _ip_address(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": lambda value, wanted: value.casefold() == wanted.casefold(),
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _ip_address,
    **{f"Numeric{name}": _number(order) for name, order in _ORDERS.items()},
    **{f"Date{name}": _date(order) for name, order in _ORDERS.items()},
}
NEGATED = frozenset(
    {
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "ArnNotEquals",
        "ArnNotLike",
        "NotIpAddress",
        "NumericNotEquals",
        "DateNotEquals",
    }
)
