"""The local key ring: AES-256 wrapping keys in a folder of private files.

One file per key, `<first 16 bytes of SHA-256(key id), hex>.json`, mode 0600 in a folder of mode
0700: a record (`record`) of

    key_id
    state      "enabled" | "disabled" | "deleting"
    secret     the secrets in hex, joined by commas; a rotation adds one at the end
    created    epoch milliseconds, or "" for keys older than this member
    deletes    epoch milliseconds after which a "deleting" key is gone, or ""

Whoever reads the folder reads everything; keep it apart from backups of the data.

A wrapped key: version 2 (one byte), number of the secret (4 bytes, little-endian, from 1), nonce
(12, random), AES-256-GCM of the data key (32), tag (16); additional data is "seaglass wrapped key
2", a zero byte, the number's 4 bytes and the key id. Version 1 has no number (the secret is the
first) and says 1 in the additional data. A secret wraps one data key per store, so random nonces
are safe.

Above: domain, commands. Below: ring, record, base.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seaglass.base.arguments import text_of, whole_of
from seaglass.base.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable
from seaglass.base.files import PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE
from seaglass.storage.keys.record import bytes_of, decode_record, encode_record
from seaglass.storage.keys.ring import AWS_OWNED_KEY, unknown_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seaglass.base.clock import Clock
    from seaglass.base.files import Files
    from seaglass.base.rng import Rng

KeyState = Literal["enabled", "disabled", "deleting"]

# What AWS KMS allows, and its default.
DELETION_DAYS_MIN, DELETION_DAYS_MAX = 7, 30
KEY_ID_CHARS_MAX = 1_024

_NONCE_BYTES = 12
_NUMBER_BYTES = 4
_SECRET_BYTES = 32
_DAY_MS = 24 * 60 * 60 * 1_000


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be known of a key; times in epoch milliseconds.

    Args:
        versions: number of secrets: 1, and 1 more per rotation
        created_ms: None for keys of the first format
        deletes_ms: when a key that waits for its deletion is gone
    """

    id: str
    state: KeyState
    versions: int
    created_ms: int | None
    deletes_ms: int | None


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    state: KeyState
    secrets: tuple[bytes, ...]
    created_ms: int | None
    deletes_ms: int | None

    @property
    def info(self) -> KeyInfo:
        return KeyInfo(self.id, self.state, len(self.secrets), self.created_ms, self.deletes_ms)


