"""Compiled queries by text: the most recently used are kept.

Above: live_graph. Below: cypher/compile. A plan knows no graph and no parameters, so one cache serves all graphs of a
process, and nothing ever makes an entry stale.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from seaglass.base.limits import PLAN_TEXT_CHARS_MAX, PLANS_MAX
from seaglass.engine.cypher.compile import compile as compile_query

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.plan import Query


class PlanCache:
    """Text -> plan, for the PLANS_MAX texts used last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: OrderedDict[str, Query] = OrderedDict()

    def plan(self, text: str, *, kept: bool = True) -> Query:
        """The plan of a query text.

        Args: kept: False for a new plan that is not kept
        Raises: Invalid(malformed_query | query_too_large | …); Unsupported(unsupported_operation)
        """
        if not kept:
            return compile_query(text)
        with self._lock:
            plan = self._plans.get(text)
            if plan is not None:
                self._plans.move_to_end(text)
                return plan
        plan = compile_query(text)
        if len(text) > PLAN_TEXT_CHARS_MAX:
            return plan
        with self._lock:
            self._plans[text] = plan
            while len(self._plans) > PLANS_MAX:
                self._plans.popitem(last=False)
        return plan
