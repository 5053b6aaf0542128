"""Who may ask: users and roles with their keys and policies, from a file.

Above: gate, front. Below: policy. The file is JSON:

    {"principals": [{"arn": "arn:aws:iam::<account>:user/<name>",       (or role/<name>)
                     "keys": [{"accessKeyId": "...", "secretAccessKey": "...",
                               "sessionToken": "..."}],                  (the last only if there is one)
                     "policies": [{"Version": "2012-10-17", "Statement": [...]}]}]}

A principal without policies may do nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from seaglass.base.errors import Invalid
from seaglass.server.iam.policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.iam.policy import Policy

_ARN = re.compile(
    r"arn:aws:iam::(?P<account_id>[0-9]{12}):(?P<kind>user|role)/(?:[\w+=,.@/-]*/)?"
    r"(?P<name>[\w+=,.@-]{1,64})",
    re.ASCII,
)
_SESSION = re.compile(r"arn:aws:sts::([0-9]{12}):assumed-role/([\w+=,.@-]+)/.+", re.ASCII)
_ACCESS_KEY = re.compile(r"[\w+=.@-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or a role."""

    arn: str
    account_id: str
    kind: str
    name: str
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key and whose it is. A temporary one comes with a token."""

    principal: Principal
    secret_key: str
    session_token: str | None


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody who may ask."""

    keys: Mapping[str, Key]
    principals: Mapping[str, Principal]

    def find(self, arn: str) -> Principal | None:
        """Find a principal by its ARN, or a role by that of a session."""
        session = _SESSION.fullmatch(arn)
        if session is None:
            return self.principals.get(arn)
        # The ARN of a session does not have its role's path.
        for one in self.principals.values():
            if (one.account_id, one.kind, one.name) == (session[1], "role", session[2]):
                return one
        return None


def read_directory(content: bytes, where: str) -> Directory:
    """Read the file of principals.

    Args: where: what names the file in errors
    Raises: Invalid(illegal_argument) naming the place and what is wrong there.
    """
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _wrong(where, f"it is no JSON: {error}") from None
    if not isinstance(document, dict) or set(document) != {"principals"}:
        raise _wrong(where, "it must be an object with the member principals")
    keys: dict[str, Key] = {}
    principals: dict[str, Principal] = {}
    for number, one in enumerate(_list(document["principals"], f"{where}: principals")):
        place = f"{where}: principals[{number}]"
        principal = _principal(one, place)
        if principal.arn in principals:
            raise _wrong(place, f"{principal.arn} is there twice")
        principals[principal.arn] = principal
        assert isinstance(one, dict)
        for index, key in enumerate(_list(one.get("keys", []), f"{place}.keys")):
            access_key, read = _key(key, principal, f"{place}.keys[{index}]")
            if access_key in keys:
                raise _wrong(f"{place}.keys[{index}]", f"the key {access_key} is there twice")
            keys[access_key] = read
    return Directory(keys, principals)


def _principal(one: object, where: str) -> Principal:
    if not isinstance(one, dict) or not set(one) <= {"arn", "keys", "policies"}:
        raise _wrong(where, "it must be an object with arn, keys and policies")
    match = _ARN.fullmatch(str(one.get("arn", "")))
    if match is None:
        raise _wrong(
            f"{where}.arn", "it must be arn:aws:iam::<12 digits>:user/<name> or .../role/<name>"
        )
    documents = _list(one.get("policies", []), f"{where}.policies")
    policies = [read_policy(d, f"{where}.policies[{i}]") for i, d in enumerate(documents)]
    return Principal(match[0], match["account_id"], match["kind"], match["name"], tuple(policies))


def _key(one: object, principal: Principal, where: str) -> tuple[str, Key]:
    if not isinstance(one, dict) or not all(isinstance(value, str) for value in one.values()):
        raise _wrong(where, "it must be an object of texts")
    if (
        not {"accessKeyId", "secretAccessKey"}
        <= set(one)
        <= {
            "accessKeyId",
            "secretAccessKey",
            "sessionToken",
        }
    ):
        raise _wrong(where, "it must have accessKeyId, secretAccessKey and, at most, sessionToken")
    access_key = one["accessKeyId"]
    if _ACCESS_KEY.fullmatch(access_key) is None or not one["secretAccessKey"]:
        raise _wrong(where, "a key has letters, digits and _+=.@-, and its secret is not empty")
    return access_key, Key(principal, one["secretAccessKey"], one.get("sessionToken"))


def _list(given: object, where: str) -> list[object]:
    if not isinstance(given, list):
        raise _wrong(where, "it must be a list")
    return given


def _wrong(where: str, what: str) -> Invalid:
    return Invalid("illegal_argument", f"{where}: {what}.")
