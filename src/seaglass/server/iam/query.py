"""The query protocol of STS and IAM: a form goes in, XML comes out.

Above: identity. Below: nothing. Lists in a form are `Name.member.1`, `Name.member.2`, ... . An
output is a mapping of texts, booleans, mappings and lists; what is None is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

XML = "text/xml"
# The services, by the version that a form names, with the namespace of their XML.
NAMESPACES: Mapping[str, str] = {
    "2011-06-15": "https://sts.amazonaws.com/doc/2011-06-15/",
    "2010-05-08": "https://iam.amazonaws.com/doc/2010-05-08/",
}
# Fields of a form; a simulation of all actions on some resources has far fewer.
FIELDS_MAX = 5_000

Value = None | str | bool | Sequence["Value"] | Mapping[str, "Value"]


class QueryFault(Exception):
    """What is sent in place of an output."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Form:
    """A request: the operation, the version of the service's API, and all fields."""

    action: str
    version: str
    fields: Mapping[str, str]

    def required(self, name: str) -> str:
        """A field that must be there. Raises: QueryFault."""
        found = self.fields.get(name)
        if not found:
            raise QueryFault(
                400,
                "ValidationError",
                f"1 validation error detected: Value at '{name[0].lower()}{name[1:]}' failed to "
                "satisfy constraint: Member must not be null",
            )
        return found

    def listed(self, name: str) -> list[str]:
        """The members of a list, in order of their numbers."""
        prefix = f"{name}.member."
        found = {
            int(key.removeprefix(prefix)): value
            for key, value in self.fields.items()
            if key.startswith(prefix) and _is_number(key.removeprefix(prefix))
        }
        return [found[number] for number in sorted(found)]


def read(body: bytes | bytearray) -> Form:
    """Read a request. Raises: QueryFault when it is no form of a service that is answered here."""
    try:
        fields = dict(
            parse_qsl(
                body.decode("utf-8"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=FIELDS_MAX,
            )
        )
    except ValueError:
        raise QueryFault(
            400, "MalformedQueryString", f"The form is not UTF-8, or has over {FIELDS_MAX} fields."
        ) from None
    action, version = fields.get("Action", ""), fields.get("Version", "")
    if not action:
        raise QueryFault(400, "MissingAction", "The form has no Action.")
    return Form(action, version, fields)


def service_of(form: Form) -> str:
    """The service that a form is for, by the version that it names."""
    return "sts" if form.version == next(iter(NAMESPACES)) else "iam"


def answer(form: Form, output: Mapping[str, Value], request_id: str) -> bytes:
    """Word an output."""
    name = form.action
    text = (
        f'<{name}Response xmlns="{NAMESPACES[form.version]}">'
        f"<{name}Result>{_members(output)}</{name}Result>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</{name}Response>"
    )
    return text.encode("utf-8")


def fault(error: QueryFault, request_id: str) -> bytes:
    """Word an error."""
    kind = "Sender" if error.status < 500 else "Receiver"
    text = (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>"
        f"<Message>{_text(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return text.encode("utf-8")


def _members(values: Mapping[str, Value]) -> str:
    return "".join(f"<{k}>{_value(v)}</{k}>" for k, v in values.items() if v is not None)


def _value(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return _members(value)
    return "".join(f"<member>{_value(item)}</member>" for item in value)


def _text(text: str) -> str:
    # XML has no way to write most control characters.
    return escape("".join(c if c >= " " or c in "\t\n\r" else "?" for c in text))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6
