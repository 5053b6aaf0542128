"""The local key ring: AES-256 wrapping keys in a folder of private files.

One file per key, `<first 16 bytes of SHA-256(key id), hex>.json`, mode 0600 in a folder of mode
0700: a record (`record`) of {key_id, state: "enabled" | "disabled", secret: hex}. Whoever reads the
folder reads everything; keep it apart from backups of the data.

A wrapped key, 61 bytes: version 1, nonce (12, random), AES-256-GCM of the data key (32), tag (16);
additional data is "seaglass wrapped key 1", a zero byte and the key id. A key wraps one data key
per store, so random nonces are safe.

Above: domain, commands. Below: record, base/files, base/rng.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seaglass.base.errors import Conflict, Corrupt, NotFound
from seaglass.base.files import PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE
from seaglass.storage.keys.record import bytes_of, decode_record, encode_record

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import Files
    from seaglass.base.rng import Rng

_VERSION = b"\x01"
_NONCE_BYTES = 12
_SECRET_BYTES = 32


class LocalKeyRing:
    """Wrapping keys in files; a key that is not there is made when it first wraps."""

    def __init__(self, files: Files, folder: Path, rng: Rng) -> None:
        self._files = files
        self._folder = folder
        self._rng = rng

    def wrap(self, key_id: str, data_key: bytes) -> bytes:
        """Seal `data_key` under the key, which is made if it is not there.

        Raises: Conflict(state) for a disabled key
        """
        path = self._path(key_id)
        if not self._files.exists(path):
            self._create(path, key_id)
        aead = AESGCM(self._secret(key_id))
        nonce = self._rng.token(_NONCE_BYTES)
        return _VERSION + nonce + aead.encrypt(nonce, data_key, _bound(key_id))

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Open what `wrap` gave.

        Raises: NotFound(key), Conflict(state) for a disabled key, Corrupt
        """
        aead = AESGCM(self._secret(key_id))
        nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        try:
            if wrapped[:1] != _VERSION:
                raise InvalidTag
            return aead.decrypt(nonce, sealed, _bound(key_id))
        except (InvalidTag, ValueError) as error:
            raise Corrupt(
                "corrupt", f"a data key wrapped by the key {key_id} is damaged, or another's"
            ) from error

    def disable(self, key_id: str) -> None:
        """Refuse the key until `enable`; what it wrapped stays."""
        self._write(key_id, "disabled")

    def enable(self, key_id: str) -> None:
        """Allow the key again."""
        self._write(key_id, "enabled")

    def _create(self, path: Path, key_id: str) -> None:
        self._files.make_dir(self._folder, PRIVATE_FOLDER_MODE)
        record = _record(key_id, "enabled", self._rng.token(_SECRET_BYTES))
        # When another process was faster, its key is the key.
        self._files.create(path, record, PRIVATE_FILE_MODE)

    def _write(self, key_id: str, state: str) -> None:
        _, secret = self._read(key_id)
        record = _record(key_id, state, secret)
        self._files.write_atomic(self._path(key_id), record, PRIVATE_FILE_MODE)

    def _secret(self, key_id: str) -> bytes:
        state, secret = self._read(key_id)
        if state != "enabled":
            raise Conflict("state", f"the key {key_id} is disabled; enable it, then try again")
        return secret

    def _read(self, key_id: str) -> tuple[str, bytes]:
        path = self._path(key_id)
        try:
            data = self._files.read(path)
        except NotFound as error:
            raise NotFound(
                "key", f"the key {key_id} is not in the key ring {self._folder}: put its file back"
            ) from error
        record = decode_record(data, path, ("key_id", "state", "secret"))
        secret = bytes_of(record["secret"], path)
        if record["key_id"] != key_id or len(secret) != _SECRET_BYTES:
            raise Corrupt("corrupt", f"{path} does not hold the key {key_id}")
        return record["state"], secret

    def _path(self, key_id: str) -> Path:
        name = hashlib.sha256(key_id.encode()).hexdigest()[:32]
        return self._folder / f"{name}.json"


def _record(key_id: str, state: str, secret: bytes) -> bytes:
    return encode_record({"key_id": key_id, "state": state, "secret": secret.hex()})


def _bound(key_id: str) -> bytes:
    return b"seaglass wrapped key 1\0" + key_id.encode()
