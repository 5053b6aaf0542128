"""The door for STS and IAM: `POST /` with a form, on the port of everything else.

Above: app. Below: iam. Clients that are given one endpoint for all of AWS ask here who they are
and what they may do, before they call a graph.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seaglass.base.errors import Forbidden, SeaglassError
from seaglass.server.iam import query
from seaglass.server.iam.gate import Gate
from seaglass.server.iam.identity import identify
from seaglass.server.iam.query import QueryFault
from seaglass.server.service.messages import headers_of, read_body, send_reply, signed_request
from seaglass.server.wire.serialize import Reply

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from seaglass.server.service.context import Services

# The largest form: a simulation of every action on a hundred resources is a tenth of it.
FORM_BYTES_MAX = 1024 * 1024

# Kinds of a refusal, in the words of the query protocol.
CODES = {
    "missing_token": "MissingAuthenticationToken",
    "unknown_token": "InvalidClientTokenId",
    "signature": "SignatureDoesNotMatch",
    "incomplete_signature": "IncompleteSignature",
    "denied": "AccessDenied",
}

_log = logging.getLogger(__name__)


class IdentityDoor:
    """The ASGI application for the query protocol."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._gate = Gate(services.directory, services.settings.owner, services.clock)

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Say whether a request is for this door."""
        return scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = self._services.rng.uuid()
        try:
            reply = await self._answer(scope, receive, request_id)
        except QueryFault as error:
            reply = _fault(error, request_id)
        except Forbidden as error:
            reply = _fault(QueryFault(403, CODES[error.kind], error.message), request_id)
        except SeaglassError as error:
            reply = _fault(QueryFault(400, "ValidationError", error.message), request_id)
        except Exception as error:
            _log.error("request %s failed", request_id, exc_info=error)
            failure = QueryFault(500, "InternalFailure", f"The server's log has it: {request_id}.")
            reply = _fault(failure, request_id)
        await send_reply(send, reply, request_id)

    async def _answer(self, scope: Scope, receive: Receive, request_id: str) -> Reply:
        body = await read_body(receive, FORM_BYTES_MAX)
        if body is None:
            raise QueryFault(
                413, "RequestEntityTooLarge", f"A form has at most {FORM_BYTES_MAX} bytes."
            )
        form = query.read(body)
        caller = self._gate.caller(
            headers_of(scope), lambda: signed_request(scope, body), query.service_of(form)
        )
        return Reply(
            200,
            {"content-type": query.XML},
            query.answer(form, identify(form, caller, self._services.directory), request_id),
        )


def _fault(error: QueryFault, request_id: str) -> Reply:
    return Reply(error.status, {"content-type": query.XML}, query.fault(error, request_id))
