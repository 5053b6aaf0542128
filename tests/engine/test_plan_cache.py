"""Which plans are kept, for how long, and what explain tells of them."""

from __future__ import annotations

import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Interrupted, Invalid
from seaglass.base.limits import PLAN_AUTO_MS, PLAN_IDLE_MS, PLAN_TEXT_CHARS_MAX, PLANS_MAX
from seaglass.engine.database import Database
from seaglass.engine.graph.version import empty
from seaglass.engine.plan_cache import Caching, Kept, PlanCache


class Nothing:
    """A graph that is asked."""

    version = empty()


NOTHING = Nothing()


class Lab:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.graph = Database.open(clock=self.clock).create_graph("g")

    def run(self, text: str, took_ms: int = 0, plan_cache: str = "AUTO", **given: object) -> None:
        result = self.graph.query(text, given, plan_cache=plan_cache)
        self.clock.sleep(took_ms / 1000)
        result.rows()

    def told(self, text: str, plan_cache: str = "AUTO", **given: object) -> str:
        return self.graph.explain(text, given, plan_cache=plan_cache)


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_the_last_thousand_plans_are_kept() -> None:
    clock = ManualClock()
    cache = PlanCache(clock)

    def plan(text: str) -> Kept:
        # Two uses within a millisecond are as one.
        clock.sleep(0.001)
        return cache.plan(text, NOTHING)

    first = plan("RETURN 0")
    assert plan("RETURN 0") is first
    for number in range(1, PLANS_MAX):
        plan(f"RETURN {number}")
    assert plan("RETURN 0") is first
    assert len(cache) == PLANS_MAX
    second = plan("RETURN 1")
    plan("RETURN 'one more'")
    assert len(cache) == PLANS_MAX
    assert plan("RETURN 1") is second
    # 2 was used longest ago.
    assert plan("RETURN 0") is first


def test_a_plan_goes_when_it_is_not_used_for_five_minutes() -> None:
    clock = ManualClock()
    cache = PlanCache(clock)
    first = cache.plan("RETURN 1", NOTHING)
    for _ in range(3):
        clock.sleep(PLAN_IDLE_MS / 1000)
        assert cache.plan("RETURN 1", NOTHING) is first
    clock.sleep(PLAN_IDLE_MS / 1000 + 0.001)
    assert cache.plan("RETURN 1", NOTHING) is not first
    clock.sleep(PLAN_IDLE_MS / 1000 + 0.001)
    cache.plan("RETURN 2", NOTHING)
    assert len(cache) == 1


def test_disabled_neither_stores_nor_uses() -> None:
    cache = PlanCache(ManualClock())
    kept = cache.plan("RETURN 1", NOTHING)
    assert cache.plan("RETURN 1", NOTHING, Caching.DISABLED) is not kept
    assert cache.plan("RETURN 1", NOTHING) is kept
    cache.plan("RETURN 2", NOTHING, Caching.DISABLED)
    cache.plan("USING QUERY:PLANCACHE 'disabled' RETURN 1", NOTHING, Caching.ENABLED)
    cache.plan(f"RETURN '{'x' * PLAN_TEXT_CHARS_MAX}'", NOTHING)
    assert len(cache) == 1


# Five steps, of which the first three in the order of the text are far too many.
BAD_ORDER = """
MATCH (t:Tag {name: 'a'}), (t)<-[:HAS]-(m), (t)<-[:LIKES]-(p), (m)-[:IN]->(f:Forum), (p)-[:MODERATES]->(f)
RETURN count(*) AS found
"""


