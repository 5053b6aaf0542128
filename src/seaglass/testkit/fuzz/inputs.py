"""The n-th input of a seed: a text, its dialect, parameters.

Above: campaign, tests. Below: grammar, mutations, parameters. An input depends on seed and number
alone, so that these two repeat it.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.dialect import Dialect
from seaglass.testkit.fuzz import grammar, mutations
from seaglass.testkit.fuzz.parameters import parameters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_QUERY_OF_FEATURE = re.compile(r'executing (?:control )?query:\s*"""\n(.*?)"""', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to try."""

    text: str
    dialect: Dialect
    parameters: dict[str, Any]


def corpus(folder: Path) -> list[str]:
    """The queries of the feature files of openCypher's TCK below a folder; none where there is none."""
    texts: dict[str, None] = {}
    for path in sorted(folder.rglob("*.feature")):
        for found in _QUERY_OF_FEATURE.finditer(path.read_text(encoding="utf-8")):
            lines = found.group(1).split("\n")
            texts["\n".join([line.strip() for line in lines]).strip()] = None
    return list(texts)


def make(seed: int, number: int, known: Sequence[str] = ()) -> Input:
    """Input `number` of `seed`. Args: known: texts to make worse besides the grammar's"""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - repeatable on purpose
    dialect = Dialect.NEPTUNE if rng.random() < 0.2 else Dialect.OPENCYPHER
    kind = rng.random()
    if kind < 0.5:
        text = grammar.query(rng)
    elif kind < 0.95:
        text = mutations.mutated(_base(rng, known), _base(rng, known), rng)
    else:
        text = mutations.soup(rng)
    return Input(text, dialect, parameters(rng))


def _base(rng: random.Random, known: Sequence[str]) -> str:
    return rng.choice(known) if known and rng.random() < 0.5 else grammar.query(rng)
