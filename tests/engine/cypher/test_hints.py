"""Query hints: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from seaglass.base.dialect import Dialect
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import text
from seaglass.engine.cypher.syntax.hints import NO_HINTS, Hints

QUERY = "MATCH (n) RETURN n"


@pytest.mark.parametrize(
    ("hints", "meaning"),
    [
        ("", NO_HINTS),
        ('USING QUERY:PLANCACHE "enabled"', Hints(True, None)),
        ("using query:plancache 'DISABLED'", Hints(False, None)),
        ("// first\nUSING QUERY : TIMEOUTMILLISECONDS 250\n", Hints(None, 250)),
        ('USING QUERY:assumeConsistentDataTypes "true"', NO_HINTS),
        ('USING QUERY:PLANCACHE "enabled" USING QUERY:TIMEOUTMILLISECONDS 5', Hints(True, 5)),
    ],
)
def test_hints_are_read_and_change_no_plan(hints: str, meaning: Hints) -> None:
    query = compile_query(f"{hints} {QUERY}")
    assert query.hints == meaning
    assert text.query(query) == text.query(compile_query(QUERY))


@pytest.mark.parametrize(
    ("query", "column", "message"),
    [
        ("USING QUERY:PLANCASH 'enabled' RETURN 1", 13, "did you mean PLANCACHE?"),
        ("USING QUERY:explain 'x' RETURN 1", 13, "There is no query hint `explain`; there are"),
        ("USING QUERY:PLANCACHE 'on' RETURN 1", 23, '"enabled" or "disabled"'),
        ("USING QUERY:PLANCACHE true RETURN 1", 23, '"enabled" or "disabled"'),
        ("USING QUERY:TIMEOUTMILLISECONDS '5' RETURN 1", 33, "an integer of at least 1"),
        ("USING QUERY:TIMEOUTMILLISECONDS 0 RETURN 1", 33, "an integer of at least 1"),
        ("USING QUERY:assumeConsistentDataTypes 'x' RETURN 1", 39, '"true" or "false"'),
        ("USING INDEX n:L(x) RETURN 1", 7, "`QUERY` after `USING`"),
        ("USING QUERY PLANCACHE 'enabled' RETURN 1", 13, "`:` and a hint"),
        (
            "USING QUERY:PLANCACHE 'enabled' USING QUERY:plancache 'enabled' RETURN 1",
            45,
            "stands twice",
        ),
        ("USING QUERY:PLANCACHE 'enabled'", 32, "empty"),
        ("RETURN 1 USING QUERY:PLANCACHE 'enabled'", 10, "before the first clause"),
    ],
)
def test_a_wrong_hint_is_refused(query: str, column: int, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        compile_query(query)
    assert refused.value.kind == "malformed_query"
    assert message in refused.value.message
    assert f"(line 1, column {column} " in refused.value.message


def test_rules_can_be_left_out_by_seaglass_only() -> None:
    text = "USING QUERY:RULESOFF 'all' RETURN 1"
    assert compile_query(text).hints.rules_off
    with pytest.raises(
        Invalid, match="There is no query hint `RULESOFF`; there are PLANCACHE, TIME"
    ) as refused:
        compile_query(text, Dialect.NEPTUNE)
    assert refused.value.message.count("RULESOFF") == 2
