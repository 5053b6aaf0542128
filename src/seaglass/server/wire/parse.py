"""An HTTP request as the members of an operation's input.

Above: the service's chain. Below: model, document, unread, lenient. Members come from the path, the query string,
headers and the body (JSON; form-encoded on the query endpoint). Text from path, query and headers
is converted by the member's shape; what does not convert stays text, and `validate` then names the
member and the rule. Members that the model does not know are ignored, JSON null is the same as
absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from seaglass.base.errors import Invalid
from seaglass.server.wire.document import read_json
from seaglass.server.wire.lenient import bend, rename_query_keys
from seaglass.server.wire.model import BooleanShape, IntegerShape, ListShape, MapShape
from seaglass.server.wire.unread import UNREAD_BYTES_MIN, around

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.wire.model import Member, Shape
    from seaglass.server.wire.router import Match

QUERY = "ExecuteQuery"
FORM = "application/x-www-form-urlencoded"
# A form or query string has few fields; more is an attack on memory.
FIELDS_MAX = 1_000
_BOOLEANS = {"true": True, "false": False}
# The longest integer text that is converted: sign and the 19 digits of int64.
_INTEGER_TEXT_MAX = 20


def parse(
    match: Match, query_string: bytes, headers: Mapping[str, str], body: bytes | bytearray
) -> dict[str, object]:
    """Gather the input's members, unvalidated.

    Args: headers: names in lower case, or any case-insensitive mapping.
    Raises: Invalid(bad_request) when the body is not JSON, or not an object.
    """
    operation = match.operation
    query: dict[str, list[str]] | None = None
    content: dict[str, object] | None = None
    values: dict[str, object] = {}
    for member in operation.input.members:
        value: object
        match member.location:
            case "uri":
                value = _scalar(member.shape, match.labels.get(member.wire))
            case "header":
                value = _scalar(member.shape, headers.get(member.wire.lower()))
            case "querystring":
                query = _query(query_string) if query is None else query
                value = _from_query(member, query)
            case "body":
                content = _content(match, headers, body) if content is None else content
                value = content.get(member.wire)
        if value is not None:
            values[member.name] = value
    return bend(operation, values)


def _content(
    match: Match, headers: Mapping[str, str], body: bytes | bytearray
) -> dict[str, object]:
    if match.operation.name != QUERY:
        return _json(body)
    if headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        return _form(match, body)
    content = around(body) if len(body) >= UNREAD_BYTES_MIN else None
    return rename_query_keys(_json(body) if content is None else content)


def _json(body: bytes | bytearray) -> dict[str, object]:
    if not body or body.isspace():
        return {}
    content = read_json(body)
    if not isinstance(content, dict):
        raise Invalid("bad_request", "The request body must be a JSON object.")
    return content


def _form(match: Match, body: bytes | bytearray) -> dict[str, object]:
    fields = rename_query_keys({name: texts[0] for name, texts in _query(body).items()})
    return {
        member.wire: fields[member.wire]
        if isinstance(member.shape, MapShape)
        else _scalar(member.shape, str(fields[member.wire]))
        for member in match.operation.input.members
        if member.location == "body" and member.wire in fields
    }


def _query(query_string: bytes | bytearray) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    if not query_string:
        return fields
    try:
        pairs = parse_qsl(
            query_string.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError:
        raise Invalid(
            "bad_request",
            f"A query string or form must be percent-encoded UTF-8 of at most {FIELDS_MAX} fields.",
        ) from None
    for name, text in pairs:
        fields.setdefault(name, []).append(text)
    return fields


def _from_query(member: Member, query: Mapping[str, list[str]]) -> object:
    texts = query.get(member.wire)
    if texts is None:
        return None
    if isinstance(member.shape, ListShape):
        return [_scalar(member.shape.member, text) for text in texts]
    return _scalar(member.shape, texts[0])


def _scalar(shape: Shape, text: str | None) -> object:
    if text is None:
        return None
    if isinstance(shape, BooleanShape):
        return _BOOLEANS.get(text.lower(), text)
    if isinstance(shape, IntegerShape) and len(text) <= _INTEGER_TEXT_MAX:
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() else text
    return text