class LocalKeyRing:
    """Wrapping keys in files. The key that AWS would own is made when it is first used; others by
    `create`. Safe to share between threads and processes."""

    def __init__(self, files: Files, folder: Path, clock: Clock, rng: Rng) -> None:
        self._files = files
        self._folder = folder
        self._clock = clock
        self._rng = rng

    def has(self, key_id: str) -> bool:
        """Whether the key is, or will be when it is first used, in this ring."""
        return key_id == AWS_OWNED_KEY or self._files.exists(self._path(key_id))

    def check(self, key_id: str) -> None:
        """Make sure that the key can be used now.

        Raises: NotFound(key); Conflict(key) for a key that is disabled or waits for its deletion
        """
        if key_id != AWS_OWNED_KEY or self.has_file(key_id):
            self._usable(key_id)

    def wrap(self, key_id: str, data_key: bytes) -> bytes:
        """Seal `data_key` under the newest secret of the key. Raises: as `check`."""
        if key_id == AWS_OWNED_KEY and not self.has_file(key_id):
            self._create(key_id)
        secrets = self._usable(key_id).secrets
        # Whoever made the newest may have died before it was durable.
        self._files.sync_folder(self._folder)
        number = len(secrets).to_bytes(_NUMBER_BYTES, "little")
        nonce = self._rng.token(_NONCE_BYTES)
        bound = _bound(b"2", number, key_id)
        return b"\x02" + number + nonce + AESGCM(secrets[-1]).encrypt(nonce, data_key, bound)

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Open what `wrap` gave. Raises: as `check`; Corrupt."""
        secrets = self._usable(key_id).secrets
        version, number, rest = wrapped[:1], b"", wrapped[1:]
        if version == b"\x02":
            number, rest = rest[:_NUMBER_BYTES], rest[_NUMBER_BYTES:]
        at = int.from_bytes(number, "little") if number else 1
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            if version not in (b"\x01", b"\x02") or not 1 <= at <= len(secrets):
                raise InvalidTag
            bound = _bound(b"%d" % version[0], number, key_id)
            return AESGCM(secrets[at - 1]).decrypt(nonce, sealed, bound)
        except (InvalidTag, ValueError) as error:
            raise Corrupt(
                "corrupt", f"a data key wrapped by the key {key_id} is damaged, or another's"
            ) from error

    def list(self) -> list[KeyInfo]:
        """All keys, by id."""
        if not self._files.exists(self._folder):
            return []
        paths = [self._folder / n for n in self._files.list(self._folder) if n.endswith(".json")]
        found = (self._parsed(self._files.read(path), path) for path in paths)
        return sorted((key.info for key in found if not self._gone(key)), key=lambda key: key.id)

    def create(self, key_id: str) -> KeyInfo:
        """Make a key. Raises: Conflict(name) where there is one; Invalid for an unfit id."""
        if not 0 < len(text_of("key_id", key_id)) <= KEY_ID_CHARS_MAX or not key_id.isprintable():
            raise Invalid(
                "illegal_argument",
                f"{key_id[:80]!r} cannot be a key's id: use 1 to {KEY_ID_CHARS_MAX} characters "
                "that can be printed.",
            )
        with self._changing():
            if self.has_file(key_id) and self._gone(self._parsed_at(key_id)):
                self._files.remove(self._path(key_id))
            if not self._create(key_id):
                raise Conflict("name", f"There is a key {key_id}. Use another id.")
        return self._key(key_id).info

    def rotate(self, key_id: str) -> KeyInfo:
        """Give the key a new secret, under which it wraps from now on; older ones still unwrap.

        Raises: as `check`
        """
        with self._changing():
            key = self._usable(key_id)
            self._write(replace(key, secrets=(*key.secrets, self._rng.token(_SECRET_BYTES))))
        return self._key(key_id).info

    def disable(self, key_id: str) -> KeyInfo:
        """Refuse the key until `enable`; what it wrapped stays. Raises: as `check`; Invalid."""
        return self._move(key_id, "disable", ("enabled", "disabled"), "disabled", None)

    def enable(self, key_id: str) -> KeyInfo:
        """Allow a disabled key again. Raises: NotFound(key); Conflict(state)."""
        return self._move(key_id, "enable", ("enabled", "disabled"), "enabled", None)

    def schedule_deletion(self, key_id: str, days: int) -> KeyInfo:
        """Refuse the key from now on, and forget it after so many days, with all it wrapped.

        Raises: NotFound(key); Conflict(state); Invalid
        """
        days = whole_of("days", days, DELETION_DAYS_MIN, DELETION_DAYS_MAX)
        deletes = self._now_ms() + days * _DAY_MS
        return self._move(key_id, "delete", ("enabled", "disabled"), "deleting", deletes)

    def cancel_deletion(self, key_id: str) -> KeyInfo:
        """Keep a key that waits for its deletion; it is disabled then, as in AWS KMS.

        Raises: NotFound(key); Conflict(state)
        """
        return self._move(key_id, "keep", ("deleting",), "disabled", None)

    def has_file(self, key_id: str) -> bool:
        """Whether the key has been made."""
        return self._files.exists(self._path(key_id))

    def _move(
        self,
        key_id: str,
        verb: str,
        before: tuple[KeyState, ...],
        after: KeyState,
        deletes_ms: int | None,
    ) -> KeyInfo:
        if key_id == AWS_OWNED_KEY:
            raise Invalid(
                "illegal_argument",
                f"{AWS_OWNED_KEY} seals the graphs whose owner named no key; it can be rotated, "
                "but not disabled or deleted.",
            )
        with self._changing():
            key = self._key(key_id)
            if key.state not in before:
                raise Conflict("state", f"Cannot {verb} the key {key_id}: {_STATES[key.state]}.")
            self._write(replace(key, state=after, deletes_ms=deletes_ms))
        return self._key(key_id).info

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Only one process at a time changes keys."""
        self._files.make_dir(self._folder, PRIVATE_FOLDER_MODE)
        try:
            held = self._files.lock(self._folder / "lock")
        except Conflict as error:
            raise Unavailable("storage", f"{error.message}; try again in a moment") from None
        try:
            yield
        finally:
            held.release()

    def _create(self, key_id: str) -> bool:
        """Make a key unless it is there: when another process was faster, its key is the key."""
        self._files.make_dir(self._folder, PRIVATE_FOLDER_MODE)
        secrets = (self._rng.token(_SECRET_BYTES),)
        record = _record(_Key(key_id, "enabled", secrets, self._now_ms(), None))
        return self._files.create(self._path(key_id), record, PRIVATE_FILE_MODE)

    def _write(self, key: _Key) -> None:
        self._files.write_atomic(self._path(key.id), _record(key), PRIVATE_FILE_MODE)

    def _usable(self, key_id: str) -> _Key:
        key = self._key(key_id)
        if key.state != "enabled":
            advice = "enable it" if key.state == "disabled" else "cancel its deletion"
            raise Conflict(
                "key", f"The key {key_id} {_STATES[key.state]}; {advice}, then try again."
            )
        return key

    def _key(self, key_id: str) -> _Key:
        """Read a key; one whose time has come is removed. Raises: NotFound(key); Corrupt."""
        try:
            key = self._parsed_at(key_id)
        except NotFound as error:
            raise unknown_key(
                key_id,
                "it is not in the key ring. Create it, put its file back, or have AWS KMS asked for "
                "it (--kms aws)",
                detail=str(self._folder),
            ) from error
        if self._gone(key):
            self._files.remove(self._path(key_id))
            self._files.sync_folder(self._folder)
            raise unknown_key(key_id, "it has been deleted as it was scheduled")
        return key

    def _gone(self, key: _Key) -> bool:
        return key.deletes_ms is not None and self._now_ms() >= key.deletes_ms

    def _parsed_at(self, key_id: str) -> _Key:
        path = self._path(key_id)
        key = self._parsed(self._files.read(path), path)
        if key.id != key_id:
            raise Corrupt("corrupt", f"{path} does not hold the key {key_id}")
        return key

    def _parsed(self, data: bytes, path: Path) -> _Key:
        wanted = ("key_id", "state", "secret")
        record = decode_record(data, path, wanted, ("created", "deletes"))
        secrets = tuple(bytes_of(one, path) for one in record["secret"].split(","))
        state = record["state"]
        times = [record.get(name, "") for name in ("created", "deletes")]
        if (
            any(len(secret) != _SECRET_BYTES for secret in secrets)
            or state not in _STATES
            or not all(time == "" or time.isdecimal() for time in times)
        ):
            raise Corrupt("corrupt", f"{path} does not hold a key")
        created, deletes = (int(time) if time else None for time in times)
        return _Key(record["key_id"], cast("KeyState", state), secrets, created, deletes)

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1_000)

    def _path(self, key_id: str) -> Path:
        name = hashlib.sha256(text_of("key_id", key_id).encode()).hexdigest()[:32]
        return self._folder / f"{name}.json"


_STATES: dict[str, str] = {
    "enabled": "is enabled",
    "disabled": "is disabled",
    "deleting": "waits for its deletion",
}


def _record(key: _Key) -> bytes:
    body = {
        "key_id": key.id,
        "state": key.state,
        "secret": ",".join(secret.hex() for secret in key.secrets),
        "created": "" if key.created_ms is None else str(key.created_ms),
        "deletes": "" if key.deletes_ms is None else str(key.deletes_ms),
    }
    return encode_record(body)


def _bound(version: bytes, number: bytes, key_id: str) -> bytes:
    return b"seaglass wrapped key " + version + b"\0" + number + key_id.encode()
