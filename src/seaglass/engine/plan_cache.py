"""Compiled queries by text: the most recently used are kept, for as long as they are used.

Above: live_graph. Below: cypher/compile. A plan knows no parameters and is right for every graph, so one cache
serves all graphs of a process, and nothing ever makes an entry wrong. Where its order is by how much the graph
holds, it is made anew for a graph with twice or half as many nodes or edges.

    AUTO       every plan is kept: that costs nothing here. Explain tells of it, in place of the plan,
               where Neptune Analytics would have kept it: the query has parameters, none of them a
               list or a map, only reads, and took less than PLAN_AUTO_MS
    ENABLED    kept, and told of after any run of a query that only reads
    DISABLED   a new plan, which is not kept

A hint in the text goes before AUTO; what says DISABLED, hint or caller, is what holds.
Source: spec 03 section 5.
"""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Protocol

from seaglass.base.arguments import wrong
from seaglass.base.dialect import Dialect
from seaglass.base.limits import (
    EXPLAIN_ARGUMENT_LINES,
    EXPLAIN_LINE_CHARS,
    PLAN_AUTO_MS,
    PLAN_IDLE_MS,
    PLAN_TEXT_CHARS_MAX,
    PLANS_MAX,
)
from seaglass.engine.cypher.compile import RULE_NAMES
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical.short import is_short
from seaglass.engine.cypher.logical.statistics import Statistics
from seaglass.engine.cypher.semantics.procedures import CATALOGUE
from seaglass.engine.graph.sampled import mean_alike, mean_degree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.base.clock import Clock
    from seaglass.engine.cypher.logical.plan import Query
    from seaglass.engine.cypher.semantics.procedures import Catalogue
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.types import Value


_NOTE = (
    "The query runs by a plan from the cache. For the plan and its statistics, explain it with"
    " planCache=disabled."
)


class Caching(StrEnum):
    """What a query wants of the cache."""

    AUTO = "AUTO"
    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


def caching_of(text: str) -> Caching:
    """Raises: Invalid(illegal_argument) for another word."""
    caching = None
    if isinstance(text, str):
        caching = _CACHINGS.get(text) or _CACHINGS.get(text.upper())
    if caching is None:
        raise wrong("plan_cache", f"must be one of {', '.join(Caching)}", text)
    return caching


# A plan that was used so many seconds ago keeps its place among the others.
_LATELY = 0.001
# Members of an enumeration are slow to name.
_DISABLED = Caching.DISABLED
_CACHINGS = {str(caching): caching for caching in Caching}


# Powers of two below the numbers of nodes and edges.
Size = tuple[int, int]


class Asked(Protocol):
    """A graph that is asked."""

    @property
    def version(self) -> GraphVersion: ...


def _size_of(version: GraphVersion) -> Size:
    return version.node_count.bit_length(), version.edge_count.bit_length()


def _is_for(kept: Kept, graph: Asked) -> bool:
    """Whether a plan is for a graph of this size."""
    return kept.size is None or kept.size == _size_of(graph.version)


