"""The gate: who sends a request. Open, it believes what the request says; closed, it verifies.

Above: the service. Below: credential, sigv4, principals. The gate is closed where there is a
directory of principals. Errors are AWS's own, in AWS's words.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from seaglass.base.errors import Forbidden
from seaglass.base.owner import Owner
from seaglass.server.iam.credential import ROLE_ID, Caller, caller_of, credential_of
from seaglass.server.iam.sigv4 import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seaglass.base.clock import Clock
    from seaglass.server.iam.credential import Credential
    from seaglass.server.iam.principals import Directory, Key, Principal
    from seaglass.server.iam.sigv4 import SignedRequest

# Callers that are remembered, each by so much of what the request says.
CALLERS_MAX = 1_000
SCOPE_CHARACTERS_MAX = 400


class Gate:
    """Tells who sends a request."""

    def __init__(self, directory: Directory | None, default: Owner, clock: Clock) -> None:
        self._directory = directory
        self._default = default
        self._clock = clock
        self._callers: dict[str, Caller] = {}

    def believed(self, headers: Mapping[str, str]) -> Caller | None:
        """Say who sends a request by its own account; None where that must be verified."""
        return self._believed(headers) if self._directory is None else None

    def caller(
        self, headers: Mapping[str, str], request: Callable[[], SignedRequest], service: str
    ) -> Caller:
        """Say who sends a request.

        Args:
            headers: names in lower case
            request: gives it as its signature covers it, where that is verified
            service: which one it must be signed for, where it must be signed
        Raises: Forbidden(missing_token | unknown_token | signature | incomplete_signature).
        """
        if self._directory is None:
            return self._believed(headers)
        credential, key = self._known(self._directory, headers, service)
        verify(request(), credential, key.secret_key, self._clock.now())
        return _verified(key.principal, credential.access_key, credential.region)

    def refuse_strangers(self, headers: Mapping[str, str], service: str) -> None:
        """Refuse a request that nobody known can have sent, before its body is read.

        Raises: Forbidden(missing_token | unknown_token | signature | incomplete_signature).
        """
        if self._directory is not None:
            self._known(self._directory, headers, service)

    @staticmethod
    def _known(
        directory: Directory, headers: Mapping[str, str], service: str
    ) -> tuple[Credential, Key]:
        credential = credential_of(headers)
        if "authorization" not in headers:
            raise Forbidden("missing_token", "Missing Authentication Token")
        if credential is None:
            raise Forbidden(
                "incomplete_signature", "Authorization header requires 'Credential' parameter."
            )
        key = directory.keys.get(credential.access_key)
        if key is None or not _same(headers.get("x-amz-security-token"), key.session_token):
            raise Forbidden(
                "unknown_token", "The security token included in the request is invalid."
            )
        if credential.service != service:
            raise Forbidden(
                "signature", f"Credential should be scoped to correct service: '{service}'."
            )
        return credential, key

    def _believed(self, headers: Mapping[str, str]) -> Caller:
        """Who sends a request by its own account; the same as last time, if that is the same."""
        scope = headers.get("authorization", "").partition(",")[0]
        known = self._callers.get(scope)
        if known is not None:
            return known
        credential = credential_of(headers)
        caller = caller_of(credential, self._default)
        # Nearly all clients name the key first, and for a day the same; the signature is another
        # each time. What comes after the key says nothing of the caller.
        if credential is not None and credential == credential_of({"authorization": scope}):
            if len(self._callers) >= CALLERS_MAX:
                self._callers.clear()
            if len(scope) <= SCOPE_CHARACTERS_MAX:
                self._callers[scope] = caller
        return caller


def _verified(principal: Principal, access_key: str, region: str) -> Caller:
    owner = Owner(principal.account_id, region)
    if principal.kind == "user":
        context: Mapping[str, str] = {"aws:username": principal.name}
        return Caller(owner, principal.arn, access_key, principal.policies, context)
    arn = f"arn:aws:sts::{owner.account_id}:assumed-role/{principal.name}/{access_key}"
    # Conditions on the ARN of the caller mean the role, not its session.
    role = {"aws:principalarn": principal.arn}
    return Caller(owner, arn, f"{ROLE_ID}:{access_key}", principal.policies, role)


def _same(given: str | None, expected: str | None) -> bool:
    if given is None or expected is None:
        return given is expected
    return hmac.compare_digest(given.encode("utf-8"), expected.encode("utf-8"))
