"""Every query of the openCypher TCK compiles or is refused, and what is wrong is refused."""

from __future__ import annotations

from collections import Counter

import pytest

from seaglass.base.errors import Invalid, Unsupported
from seaglass.engine.cypher.compile import compile as compile_query
from tests.engine.cypher import tck

pytestmark = pytest.mark.skipif(not tck.FEATURES.is_dir(), reason="no TCK here; set SEAGLASS_TCK")

# Queries without a compile-time error that are refused all the same: indexes of a kind that the TCK
# refuses when they run, and a row of examples that begins with the comment sign of the feature
# files.
REFUSED_EARLY = 10


def outcome(text: str) -> str:
    try:
        compile_query(text)
    except Invalid:
        return "invalid"
    except Unsupported:
        return "not yet"
    return "compiles"


def test_all_queries() -> None:
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for case in tck.cases():
        (right if case.refusal is None else wrong)[outcome(case.text)] += 1
    assert wrong["compiles"] == 0
    assert wrong["invalid"] >= 380
    assert right["invalid"] <= REFUSED_EARLY
    assert right["compiles"] >= 1_500