def test_a_plan_whose_order_is_by_size_is_made_anew_for_another_size(lab: Lab) -> None:
    plans = lab.graph._plans
    small = plans.plan(BAD_ORDER, lab.graph)
    assert small.size == (0, 0)
    assert plans.plan("MATCH (n {`~id`: '1'})-->(m) RETURN m", lab.graph).size is None
    lab.run(
        """
        CREATE (t:Tag {name: 'a'}), (f:Forum)
        WITH t, f UNWIND range(1, 300) AS x
        CREATE (t)<-[:HAS]-(m)-[:IN]->(f), (t)<-[:LIKES]-(p)
        WITH p, f, x WHERE x = 7 CREATE (p)-[:MODERATES]->(f)
        """
    )
    large = plans.plan(BAD_ORDER, lab.graph)
    assert large.size == (10, 10)
    assert plans.plan(BAD_ORDER, lab.graph) is large
    assert small.plan.root != large.plan.root
    rows = lab.graph.query(BAD_ORDER).rows()
    assert rows == [{"found": 300}]


READ = "UNWIND [1, 2] AS x RETURN x + $n AS y"


def test_auto_tells_of_quick_queries_with_plain_parameters(lab: Lab) -> None:
    lab.run(READ, PLAN_AUTO_MS, n=1)
    assert "DFEUnfold" in lab.told(READ, n=1)
    lab.run(READ, PLAN_AUTO_MS - 1, n=1)
    assert lab.told(READ, n=2).startswith(f"Query: {READ}\nPlan cached by request: ")
    for text, given in (
        ("RETURN 1 AS x", {}),
        ("RETURN $l AS x", {"l": [1]}),
        ("RETURN $m AS x", {"m": {}}),
        ("CREATE ({x: $n})", {"n": 1}),
    ):
        lab.run(text, **given)
        assert "SolutionInjection" in lab.told(text, **given)


def test_enabled_tells_whatever_the_time(lab: Lab) -> None:
    lab.run("RETURN 1 AS x", 10_000, "enabled")
    lab.run("USING QUERY:PLANCACHE 'enabled' RETURN [1] AS x", 10_000)
    lab.run("CREATE (:A)", plan_cache="ENABLED")
    assert "Plan cache hits" in lab.told("RETURN 1 AS x")
    assert "Plan cache hits" in lab.told("USING QUERY:PLANCACHE 'enabled' RETURN [1] AS x")
    assert "Plan cache hits" not in lab.told("CREATE (:A)")
    assert "Plan cache hits" not in lab.told("RETURN 1 AS x", plan_cache="DISABLED")
    assert "Plan cache hits" not in lab.graph.explain("RETURN 1 AS x")


def test_what_explain_tells_of_a_kept_plan(lab: Lab) -> None:
    result = lab.graph.query(READ, {"n": 1}, query_id="the-first")
    lab.clock.sleep(0.042)
    result.rows()
    lab.run(READ, n=3)
    told = lab.graph.explain(READ, {"n": 5}, mode="DETAILS", plan_cache="AUTO")
    assert told.splitlines()[:6] == [
        f"Query: {READ}",
        "Plan cached by request: the-first",
        "Plan cached at: 2023-11-14T22:13:20.042Z",
        'Parameters: {"n": 5}',
        "Plan cache hits: 2",
        "First query evaluation time: 42 ms",
    ]
    assert "planCache=disabled" in told


def test_details_of_the_first_run_shows_the_plan(lab: Lab) -> None:
    first = lab.graph.explain(READ, {"n": 5}, mode="DETAILS", plan_cache="AUTO")
    assert "Units Out" in first
    assert "Plan cache hits" in lab.graph.explain(READ, {"n": 5}, plan_cache="AUTO")


def test_the_smaller_of_two_timeouts_holds(lab: Lab) -> None:
    text = "USING QUERY:TIMEOUTMILLISECONDS 50 UNWIND range(1, 100000) AS x RETURN x"
    for given, sleep_ms, ends in ((None, 50, True), (10, 10, True), (100, 49, False)):
        result = lab.graph.query(text, timeout_ms=given)
        lab.clock.sleep(sleep_ms / 1000)
        if ends:
            with pytest.raises(Interrupted):
                result.rows()
        else:
            assert len(result.rows()) == 100_000


def test_another_word_is_refused(lab: Lab) -> None:
    with pytest.raises(Invalid, match="AUTO, ENABLED, DISABLED, not 'always'"):
        lab.graph.query("RETURN 1", plan_cache="always")
