"""The engine and the oracle know the same calendar.

Method: random rows of temporal values and nulls, and random expressions over them, or groups of them in an order, by
four configurations of the engine and by the oracle; both fail, or both give the same rows, in the same order.
"""

from __future__ import annotations

from hypothesis import event, given, note, settings
from hypothesis import strategies as st

from seaglass.testkit import generated
from seaglass.testkit.oracle import PlainGraph
from tests.engine.exec.compare import OPTIONS, by_engine, by_oracle, compiled, exact, made
from tests.engine.exec.tools import WorkingView

ROWS = st.lists(made(generated.temporal_row), min_size=1, max_size=4)
NAMES = ("d", "e", "l", "k", "t", "u", "z", "m", "o", "p", "q", "n", "s")
START = "UNWIND $rows AS row WITH " + ", ".join(f"row.{name} AS {name}" for name in NAMES)


@settings(max_examples=settings().max_examples * 2)
@given(
    made(generated.temporal_expression).map(lambda text: f"{text} AS x")
    | made(generated.temporal_summary),
    ROWS,
)
def test_temporal_values(returned: str, rows: list) -> None:
    text = f"{START} RETURN {returned}"
    note(text)
    compiled(text)
    expected = by_oracle(text, PlainGraph(), {"rows": rows})
    event("fails" if expected is None else "answers")
    for options in OPTIONS:
        found = by_engine(text, WorkingView(), options, {"rows": rows})
        if expected is None or found is None:
            assert expected == found, options
        else:
            assert [*map(exact, map(list, found))] == [*map(exact, map(list, expected))], options
