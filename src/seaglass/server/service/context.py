"""What handlers of operations are given, and what they give back.

Above: chain, operations. Below: control, the fleet's protocol. One `Services` per server.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seaglass.base.clock import Clock
    from seaglass.base.owner import Owner
    from seaglass.base.rng import Rng
    from seaglass.base.settings import Settings
    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.control.ports import Fleet


@dataclass(frozen=True, slots=True)
class Services:
    """The parts behind the operations, as the owner of a request sees them."""

    settings: Settings
    plane: ControlPlane
    fleet: Fleet
    clock: Clock
    rng: Rng

    def of(self, owner: Owner) -> Services:
        """The parts as another owner sees them."""
        return self if owner == self.plane.owner else replace(self, plane=self.plane.of(owner))


@dataclass(frozen=True, slots=True)
class Streamed:
    """A result that is sent as it comes. Errors before its end go to the client, in one way or
    another.
    """

    body: AsyncGenerator[bytes, None]
    content_type: str


# Members of an input, validated against the model, so that their types are what the model says.
Input = Mapping[str, Any]
Output = Mapping[str, object]
Handler = Callable[[Services, Input], Awaitable[Output | Streamed]]
