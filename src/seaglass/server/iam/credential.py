"""Which key a request says it is signed with, and whose the request is therefore.

Above: gate. Below: base, policy. Clients of AWS sign every request; the header

    Authorization: AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, ...

names the key and the Region. Nothing here is verified: a header that says nothing of use counts
as none, and the request is the default owner's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.base.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.iam.policy import Policy

ALGORITHM = "AWS4-HMAC-SHA256"
# The role of everybody, and its unique id.
ROLE = "seaglass"
ROLE_ID = "AROASEAGLASSSEAGLASS"
_CREDENTIAL = re.compile(
    r"Credential=(?P<access_key>[\w+=.@-]{1,128})/(?P<date>[0-9]{8})/(?P<region>[a-z0-9-]{1,32})"
    r"/(?P<service>[a-z0-9-]{1,64})/aws4_request(?=[,\s]|$)",
    re.ASCII,
)
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Credential:
    """A key and the scope that it is used in."""

    access_key: str
    date: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as STS tells it.

    `policies` is None for one who may do everything; `context` has what conditions may ask of the
    one, besides what the rest here says.
    """

    owner: Owner
    arn: str
    user_id: str
    policies: tuple[Policy, ...] | None
    context: Mapping[str, str]


def credential_of(headers: Mapping[str, str]) -> Credential | None:
    """Read what the request says of its key; None when it is not signed.

    Args: headers: names in lower case
    """
    found = headers.get("authorization", "")
    match = _CREDENTIAL.search(found) if found.startswith(ALGORITHM) else None
    return None if match is None else Credential(**match.groupdict())


def owner_of(credential: Credential | None, default: Owner) -> Owner:
    """Say whose a request is: a key of twelve digits is its account, another the default one."""
    if credential is None:
        return default
    key = credential.access_key
    account_id = key if _ACCOUNT.fullmatch(key) else default.account_id
    return Owner(account_id, credential.region)


def caller_of(credential: Credential | None, default: Owner) -> Caller:
    """Say who asks. Everybody is a session of one role, which imports and exports may use too."""
    owner = owner_of(credential, default)
    session = "anonymous" if credential is None else credential.access_key
    arn = f"arn:aws:sts::{owner.account_id}:assumed-role/{ROLE}/{session}"
    return Caller(owner, arn, f"{ROLE_ID}:{session}", None, {})
