"""What real clients send that the model does not allow, and what it is taken for.

Above: parse. Below: model, document, validate. Every row here exists because a client in use sends
it; nothing else is bent. A value that is not understood is left alone, so that validation names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.server.wire.document import read_json
from seaglass.server.wire.model import StringShape
from seaglass.server.wire.validate import at, broken_rules

if TYPE_CHECKING:
    from seaglass.server.wire.model import Operation

# Body keys of ExecuteQuery that notebooks and older clients use, with the wire name that they mean.
QUERY_KEYS = {"explain.mode": "explain", "explain-mode": "explain", "queryString": "query"}

# "opencypher" is the raw HTTP interface's word for the only language.
LANGUAGES = {"OPENCYPHER": "OPEN_CYPHER"}


def rename_query_keys(body: dict[str, object]) -> dict[str, object]:
    """Give the body of ExecuteQuery the model's keys; a key that is there already wins."""
    for alias, name in QUERY_KEYS.items():
        if alias in body:
            body.setdefault(name, body[alias])
    return body


def bend(operation: Operation, values: dict[str, object]) -> dict[str, object]:
    """Adapt parsed members of a data-plane call; control-plane calls are taken literally."""
    if not operation.data_plane:
        return values
    for member in operation.words:
        value = values.get(member.name)
        if isinstance(value, str):
            assert isinstance(member.shape, StringShape)
            upper = value.upper()
            values[member.name] = upper if upper in member.shape.enum else value
    if operation.name == "ExecuteQuery":
        language = values.setdefault("language", "OPEN_CYPHER")
        if isinstance(language, str):
            values["language"] = LANGUAGES.get(language.upper(), language)
        _parameters_from_text(values)
    return values


def _parameters_from_text(values: dict[str, object]) -> None:
    text = values.get("parameters")
    if not isinstance(text, str):
        return
    if not text.strip():
        del values["parameters"]
        return
    try:
        values["parameters"] = read_json(text)
    except Invalid as refused:
        raise broken_rules([at("parameters", f"Member must be a map. {refused.message}")]) from None
