"""What the service model says of an answer, whatever was asked: the judge of the tests here.

It reads botocore's own objects, not the server's compiled model, so that the two do not err together. An error is one
that the operation models, or one of `UNMODELLED`, with the same name in header and body; an output has every member
that the model requires, none that it does not know, and values that fit their shapes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import botocore.session
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

    from tests.conformance.application import Answer

MODEL = botocore.session.get_session().get_service_model("neptune-graph")
NAMESPACE = "com.amazonaws.neptunegraph#"

# AWS's common errors, which any operation may answer with, and their statuses.
COMMON = {"UnknownOperationException": 404, "RequestEntityTooLargeException": 413}

# Modelled for the service but not for the operation; clients raise the typed exception all the same.
UNMODELLED = {
    ("ListGraphs", "ValidationException"): "a token or page size that is none",
    ("ExecuteQuery", "ResourceNotFoundException"): "the graph does not exist",
    ("ListQueries", "ResourceNotFoundException"): "the graph does not exist",
}

# Stands in for the ARN of a key where the caller gave none.
NO_KEY = "AWS_OWNED_KEY"
INTERNALS = ("Traceback", "object at 0x", "NoneType", ".py")


def judge(operation: str | None, answer: Answer) -> str:
    """Fail unless the model allows the answer; gives the name of its error, or "" for a success."""
    assert answer.headers["x-amzn-requestid"]
    assert answer.headers["content-length"] == str(len(answer.body))
    if answer.status < 300:
        assert operation is not None, answer
        _judge_output(operation, answer)
        return ""
    return _judge_error(operation, answer)


def _judge_error(operation: str | None, answer: Answer) -> str:
    assert 400 <= answer.status < 500, answer
    if operation is None and answer.headers["content-type"] == "text/xml":
        # POST / is for STS and IAM, whose protocol is another.
        (code,) = re.findall(rb"<ErrorResponse.*<Code>(\w+)</Code>.*</ErrorResponse>", answer.body)
        return str(code.decode())
    assert answer.headers["content-type"] == "application/json"
    name = answer.headers["x-amzn-errortype"]
    content = orjson.loads(answer.body)
    assert content.pop("__type") == NAMESPACE + name
    message = content["message"]
    assert isinstance(message, str)
    assert message.strip()
    for word in INTERNALS:
        # What a client wrote itself may come back in quotes.
        assert word not in message, answer
    if name in COMMON:
        assert answer.status == COMMON[name]
        assert set(content) == {"message"}
        return name
    shape = MODEL.shape_for(name)
    assert answer.status == shape.metadata["error"]["httpStatusCode"], answer
    assert [*unfit(shape, content, name)] == []
    if operation is not None:
        modelled = {error.name for error in MODEL.operation_model(operation).error_shapes}
        assert name in modelled or (operation, name) in UNMODELLED, (operation, answer)
    return name


def _judge_output(operation: str, answer: Answer) -> None:
    model = MODEL.operation_model(operation)
    assert answer.status == int(model.http.get("responseCode", 200))
    shape = model.output_shape
    if shape is None:
        assert answer.body == b""
        return
    if shape.serialization.get("payload"):
        assert answer.headers["content-type"].partition(";")[0] in (
            "application/json",
            "text/plain",
        )
        return
    assert answer.headers["content-type"] == "application/json"
    assert [*unfit(shape, orjson.loads(answer.body), operation)] == []


def unfit(shape: Shape, value: object, path: str) -> Iterator[str]:
    """Name everything in a JSON value that does not fit its shape."""
    match shape.type_name, value:
        case "structure", _ if shape.is_document_type:
            pass
        case "structure", dict():
            yield from _unfit_members(shape, value, path)
        case "list", list():
            yield from _unfit_size(shape, len(value), path)
            for item in value:
                yield from unfit(shape.member, item, f"{path}[]")
        case "map", dict():
            yield from _unfit_size(shape, len(value), path)
            for key, item in value.items():
                yield from unfit(shape.key, key, f"{path} key")
                yield from unfit(shape.value, item, f"{path}{{}}")
        case "string", str():
            yield from _unfit_text(shape, value, path)
        case (("integer" | "long"), int()) if not isinstance(value, bool):
            yield from _unfit_size(shape, value, path)
        case "boolean", bool():
            pass
        case "timestamp", int() | float() if not isinstance(value, bool):
            if shape.serialization.get("timestampFormat") == "iso8601":
                yield f"{path}: a number where the model says ISO 8601"
        case "timestamp", str():
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", value):
                yield f"{path}: {value!r} is no time"
        case _:
            yield f"{path}: {value!r} is no {shape.type_name}"


def _unfit_members(shape: Shape, value: dict[str, object], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield f"{path}.{name}: required and not there"
    for name, item in value.items():
        if name not in shape.members:
            yield f"{path}.{name}: not in the model"
        else:
            yield from unfit(shape.members[name], item, f"{path}.{name}")


def _unfit_text(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _unfit_size(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value, re.ASCII) and value != NO_KEY:
        yield f"{path}: {value!r} does not match {pattern}"
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def _unfit_size(shape: Shape, size: int, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"{path}: {size} is less than {low}"
    if high is not None and size > high:
        yield f"{path}: {size} is more than {high}"
