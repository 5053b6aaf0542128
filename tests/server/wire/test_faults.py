"""Errors as an operation's clients see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore.loaders
import botocore.model
import botocore.parsers
import orjson
import pytest

from seaglass.base import errors
from seaglass.server.wire.faults import NAMES, fault, unexpected
from tests.server.samples import MODEL

if TYPE_CHECKING:
    from seaglass.base.errors import SeaglassError


def parsed(error: SeaglassError, operation: str, **members: str) -> dict[str, object]:
    """Word an error for an operation, then read it as botocore does."""
    reply = fault(MODEL, MODEL.operations[operation], error, members)
    raw = botocore.loaders.Loader().load_service_model("neptune-graph", "service-2", "2023-11-29")
    service = botocore.model.ServiceModel(raw)
    response = {"status_code": reply.status, "headers": dict(reply.headers), "body": reply.body}
    parser = botocore.parsers.create_parser("rest-json")
    parsed = parser.parse(response, service.operation_model(operation).output_shape)
    # As the client's endpoint does: the error's code names the shape that the rest is read with.
    shape = service.shape_for_error_code(parsed["Error"]["Code"])
    return {**parsed, **(parser.parse(response, shape) if shape is not None else {})}


@pytest.mark.parametrize(
    ("error", "operation", "status", "code", "reason"),
    [
        (
            errors.Invalid("malformed_query", "m"),
            "ExecuteQuery",
            400,
            "ValidationException",
            "MALFORMED_QUERY",
        ),
        (
            errors.Unsupported("unsupported_operation", "m"),
            "ExecuteQuery",
            400,
            "ValidationException",
            "UNSUPPORTED_OPERATION",
        ),
        (
            errors.Interrupted("timeout", "m"),
            "ExecuteQuery",
            422,
            "UnprocessableException",
            "QUERY_TIMEOUT",
        ),
        (
            errors.Interrupted("cancelled", "m"),
            "ExecuteQuery",
            400,
            "ValidationException",
            "QUERY_CANCELLED",
        ),
        (
            errors.Exhausted("memory", "m"),
            "ExecuteQuery",
            422,
            "UnprocessableException",
            "MEMORY_LIMIT_EXCEEDED",
        ),
        (
            errors.Conflict("concurrent", "m"),
            "ExecuteQuery",
            409,
            "ConflictException",
            "CONCURRENT_MODIFICATION",
        ),
        (errors.Conflict("state", "m"), "DeleteGraph", 409, "ConflictException", None),
        (errors.Conflict("state", "m"), "ListQueries", 400, "ValidationException", None),
        (errors.NotFound("graph", "m"), "GetGraph", 404, "ResourceNotFoundException", None),
        (errors.NotFound("graph", "m"), "ExecuteQuery", 404, "ResourceNotFoundException", None),
        (
            errors.Invalid("bad_request", "m"),
            "ListGraphs",
            400,
            "ValidationException",
            "BAD_REQUEST",
        ),
        (errors.Forbidden("policy", "m"), "GetGraph", 403, "AccessDeniedException", None),
        (errors.Throttled("queue", "m"), "ExecuteQuery", 429, "ThrottlingException", None),
        (errors.Exhausted("memory", "m"), "GetGraphSummary", 500, "InternalServerException", None),
        (errors.Corrupt("corrupt", "m"), "ExecuteQuery", 500, "InternalServerException", None),
        (errors.NotFound("operation", "m"), "GetGraph", 404, "UnknownOperationException", None),
        (
            errors.Exhausted("request_size", "m"),
            "GetGraph",
            413,
            "RequestEntityTooLargeException",
            None,
        ),
    ],
)
def test_errors(
    error: SeaglassError, operation: str, status: int, code: str, reason: str | None
) -> None:
    response = parsed(error, operation)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["Error"] == {"Code": code, "Message": "m"}
    assert response.get("reason") == reason


def test_quota_members() -> None:
    response = parsed(
        errors.Exhausted("quota", "m"), "CreateGraph", quotaCode="L-1", resourceType="graph"
    )
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert (response["quotaCode"], response["resourceType"]) == ("L-1", "graph")


@pytest.mark.parametrize("operation", MODEL.operations)
def test_every_error_of_every_operation_has_a_wording(operation: str) -> None:
    """A known exception goes out under a name that the operation models, or AWS's common one."""
    for category, kind in NAMES:
        reply = fault(MODEL, MODEL.operations[operation], category(kind, "m", detail="secret"), {})
        content = orjson.loads(reply.body)
        assert (
            content["__type"] == f"com.amazonaws.neptunegraph#{reply.headers['x-amzn-ErrorType']}"
        )
        assert 400 <= reply.status <= 500
        assert b"secret" not in reply.body


def test_reasons_are_values_of_the_model() -> None:
    raw = botocore.loaders.Loader().load_service_model("neptune-graph", "service-2", "2023-11-29")
    for name, reason in NAMES.values():
        if reason is not None:
            assert reason in raw["shapes"][f"{name}Reason"]["enum"]


def test_an_unexpected_exception_says_only_its_request() -> None:
    reply = unexpected(MODEL, "r-1")
    assert reply.status == 500
    assert "r-1" in orjson.loads(reply.body)["message"]


@pytest.mark.parametrize(
    "error",
    [
        errors.NotFound("object", "cannot read /srv/data/x: it does not exist"),
        errors.NotFound("key", "cannot read /srv/data/keys/x"),
        errors.Exhausted("storage", "cannot append to /srv/data/x: No space left"),
        errors.Unavailable("storage", "cannot sync /srv/data/x: Input/output error"),
    ],
)
def test_paths_of_the_server_stay_there(error: SeaglassError) -> None:
    reply = fault(MODEL, MODEL.operations["ExecuteQuery"], error, {})
    assert b"/srv" not in reply.body
    assert len(orjson.loads(reply.body)["message"]) > 20
