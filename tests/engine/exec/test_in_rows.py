"""What is a step of Python for each row is done for some rows at a time: the same answer, and the query
may end between."""

from __future__ import annotations

import pytest

from seaglass.engine.exec.expressions import text_parts
from seaglass.engine.exec.run import run
from tests.engine.exec.tools import Never, compile_query, context_of, ran

ROWS = 100
EXPRESSIONS = (
    "duration({days: x, hours: x % 5})",
    "date('2020-01-' + (10 + x % 20))",
    "datetime({epochMillis: x})",
    "valueType(CASE x % 2 WHEN 0 THEN x ELSE 'a' END)",
    "CASE x % 2 WHEN 0 THEN x ELSE x + 0.5 END * 3",
    "CASE x % 2 WHEN 0 THEN x ELSE 'a' END < 7",
    "[x, x % 3] = [1, 2]",
    "[x, 'a', null] = [x, 'a', x % 2]",
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_same_as_at_once(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"UNWIND range(1, {ROWS}) AS x RETURN {expression} AS y"
    whole = ran(text).rows
    monkeypatch.setattr(text_parts, "_PART_ROWS", 7)
    assert ran(text).rows == whole


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_may_end_between(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query = compile_query(f"UNWIND range(1, {ROWS}) AS x RETURN {expression} AS y")

    def looks() -> int:
        context = context_of()
        assert sum(frame.rows for frame in run(query, context)) == ROWS
        assert isinstance(context.interrupt, Never)
        return context.interrupt.checks

    few = looks()
    monkeypatch.setattr(text_parts, "_PART_ROWS", 7)
    assert looks() >= few + ROWS // 7
