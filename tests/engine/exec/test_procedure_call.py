"""CALL of procedures: a catalogue and bodies made for the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import text as plan_text
from seaglass.engine.cypher.logical.procedures import Field, Procedure, Type
from seaglass.engine.cypher.semantics.procedures import PROCEDURES, catalogue
from seaglass.engine.diff_procedure import DIFF
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.procedures import BODIES, row_by_row
from seaglass.engine.exec.run import run
from seaglass.engine.graph.version import empty
from seaglass.engine.plan_cache import PlanCache
from seaglass.engine.values.frame import Frame
from tests.engine.exec.tools import WorkingView, context_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.exec.context import Context


def field(name: str, kind: Type = Type.INTEGER, *, nullable: bool = True) -> Field:
    return Field(name, kind, nullable)


UP_TO = Procedure("test.upTo", (field("most"),), (field("n"), field("square")), False, False)
HALF = Procedure(
    "test.half", (field("x", Type.FLOAT, nullable=False),), (field("y", Type.FLOAT),), False, False
)
NOTE = Procedure("test.note", (field("x"),), (), False, True)
LOG = Procedure("test.log", (), (field("size"),), True, True)


class Laboratory:
    """Runs queries with the procedures above; `notes` is what test.note was called with."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.notes: list[Any] = []
        self.bodies = {
            "test.upTo": row_by_row(
                ["n", "square"], lambda _, most: [(n, n * n) for n in range(1, (most or 0) + 1)]
            ),
            "test.half": row_by_row(["y"], lambda _, x: [(x / 2,)]),
            "test.note": self._note,
            "test.log": row_by_row(["size"], lambda _: [(len(self.notes),)]),
        }

    def _note(self, arguments: Frame, _: Context) -> Iterator[tuple[Any, Frame]]:
        self.notes += arguments.columns["x"].to_list()
        yield np.empty(0, np.int64), Frame({}, 0)

    def rows(self, text: str, **parameters: Any) -> list[tuple[Any, ...]]:
        query = compile_query(text, procedures=catalogue((UP_TO, HALF, NOTE, LOG)))
        context = context_of(WorkingView(), parameters, self.options)
        context.procedures = self.bodies
        found: list[tuple[Any, ...]] = []
        for frame in run(query, context):
            assert 0 < frame.rows <= self.options.frame_rows
            values = [frame.columns[name].to_list() for name in query.columns]
            found.extend(zip(*values, strict=True))
        return found


@pytest.fixture(
    params=[Options(), Options(frame_rows=2), Options(force_mixed=True, frame_rows=1)], ids=str
)
def laboratory(request: pytest.FixtureRequest) -> Laboratory:
    return Laboratory(request.param)


def test_each_row_goes_on_with_each_of_its_results(laboratory: Laboratory) -> None:
    text = """UNWIND [2, null, 3] AS m CALL test.upTo(m) YIELD n AS k, square WHERE k > 1 AND m > 0
              RETURN m, k, square"""
    assert laboratory.rows(text) == [(2, 2, 4), (3, 2, 4), (3, 3, 9)]


def test_calls_stand_inside_of_subqueries(laboratory: Laboratory) -> None:
    text = """UNWIND [1, 3] AS x CALL { WITH x CALL test.upTo(x) YIELD n RETURN sum(n) AS s }
              RETURN s, COUNT { UNWIND [x, 2] AS y CALL test.upTo(y) YIELD n } AS c,
              EXISTS { CALL test.upTo(x) YIELD n WHERE n = 2 } AS e"""
    assert laboratory.rows(text) == [(1, 3, False), (6, 5, True)]


def test_a_call_alone_gives_its_results(laboratory: Laboratory) -> None:
    assert laboratory.rows("CALL test.upTo(2)") == [(1, 1), (2, 4)]
    assert laboratory.rows("CALL test.upTo", most=1) == [(1, 1)]
    assert laboratory.rows("CALL test.upTo(2) YIELD *") == [(1, 1), (2, 4)]
    assert laboratory.rows("CALL test.upTo(2) YIELD square AS s, n WHERE n = 2;") == [(4, 2)]


