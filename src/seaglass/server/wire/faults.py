"""Our errors as the exceptions of an operation.

Above: the service's chain. Below: model, serialize. `NAMES` says which exception a category and
kind mean; `INSTEAD` which other one is sent when the operation does not model it; where none of
those is modelled either, AWS's common error of that name and status goes out, which clients parse
all the same. `message` is sent, `detail` never; of an exception that is none of ours nothing is
sent but the request's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from seaglass.base.errors import (
    Conflict,
    Corrupt,
    Exhausted,
    Forbidden,
    Interrupted,
    Invalid,
    NotFound,
    SeaglassError,
    Throttled,
    Unavailable,
    Unsupported,
)
from seaglass.base.public import public_message
from seaglass.server.wire.serialize import JSON, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.wire.model import Operation, ServiceModel

VALIDATION = "ValidationException"
NOT_FOUND = "ResourceNotFoundException"
CONFLICT = "ConflictException"
QUOTA = "ServiceQuotaExceededException"
UNPROCESSABLE = "UnprocessableException"
THROTTLING = "ThrottlingException"
DENIED = "AccessDeniedException"
INTERNAL = "InternalServerException"

# (category, kind) -> (exception, reason); kind "" is the rest of the category.
NAMES: Mapping[tuple[type[SeaglassError], str], tuple[str, str | None]] = {
    (Invalid, "malformed_query"): (VALIDATION, "MALFORMED_QUERY"),
    (Invalid, "unsupported_operation"): (VALIDATION, "UNSUPPORTED_OPERATION"),
    (Invalid, "illegal_argument"): (VALIDATION, "ILLEGAL_ARGUMENT"),
    (Invalid, "constraint"): (VALIDATION, "CONSTRAINT_VIOLATION"),
    (Invalid, "query_too_large"): (VALIDATION, "QUERY_TOO_LARGE"),
    (Invalid, ""): (VALIDATION, "BAD_REQUEST"),
    (Unsupported, ""): (VALIDATION, "UNSUPPORTED_OPERATION"),
    (NotFound, "operation"): ("UnknownOperationException", None),
    # A chunk or key that a manifest names and the store lacks is damage, not a wrong name.
    (NotFound, "object"): (INTERNAL, None),
    (NotFound, "key"): (INTERNAL, None),
    (NotFound, ""): (NOT_FOUND, None),
    (Conflict, "concurrent"): (CONFLICT, "CONCURRENT_MODIFICATION"),
    (Conflict, ""): (CONFLICT, None),
    (Forbidden, "missing_token"): ("MissingAuthenticationTokenException", None),
    (Forbidden, "unknown_token"): ("UnrecognizedClientException", None),
    (Forbidden, "signature"): ("InvalidSignatureException", None),
    (Forbidden, "incomplete_signature"): ("IncompleteSignatureException", None),
    (Forbidden, ""): (DENIED, None),
    (Exhausted, "memory"): (UNPROCESSABLE, "MEMORY_LIMIT_EXCEEDED"),
    (Exhausted, "storage"): (UNPROCESSABLE, "STORAGE_LIMIT_EXCEEDED"),
    (Exhausted, "quota"): (QUOTA, None),
    (Exhausted, "request_size"): ("RequestEntityTooLargeException", None),
    (Exhausted, ""): (UNPROCESSABLE, "INTERNAL_LIMIT_EXCEEDED"),
    (Interrupted, "cancelled"): (VALIDATION, "QUERY_CANCELLED"),
    (Interrupted, ""): (UNPROCESSABLE, "QUERY_TIMEOUT"),
    (Throttled, ""): (THROTTLING, None),
    (Unavailable, ""): (INTERNAL, None),
    (Corrupt, ""): (INTERNAL, None),
}

# What to send when the operation does not model the exception. Reasons are kept only where the
# shape has them.
INSTEAD: Mapping[str, tuple[str, ...]] = {
    CONFLICT: (VALIDATION,),
    QUOTA: (VALIDATION,),
    UNPROCESSABLE: (INTERNAL,),
}

# Statuses of AWS's common errors, for names that the service does not model.
COMMON: Mapping[str, int] = {
    "UnknownOperationException": 404,
    "RequestEntityTooLargeException": 413,
    "MissingAuthenticationTokenException": 403,
    "UnrecognizedClientException": 403,
    "InvalidSignatureException": 403,
    "IncompleteSignatureException": 403,
}


def fault(
    model: ServiceModel,
    operation: Operation | None,
    error: SeaglassError,
    members: Mapping[str, str],
) -> Reply:
    """Word an error for a client of this operation; `members` are the exception's own, beyond the
    message.
    """
    name, reason = _name(error)
    if operation is not None and name in model.faults and name not in operation.errors:
        modelled = [other for other in INSTEAD.get(name, ()) if other in operation.errors]
        if modelled:
            name, reason = modelled[0], None
    shape = model.faults.get(name)
    content: dict[str, object] = {
        "__type": f"{model.namespace}#{name}",
        "message": public_message(error),
    }
    extra = {**members, **({} if reason is None else {"reason": reason})}
    content |= {k: v for k, v in extra.items() if shape is not None and k in shape.members}
    return _reply(name, COMMON[name] if shape is None else shape.status, content)


def unexpected(model: ServiceModel, request_id: str) -> Reply:
    """Word an exception that is none of ours: only the id under which the log has the rest."""
    message = f"An internal error occurred. The server's log has it under request {request_id}."
    content = {"__type": f"{model.namespace}#{INTERNAL}", "message": message}
    return _reply(INTERNAL, model.faults[INTERNAL].status, content)


def _name(error: SeaglassError) -> tuple[str, str | None]:
    for category in type(error).__mro__:
        for kind in (error.kind, ""):
            found = NAMES.get((category, kind))
            if found is not None:
                return found
    return INTERNAL, None


def _reply(name: str, status: int, content: Mapping[str, object]) -> Reply:
    headers = {"content-type": JSON, "x-amzn-ErrorType": name}
    return Reply(status, headers, orjson.dumps(content))
