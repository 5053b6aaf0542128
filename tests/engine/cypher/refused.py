"""How a query is refused: kind, sentence and place."""

from __future__ import annotations

import re

import pytest

from seaglass.base.errors import SeaglassError
from seaglass.engine.cypher.compile import compile as compile_query

_PLACE = re.compile(
    r"(.*) \(line (\d+), column (\d+) \(offset: (\d+)\)\)\n(.*)\n( *|\t*)\^", re.DOTALL
)


def refusal(text: str) -> tuple[str, str, int, int]:
    """Kind, sentence, line and column; checks that offset, excerpt and caret agree with them."""
    with pytest.raises(SeaglassError) as caught:
        compile_query(text)
    found = _PLACE.fullmatch(caught.value.message)
    assert found is not None, caught.value.message
    sentence, line, column, offset, excerpt, blank = found.groups()
    lines = text[: int(offset)].splitlines(keepends=True) or [""]
    if lines[-1].endswith("\n"):
        lines.append("")
    assert (int(line), int(column)) == (len(lines), len(lines[-1]) + 1)
    if "..." not in excerpt:
        assert excerpt == (text.splitlines() or [""])[int(line) - 1]
        assert len(blank) == int(column) - 1
    return caught.value.kind, sentence, int(line), int(column)