def test_integers_become_floats_where_these_are_declared(laboratory: Laboratory) -> None:
    halves = laboratory.rows("UNWIND [1, 2.5, $x] AS x CALL test.half(x) YIELD y RETURN y", x=3)
    assert halves == [(0.5,), (1.25,), (1.5,)]
    assert all(type(value) is float for (value,) in halves)


@pytest.mark.parametrize("x", ["one", None, [1.0], True])
def test_a_value_of_another_type_is_refused(laboratory: Laboratory, x: object) -> None:
    with pytest.raises(Invalid, match="The argument x expected a value of type FLOAT") as raised:
        laboratory.rows("CALL test.half($x)", x=x)
    assert raised.value.code == "SyntaxError.InvalidArgumentType"


def test_a_procedure_that_writes_takes_all_rows_first(laboratory: Laboratory) -> None:
    text = """UNWIND range(1, 5) AS x CALL test.log() YIELD size AS before CALL test.note(x)
              CALL test.log() YIELD size AS after RETURN DISTINCT before, after LIMIT 1"""
    assert laboratory.rows(text) == [(0, 5)]
    assert laboratory.notes == [1, 2, 3, 4, 5]


def test_a_query_may_end_with_a_void_procedure(laboratory: Laboratory) -> None:
    assert laboratory.rows("UNWIND [7, 8] AS x CALL test.note(x)") == []
    assert laboratory.rows("CALL test.note(9)") == []
    assert laboratory.notes == [7, 8, 9]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("CALL test.upto(1)", "ProcedureError.ProcedureNotFound"),
        ("CALL test.upTo()", "SyntaxError.InvalidNumberOfArguments"),
        ("CALL test.upTo('x')", "SyntaxError.InvalidArgumentType"),
        ("CALL test.half(null)", "SyntaxError.InvalidArgumentType"),
        ("CALL test.upTo(count(*))", "SyntaxError.InvalidAggregation"),
        ("CALL test.upTo(1) YIELD m", "SyntaxError.UndefinedVariable"),
        ("CALL test.upTo(1) YIELD n, square AS n", "SyntaxError.VariableAlreadyBound"),
        ("CALL test.upTo YIELD n RETURN n", "SyntaxError.InvalidArgumentPassingMode"),
        ("CALL test.upTo(1) YIELD * RETURN n", "SyntaxError.UnexpectedSyntax"),
        ("UNWIND [1] AS x CALL test.upTo(x) RETURN x", "SyntaxError.UndefinedVariable"),
        ("RETURN EXISTS { CALL test.note(1) }", "SyntaxError.InvalidClauseComposition"),
        ("UNWIND [1] AS x CALL test.upTo(x) YIELD n", "SyntaxError.InvalidClauseComposition"),
    ],
)
def test_wrong_calls(query: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        compile_query(query, procedures=catalogue((UP_TO, HALF, NOTE)))
    assert raised.value.code == code


def test_what_a_query_does_is_what_its_procedures_do() -> None:
    found = [
        compile_query(f"CALL {name}", procedures=catalogue((UP_TO, NOTE)))
        for name in ("test.upTo(1)", "test.note(1)")
    ]
    assert [(query.reads, query.writes) for query in found] == [(True, False), (False, True)]


def test_a_plan_shows_the_call() -> None:
    query = compile_query(
        "CALL test.upTo(2) YIELD n, square AS s RETURN s", procedures=catalogue((UP_TO,))
    )
    assert "ProcedureCall test.upTo(2) YIELD n, square AS s" in plan_text.query(query)


class Nothing:
    """A graph that is asked."""

    version = empty()


def test_plans_are_kept_for_one_catalogue() -> None:
    other = Procedure(UP_TO.name, UP_TO.arguments, (field("only"),), False, False)
    plans = [
        PlanCache(ManualClock(), procedures=catalogue((procedure,))).plan(
            "CALL test.upTo(1)", Nothing()
        )
        for procedure in (UP_TO, other)
    ]
    assert [kept.plan.columns for kept in plans] == [("n", "square"), ("only",)]


def test_names_and_bodies_are_the_same() -> None:
    assert sorted(procedure.name for procedure in PROCEDURES) == sorted([*BODIES, DIFF])
