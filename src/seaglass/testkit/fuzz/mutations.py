"""Texts made worse: parts dropped, doubled, swapped, moved, spliced, and strange characters.

Above: inputs. Below: words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seaglass.testkit.fuzz import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_PART = re.compile(r"\s+|\w+|'[^']*'|\"[^\"]*\"|<=|>=|<>|.", re.DOTALL)
_MANY: tuple[str, ...] = (*words.KEYWORDS, *words.SYMBOLS, *words.SYMBOLS, *words.NAMES)
_MANY += (*words.INTEGERS, *words.FLOATS, *words.STRINGS, *words.PARAMETERS)
# Levels and lengths around the limits of depth, and far past them.
_DEEP = (3, 20, 60, 98, 99, 100, 101, 300, 5_000)
_AROUND = (
    *(("(", ")"), ("[", "]"), ("{a: ", "}"), ("NOT ", ""), ("-", ""), ("size([", "])")),
    *(("CASE WHEN true THEN ", " END"), ("[v IN [1] | ", "]"), ("coalesce(", ", 1)"), ("1 < ", "")),
    *(("EXISTS { MATCH (n) WHERE ", " }"), ("reduce(s = 1, v IN [1] | ", ")"), ("1 + ", "")),
    *(("all(v IN [1] WHERE ", ")"), ("$map[", "]"), ("2 ^ ", ""), ("COUNT { RETURN ", " AS q }")),
)
_LONG = (
    "[0]",
    ".x",
    " IS NULL",
    " + 1",
    " AND true",
    ":A",
    ", 1",
    " = 1",
    "[..]",
    "-->()",
    " OR n.x",
)


def mutated(text: str, other: str, rng: Random) -> str:
    """`text` after one to three changes; `other` is what it may be spliced with."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        number = int(rng.random() * len(_KINDS))
        text = _KINDS[number](text, other, rng)
    return text


def soup(rng: Random) -> str:
    """Words and symbols without any order."""
    between = rng.choice((" ", " ", "", "\n"))
    return between.join([rng.choice(_MANY) for _ in range(rng.randint(0, 30))])


def parts_of(text: str) -> list[str]:
    """Words, symbols, texts and spaces; all of them make the text again."""
    return _PART.findall(text) or [" "]


def _drop(text: str, _other: str, rng: Random) -> str:
    parts = parts_of(text)
    place = rng.randrange(len(parts))
    del parts[place : place + rng.choice((1, 1, 1, 2, 5))]
    return "".join(parts)


def _double(text: str, _other: str, rng: Random) -> str:
    parts = parts_of(text)
    place = rng.randrange(len(parts))
    piece = parts[place : place + rng.choice((1, 1, 3, 8))]
    parts[place:place] = piece * rng.choice((1, 1, 1, 2, 30))
    return "".join(parts)


def _swap(text: str, _other: str, rng: Random) -> str:
    parts = parts_of(text)
    one, two = rng.randrange(len(parts)), rng.randrange(len(parts))
    parts[one], parts[two] = parts[two], parts[one]
    return "".join(parts)


def _insert(text: str, _other: str, rng: Random) -> str:
    parts = parts_of(text)
    parts.insert(rng.randrange(len(parts) + 1), f"{rng.choice(('', ' '))}{rng.choice(_MANY)} ")
    return "".join(parts)


def _replace(text: str, _other: str, rng: Random) -> str:
    parts = parts_of(text)
    parts[rng.randrange(len(parts))] = rng.choice(_MANY)
    return "".join(parts)


def _splice(text: str, other: str, rng: Random) -> str:
    one, two = parts_of(text), parts_of(other)
    begin, end = rng.randrange(len(one)), rng.randrange(len(two))
    return "".join([*one[:begin], *two[end:]])


def _cut(text: str, _other: str, rng: Random) -> str:
    place = rng.randint(0, len(text))
    return text[:place] if rng.random() < 0.7 else text[place:]


def _noise(text: str, _other: str, rng: Random) -> str:
    """Bytes that were changed on their way, read as UTF-8 or Latin-1 again."""
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(rng.choice((1, 2, 8))):
        raw[rng.randrange(len(raw)) if raw else 0 : 0] = bytes([rng.randrange(256)])
    if rng.random() < 0.5:
        return raw.decode("latin-1")
    return raw.decode("utf-8", rng.choice(("replace", "surrogateescape")))


def _odd(text: str, _other: str, rng: Random) -> str:
    place = rng.randint(0, len(text))
    return f"{text[:place]}{rng.choice(words.ODDITIES)}{text[place:]}"


def _unbalance(text: str, _other: str, rng: Random) -> str:
    places = [place for place, char in enumerate(text) if char in "()[]{}'\"`"]
    if not places:
        return text + rng.choice("([{)]}'`")
    place = rng.choice(places)
    other: str = rng.choice(("", *"()[]{}'\"`"))
    return text[:place] + other + text[place + 1 :]


def _deepen(text: str, _other: str, rng: Random) -> str:
    """One word far inside brackets or operators; sometimes they are not closed again."""
    places = [found.span() for found in re.finditer(r"\w+", text)] or [(0, 0)]
    start, end = rng.choice(places)
    levels = rng.choice(_DEEP)
    opener, closer = rng.choice(_AROUND)
    closing = closer * (levels if rng.random() < 0.8 else rng.randint(0, levels))
    return f"{text[:start]}{opener * levels}{text[start:end]}{closing}{text[end:]}"


def _lengthen(text: str, _other: str, rng: Random) -> str:
    place = rng.choice([found.end() for found in re.finditer(r"\w+", text)] or [0])
    return text[:place] + rng.choice(_LONG) * rng.choice(_DEEP) + text[place:]


def _enlarge(text: str, _other: str, rng: Random) -> str:
    """A number of the text becomes one at a limit."""
    found = list(re.finditer(r"\d+", text))
    if not found:
        return text
    start, end = rng.choice(found).span()
    huge = ("9223372036854775807", "9223372036854775808", "9" * 400, "1e308", "-1", "2147483648")
    return text[:start] + rng.choice(huge) + text[end:]


def _case(text: str, _other: str, rng: Random) -> str:
    changes = (str.lower, str.upper, str.swapcase)
    return changes[rng.randrange(len(changes))](text)


_KINDS: tuple[Callable[[str, str, Random], str], ...] = (
    *(_drop, _drop, _double, _swap, _swap, _insert, _insert, _replace, _replace, _splice),
    *(_cut, _noise, _odd, _odd, _unbalance, _unbalance, _deepen, _lengthen, _enlarge, _case),
)