def _statistics(version: GraphVersion) -> Statistics:
    return Statistics(
        version.node_count,
        version.label_counts,
        partial(mean_degree, version),
        partial(mean_alike, version),
    )


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The run that made Neptune keep the plan.

    Attributes: at: seconds since 1970; took_ms: from its start until its result was read
    """

    query_id: str
    at: float
    took_ms: int


class Kept:
    """A plan with what is known of its use.

    Attributes: used_at: monotonic seconds; size: of graphs that it is for, where that matters; first_run: None
        while explain shows the plan itself; hits: uses since then; short: as `is_short` says; untold: whether
        explain may tell of a run that comes
    """

    __slots__ = ("first_run", "hits", "plan", "short", "size", "untold", "used_at")

    def __init__(self, plan: Query, used_at: float, size: Size | None = None) -> None:
        self.plan = plan
        self.size = size
        self.short = is_short(plan.root)
        self.used_at = used_at
        self.first_run: FirstRun | None = None
        self.hits = 0
        self.untold = not (plan.writes or plan.deletes or plan.hints.plan_cache is False)

    def tell(self, run: FirstRun) -> None:
        """Has explain tell of this run, in place of the plan."""
        self.hits = 0
        self.first_run = run
        self.untold = False


def told_below_ms(kept: Kept, caching: Caching, parameters: Mapping[str, Value]) -> float:
    """How long a run may take at most for explain to tell of the plan from then on; 0: no run does."""
    plan = kept.plan
    if not kept.untold or caching is Caching.DISABLED:
        return 0
    if caching is Caching.ENABLED or plan.hints.plan_cache:
        return math.inf
    values = [parameters.get(name) for name in plan.parameters]
    plain = not any(isinstance(value, list | dict) for value in values)
    return PLAN_AUTO_MS if values and plain else 0


def explain_kept(
    query_text: str, hits: int, first_run: FirstRun, parameters: Mapping[str, Value]
) -> str:
    """What explain says of a query whose plan was kept."""
    at = datetime.fromtimestamp(first_run.at, UTC).isoformat(timespec="milliseconds")
    given = json.dumps(parameters, ensure_ascii=False)
    most = EXPLAIN_LINE_CHARS * EXPLAIN_ARGUMENT_LINES
    lines = (
        f"Query: {query_text}",
        f"Plan cached by request: {first_run.query_id}",
        f"Plan cached at: {at.replace('+00:00', 'Z')}",
        f"Parameters: {given if len(given) <= most else given[:most] + '...'}",
        f"Plan cache hits: {hits}",
        f"First query evaluation time: {first_run.took_ms} ms",
        "",
        _NOTE,
    )
    return "\n".join(lines) + "\n"


class PlanCache:
    """Text -> plan, for the PLANS_MAX texts used last, within PLAN_IDLE_MS; all of one dialect and
    one catalogue of procedures."""

    def __init__(
        self,
        clock: Clock,
        dialect: Dialect = Dialect.OPENCYPHER,
        procedures: Catalogue = CATALOGUE,
    ) -> None:
        self.dialect = dialect
        self._monotonic = clock.monotonic
        self._procedures = procedures
        self._lock = threading.Lock()
        self._plans: OrderedDict[str, Kept] = OrderedDict()

    def plan(self, text: str, graph: Asked, caching: Caching = Caching.AUTO) -> Kept:
        """The plan of a query text; one that stays in the cache, or not.

        Args: graph: that is asked
        Raises: Invalid(malformed_query | query_too_large | …); Unsupported(unsupported_operation)
        """
        now = self._monotonic()
        # What is no text has no place among the plans, and is refused where it is compiled.
        if caching is _DISABLED or not isinstance(text, str):
            return self._made(text, graph, now)
        kept = self._plans.get(text)
        if kept is not None and now - kept.used_at < _LATELY and _is_for(kept, graph):
            kept.hits += 1
            return kept
        with self._lock:
            kept = self._plans.get(text)
            if (
                kept is not None
                and (now - kept.used_at) * 1000 <= PLAN_IDLE_MS
                and _is_for(kept, graph)
            ):
                kept.used_at = now
                kept.hits += 1
                self._plans.move_to_end(text)
                return kept
        kept = self._made(text, graph, now)
        if len(text) > PLAN_TEXT_CHARS_MAX or kept.plan.hints.plan_cache is False:
            return kept
        with self._lock:
            self._plans[text] = kept
            self._plans.move_to_end(text)
            while len(self._plans) > PLANS_MAX or self._is_idle(now):
                self._plans.popitem(last=False)
        return kept

    def _made(self, text: str, graph: Asked, now: float) -> Kept:
        version = graph.version
        found = _statistics(version)
        made = compile_query(text, self.dialect, self._procedures, statistics=found)
        return Kept(made, now, _size_of(version) if found.asked else None)

    def careful(self, text: str, graph: Asked, plan: Query) -> Query | None:
        """The plan of a query text that asks conditions that can fail only where the text has them;
        None where `plan` does.
        """
        found = _statistics(graph.version)
        other = compile_query(text, self.dialect, self._procedures, careful=True, statistics=found)
        return None if other.root == plan.root else other

    def rules_of(self, text: str, graph: Asked) -> tuple[str, ...]:
        """The rules that change the plan of a query text, in the order in which they run.

        Raises: as plan
        """
        fired: set[str] = set()
        found = _statistics(graph.version)
        compile_query(text, self.dialect, self._procedures, fired, statistics=found)
        return tuple([name for name in RULE_NAMES if name in fired])

    def _is_idle(self, now: float) -> bool:
        """Whether the plan that was used longest ago may go."""
        oldest = next(iter(self._plans.values()))
        return (now - oldest.used_at) * 1000 > PLAN_IDLE_MS

    def __len__(self) -> int:
        return len(self._plans)
