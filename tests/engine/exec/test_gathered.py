"""Aggregates that gather values answer typed columns as they answer mixed ones.

Method: many rows in several groups, by the typed path and by the mixed one; sizes past which arrays are
used, and values that these do not take.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from tests.engine.exec.tools import compile_query, context_of

COUNT = 900
VALUES: dict[str, list[Any]] = {
    "floats": [math.sin(i) * 10 ** (i % 7) for i in range(COUNT)],
    "floats and nulls": [None if i % 5 == 0 else math.cos(i) for i in range(COUNT)],
    "not all finite": [(math.nan, math.inf, 1.5, -0.0, 0.0)[i % 5] for i in range(COUNT)],
    "huge": [(-1) ** i * 1e200 * (i + 1) for i in range(COUNT)],
    "integers": [i * 7919 % 1009 for i in range(COUNT)],
    "large integers": [2**62 + i for i in range(COUNT)],
    "integers and floats": [i if i % 2 else i / 3 for i in range(COUNT)],
    "texts": [f"text {i % 50}" for i in range(COUNT)],
    "nothing": [None] * COUNT,
}
AGGREGATES = (
    "collect(x)",
    "collect(DISTINCT x)",
    "stDev(x)",
    "stDevP(x)",
    "percentileCont(x, 0.5)",
    "percentileCont(x, 0.37)",
    "percentileDisc(x, $share)",
    "percentileDisc(DISTINCT x, 1)",
    "percentileCont(x, 1.5)",
    "percentileCont(x, 'a')",
    "percentileCont(x, toFloat(g) / 10)",
    "percentileDisc(x, 0.1), percentileDisc(x, 0.9), stDev(x), collect(x)[3]",
)


def answer(text: str, values: list[Any], options: Options) -> object:
    rows = [{"x": value, "g": place % 3} for place, value in enumerate(values)]
    query = compile_query(f"UNWIND $rows AS r WITH r.x AS x, r.g AS g {text}")
    context = context_of(parameters={"rows": rows, "share": 0.25}, options=options)
    try:
        frames = list(run(query, context))
    except Invalid as error:
        return error.kind, str(error)
    return [repr(frame.columns[name].to_list()) for frame in frames for name in query.columns]


@pytest.mark.parametrize("name", VALUES)
def test_typed_and_mixed(name: str) -> None:
    for aggregate in AGGREGATES:
        for text in (f"RETURN {aggregate}", f"RETURN g, {aggregate}"):
            mixed = answer(text, VALUES[name], Options(force_mixed=True))
            assert answer(text, VALUES[name], Options()) == mixed, text
            assert answer(text, VALUES[name], Options(frame_rows=100)) == mixed, text
