"""The service model of `neptune-graph`, 2023-11-29, as values of our own.

The only owner of botocore in the server. Above: router, parse, validate, serialize, faults. Below:
the model file that is installed with botocore. Loading compiles what the request path needs
(patterns, member lists, URI segments), so that nothing after start-up touches botocore's lazy
objects.

Invariants: shapes are trees (the model has no recursive shape; `load` would not end on one, a test
loads it); members keep the model's order; `Operation.errors` holds names only, statuses live in
`ServiceModel.faults`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import botocore.loaders
import botocore.model

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "neptune-graph"
API_VERSION = "2023-11-29"

Location = Literal["uri", "querystring", "header", "body"]


@dataclass(frozen=True, slots=True)
class StringShape:
    length_min: int | None
    length_max: int | None
    pattern: re.Pattern[str] | None
    enum: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntegerShape:
    value_min: int | None
    value_max: int | None


@dataclass(frozen=True, slots=True)
class BooleanShape:
    pass


@dataclass(frozen=True, slots=True)
class TimestampShape:
    iso8601: bool


@dataclass(frozen=True, slots=True)
class DocumentShape:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class BlobShape:
    """Bytes; in this model only the streamed result of ExecuteQuery."""


@dataclass(frozen=True, slots=True)
class ListShape:
    member: Shape
    length_min: int | None
    length_max: int | None


@dataclass(frozen=True, slots=True)
class MapShape:
    key: StringShape
    value: Shape
    length_min: int | None
    length_max: int | None


@dataclass(frozen=True, slots=True)
class StructureShape:
    members: tuple[Member, ...]
    union: bool


Shape = (
    StringShape
    | IntegerShape
    | BooleanShape
    | TimestampShape
    | DocumentShape
    | BlobShape
    | ListShape
    | MapShape
    | StructureShape
)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a structure: `name` in the API, `wire` where it travels."""

    name: str
    wire: str
    location: Location
    required: bool
    shape: Shape


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `segments` are the URI's path segments, `{name}` marks a label; `words` are the
    input's members of few values.
    """

    name: str
    method: str
    segments: tuple[str, ...]
    status: int
    input: StructureShape
    output: StructureShape | None
    payload: str | None
    errors: frozenset[str]
    data_plane: bool
    words: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class FaultShape:
    """A modelled exception."""

    status: int
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class ServiceModel:
    namespace: str
    operations: Mapping[str, Operation]
    faults: Mapping[str, FaultShape]


_EMPTY = StructureShape((), union=False)


def load() -> ServiceModel:
    """Read and compile the installed model."""
    raw = botocore.loaders.Loader().load_service_model(SERVICE, "service-2", API_VERSION)
    service: Any = botocore.model.ServiceModel(raw, SERVICE)
    operations = {name: _operation(service, name) for name in service.operation_names}
    faults = {
        shape.name: FaultShape(
            int(shape.metadata["error"]["httpStatusCode"]), frozenset(shape.members)
        )
        for shape in service.error_shapes
    }
    # Smithy's namespace of this service; clients read only what follows the "#".
    return ServiceModel("com.amazonaws.neptunegraph", operations, faults)


def _operation(service: Any, name: str) -> Operation:
    model = service.operation_model(name)
    output = model.output_shape
    context = {item.name: item.value for item in model.static_context_parameters}
    given = _structure(model.input_shape) if model.input_shape is not None else _EMPTY
    return Operation(
        name=name,
        method=model.http["method"],
        segments=split_path(model.http["requestUri"]),
        status=int(model.http.get("responseCode", 200)),
        input=given,
        output=_structure(output) if output is not None else None,
        payload=output.serialization.get("payload") if output is not None else None,
        errors=frozenset(shape.name for shape in model.error_shapes),
        data_plane=context.get("ApiType") == "DataPlane",
        words=tuple(
            [one for one in given.members if isinstance(one.shape, StringShape) and one.shape.enum]
        ),
    )


def split_path(path: str) -> tuple[str, ...]:
    """Split a raw path at `/`; one trailing slash does not count."""
    return tuple(path.removeprefix("/").removesuffix("/").split("/"))


def _structure(shape: Any) -> StructureShape:
    required = frozenset(shape.required_members)
    members = tuple(
        Member(
            name=name,
            wire=member.serialization.get("name", name),
            location=member.serialization.get("location", "body"),
            required=name in required,
            shape=_shape(member),
        )
        for name, member in shape.members.items()
    )
    return StructureShape(members, union=bool(shape.metadata.get("union")))


def _string(shape: Any) -> StringShape:
    limits = shape.metadata
    pattern = limits.get("pattern")
    return StringShape(
        length_min=limits.get("min"),
        length_max=limits.get("max"),
        # \d and \w of the model are ASCII.
        pattern=None if pattern is None else re.compile(pattern, re.ASCII),
        enum=tuple(limits.get("enum", ())),
    )


def _shape(shape: Any) -> Shape:
    limits = shape.metadata
    match shape.type_name:
        case "string":
            return _string(shape)
        case "integer" | "long":
            return IntegerShape(limits.get("min"), limits.get("max"))
        case "boolean":
            return BooleanShape()
        case "timestamp":
            return TimestampShape(shape.serialization.get("timestampFormat") == "iso8601")
        case "blob":
            return BlobShape()
        case "list":
            return ListShape(_shape(shape.member), limits.get("min"), limits.get("max"))
        case "map":
            return MapShape(
                _string(shape.key), _shape(shape.value), limits.get("min"), limits.get("max")
            )
        case "structure" if shape.is_document_type:
            return DocumentShape()
        case "structure":
            return _structure(shape)
        case other:
            raise AssertionError(f"the model has a shape of type {other}, which is new to us")
