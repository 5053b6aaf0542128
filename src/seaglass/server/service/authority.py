"""What the caller of a request may do: policies against what its operation needs.

Above: chain, operations. Below: iam, control's tags. One `Authority` per request. A caller without
policies of its own may do everything, and costs nothing here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seaglass.base.errors import Forbidden, NotFound
from seaglass.server.iam.actions import (
    DATA_ACTIONS,
    SERVICE,
    needs,
    request_context,
    resource_arn,
)
from seaglass.server.iam.evaluate import Decision, Question, asks_for, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.base.clock import Clock
    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.iam.credential import Caller

_TAG = "aws:resourcetag/"


class Authority:
    """The rights of one caller.

    Attributes: whole: whether that one may do everything
    """

    def __init__(
        self, caller: Caller, address: str | None, plane: ControlPlane, clock: Clock
    ) -> None:
        """Args: address: where the request comes from"""
        self.whole = caller.policies is None
        self._caller = caller
        self._plane = plane
        self._address = address
        self._clock = clock

    async def check(self, operation: str, values: Mapping[str, object]) -> None:
        """Raises: Forbidden(denied) when an operation needs what the caller may not do."""
        if self._caller.policies is None:
            return
        for need in needs(operation, values):
            arn = resource_arn(self._caller.owner, need.resource, values)
            asked = request_context(operation, values)
            if not await self._may(need.action, arn, asked):
                raise Forbidden("denied", self._refusal(need.action, arn))

    async def withheld(self, values: Mapping[str, object]) -> Mapping[str, str]:
        """What a query on a graph may not do, each with the words to refuse it with.

        Raises: Forbidden(denied) when that is everything.
        """
        if self._caller.policies is None:
            return {}
        arn = resource_arn(self._caller.owner, "graph/{graphIdentifier}", values)
        refused = {
            what: self._refusal(action, arn)
            for what, action in DATA_ACTIONS.items()
            if not await self._may(action, arn, {})
        }
        if len(refused) == len(DATA_ACTIONS):
            raise Forbidden("denied", refused["reads"])
        return refused

    async def _may(self, action: str, arn: str, asked: Mapping[str, Sequence[str]]) -> bool:
        assert self._caller.policies is not None
        context = {**asked, **self._context(), **await self._tags(arn)}
        question = Question(f"{SERVICE}:{action}", arn, context)
        return evaluate(self._caller.policies, question) is Decision.ALLOWED

    def _context(self) -> dict[str, tuple[str, ...]]:
        caller, now = self._caller, self._clock.now()
        moment = datetime.fromtimestamp(now, UTC)
        context: dict[str, tuple[str, ...]] = {
            "aws:principalarn": (caller.arn,),
            "aws:principalaccount": (caller.owner.account_id,),
            "aws:userid": (caller.user_id,),
            "aws:requestedregion": (caller.owner.region,),
            "aws:currenttime": (moment.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "aws:epochtime": (str(int(now)),),
            "aws:securetransport": ("false",),
            **{key: (value,) for key, value in caller.context.items()},
        }
        if self._address is not None:
            context["aws:sourceip"] = (self._address,)
        return context

    async def _tags(self, arn: str) -> dict[str, tuple[str, ...]]:
        assert self._caller.policies is not None
        if not asks_for(self._caller.policies, _TAG):
            return {}
        try:
            tags = await self._plane.list_tags(arn)
        except NotFound:
            return {}
        return {_TAG + key.lower(): (value,) for key, value in tags.items()}

    def _refusal(self, action: str, arn: str) -> str:
        return (
            f"User: {self._caller.arn} is not authorized to perform: {SERVICE}:{action} on "
            f"resource: {arn}"
        )
