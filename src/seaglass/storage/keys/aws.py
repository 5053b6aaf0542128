"""AWS KMS as a key ring: data keys are wrapped by `Encrypt` and unwrapped by `Decrypt`.

Credentials, endpoints and retries are boto3's own (`AWS_PROFILE`, `AWS_ENDPOINT_URL_KMS`, ...); the
Region is that of the key's ARN. A wrapped key is KMS's ciphertext blob, bound to the encryption
context {"seaglass": "data key"}.

Above: domain. Below: ring, boto3, which is imported when a key of AWS is first used.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Conflict, Corrupt, SeaglassError, Unavailable
from seaglass.storage.keys.ring import unknown_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# How long a try waits, in place of boto3's minutes: threads that others need wait with it.
CONNECT_SECONDS = 5
READ_SECONDS = 10
CONTEXT = {"seaglass": "data key"}
_ARN = re.compile(r"arn:aws[^:]*:kms:([a-zA-Z0-9-]+):[0-9]{12}:key/[a-zA-Z0-9-]{36}")
# What KMS says, in kinds of ours.
_STATE = ("DisabledException", "KMSInvalidStateException")
_UNKNOWN = ("NotFoundException", "InvalidArnException", "AccessDeniedException")
_DAMAGED = ("InvalidCiphertextException", "IncorrectKeyException")


class AwsKeyRing:
    """Keys that AWS KMS holds. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._clients: dict[str, Any] = {}

    def check(self, key_id: str) -> None:
        """Make sure that the key can be used now.

        Raises: NotFound(key) also for a key that our credentials may not use; Conflict(key);
            Unavailable(keys) when KMS does not answer
        """

        def look(client: Any) -> Mapping[str, Any]:
            found: Mapping[str, Any] = client.describe_key(KeyId=key_id)
            return found

        state = self._asked(key_id, look)["KeyMetadata"]["KeyState"]
        if state != "Enabled":
            raise _unusable(key_id, f"its state in AWS KMS is {state}")

    def wrap(self, key_id: str, data_key: bytes) -> bytes:
        """Seal `data_key`. Raises: as `check`."""
        answer = self._asked(
            key_id,
            lambda client: client.encrypt(
                KeyId=key_id, Plaintext=data_key, EncryptionContext=CONTEXT
            ),
        )
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Open what `wrap` gave. Raises: as `check`; Corrupt."""
        answer = self._asked(
            key_id,
            lambda client: client.decrypt(
                KeyId=key_id, CiphertextBlob=wrapped, EncryptionContext=CONTEXT
            ),
        )
        return bytes(answer["Plaintext"])

    def _asked(self, key_id: str, ask: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        arn = _ARN.fullmatch(key_id)
        if arn is None:
            raise unknown_key(key_id, "AWS KMS names its keys by ARNs")
        try:
            return ask(self._client(arn[1]))
        except ClientError as error:
            raise refusal(key_id, error.response["Error"]) from error
        except BotoCoreError as error:
            raise Unavailable(
                "keys", f"AWS KMS does not answer for the key {key_id}.", detail=str(error)
            ) from error

    def _client(self, region: str) -> Any:
        import boto3
        from botocore.config import Config

        with self._guard:
            if region not in self._clients:
                waits = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS)
                self._clients[region] = boto3.client("kms", region_name=region, config=waits)
            return self._clients[region]


def refusal(key_id: str, error: Mapping[str, str]) -> SeaglassError:
    """Word what KMS refuses as an error of ours."""
    code, message = error.get("Code", ""), error.get("Message", "")
    if code in _STATE:
        return _unusable(key_id, message)
    if code in _UNKNOWN:
        return unknown_key(key_id, f"AWS KMS says {code}")
    if code in _DAMAGED:
        return Corrupt(
            "corrupt", f"a data key wrapped by the key {key_id} is damaged, or another's"
        )
    return Unavailable(
        "keys", f"AWS KMS refuses to work with the key {key_id}: {code}.", detail=message
    )


def _unusable(key_id: str, why: str) -> Conflict:
    return Conflict("key", f"The key {key_id} cannot be used: {why}. Enable it, then try again.")
