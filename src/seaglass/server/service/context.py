"""What handlers of operations are given, and what they give back.

Above: chain, operations. Below: authority, control, the fleet's protocol. One `Services` per server.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seaglass.server.service.authority import Authority

if TYPE_CHECKING:
    from seaglass.base.clock import Clock
    from seaglass.base.rng import Rng
    from seaglass.base.settings import Settings
    from seaglass.server.control.plane import ControlPlane
    from seaglass.server.control.ports import Fleet
    from seaglass.server.iam.credential import Caller
    from seaglass.server.iam.principals import Directory
    from seaglass.server.service.sent import Sent


# The next two are made for every request. They are not frozen, as setting frozen fields takes three
# times as long; that the fields are `Final` says the same to the type checker.


@dataclass(slots=True)
class Services:
    """The parts behind the operations; of a request, as its caller sees them, with its rights."""

    settings: Final[Settings]
    plane: Final[ControlPlane]
    fleet: Final[Fleet]
    clock: Final[Clock]
    rng: Final[Rng]
    directory: Final[Directory | None] = None
    # Of a request only.
    authority: Final[Authority | None] = None
    sent: Final[Sent | None] = None

    def of(self, caller: Caller, address: str | None, sent: Sent) -> Services:
        """The parts as a caller at an address sees them, for what it has sent."""
        owner = caller.owner
        plane = self.plane if owner == self.plane.owner else self.plane.of(owner)
        authority = Authority(caller, address, plane, self.clock)
        return Services(
            self.settings, plane, self.fleet, self.clock, self.rng, self.directory, authority, sent
        )


@dataclass(slots=True)
class Streamed:
    """A result that is sent as it comes. Errors before its end go to the client, in one way or
    another.
    """

    body: Final[AsyncGenerator[bytes, None]]
    content_type: Final[str]


# Members of an input, validated against the model, so that their types are what the model says.
Input = Mapping[str, Any]
Output = Mapping[str, object]
Handler = Callable[[Services, Input], Awaitable[Output | Streamed]]
