"""Domains: one data key per key id and store, and the keys that are derived from it.

Objects with equal content are shared inside a domain, and nothing can be compared across domains.

A domain's id is the first 16 bytes of SHA-256("seaglass domain 1", zero byte, key id). Its file
`<id, hex>.json` is a record (`record`) of {domain_id, key_id, wrapped_key: hex}. It is created
exclusively, so that of two processes one wins.

    sealing key  = HKDF-SHA256(data key, salt = domain id, info = "seaglass object sealing 1")
    digest key   = HKDF-SHA256(data key, salt = domain id, info = "seaglass object digest 1")
    log key of n = HKDF-SHA256(data key, salt = domain id, info = "seaglass log 1", zero byte, n),
                   n the log's name

Above: engine, objects/sealed. Below: ring, record, base/files.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seaglass.base.arguments import text_of
from seaglass.base.errors import Corrupt, NotFound
from seaglass.storage.keys.record import bytes_of, decode_record, encode_record

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import SharedFiles
    from seaglass.base.rng import Rng
    from seaglass.storage.keys.ring import KeyRing

DOMAIN_ID_BYTES = 16
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Domain:
    """An open domain; its keys never show in messages."""

    id: bytes
    key_id: str
    sealing_key: bytes = field(repr=False)
    digest_key: bytes = field(repr=False)
    _data_key: bytes = field(repr=False)

    def log_key(self, name: str) -> bytes:
        """The key of one log; `name` (a graph's id) ties the log to its place."""
        return _derived(self._data_key, self.id, b"seaglass log 1\0" + name.encode())


class Domains:
    """The domains of one store. Opens each once; safe to share between threads."""

    def __init__(self, files: SharedFiles, folder: Path, ring: KeyRing, rng: Rng) -> None:
        self._files = files
        self._folder = folder
        self._ring = ring
        self._rng = rng
        self._guard = threading.Lock()
        self._opened: dict[str, Domain] = {}

    def open(self, key_id: str) -> Domain:
        """The domain of a key that has been used in this store.

        Raises: NotFound(key) without such a domain or key; Conflict(key) for a disabled key
        """
        with self._guard:
            domain = self._opened.get(key_id)
            if domain is None:
                domain = self._opened[key_id] = self._open_once(key_id)
            return domain

    def ensure(self, key_id: str) -> Domain:
        """The domain of a key, made when the key is used here for the first time.

        Raises: as `open`
        """
        with self._guard:
            if not self._files.exists(self._path(key_id)):
                self._create(key_id)
            # Also where it was there: whoever made it may have died before its name was durable.
            self._files.sync_folder(self._folder)
        self.check(key_id)
        return self.open(key_id)

    def check(self, key_id: str) -> None:
        """Make sure that new work may begin under a key; what is open goes on without it.

        Raises: NotFound(key); Conflict(key) for a disabled key
        """
        self._ring.check(key_id)

    def rewrap(self, key_id: str) -> bool:
        """Wrap the data key of a domain anew, after a rotation: no object is written again.

        Returns: whether there is such a domain
        Raises: NotFound(key); Conflict(key) for a disabled key; Corrupt
        """
        path = self._path(key_id)
        if not self._files.exists(path):
            return False
        data_key = self._ring.unwrap(key_id, self._wrapped(key_id))
        wrapped = self._ring.wrap(key_id, data_key)
        if self._ring.unwrap(key_id, wrapped) != data_key:
            raise Corrupt("corrupt", f"the key {key_id} does not open what it has just wrapped")
        self._files.write_atomic(path, _record(key_id, wrapped))
        return True

    def key_ids(self) -> list[str]:
        """The keys that have been used in this store.

        Raises: Corrupt
        """
        if not self._files.exists(self._folder):
            return []
        paths = [self._folder / name for name in self._files.list(self._folder)]
        return sorted(
            decode_record(self._files.read(path), path, ("key_id",))["key_id"]
            for path in paths
            if path.suffix == ".json"
        )

    def record(self, key_id: str) -> bytes:
        """The bytes of a domain's file, for another store that gets its objects as they are.

        Raises: NotFound(key); Corrupt
        """
        self._wrapped(key_id)
        return self._files.read(self._path(key_id))

    def adopt(self, key_id: str, record: bytes) -> None:
        """Take in what `record` gave for the key, unless a domain of the key is there."""
        self._files.make_dir(self._folder)
        self._files.create(self._path(key_id), record)
        # As in `ensure`: what the snapshots that come next are sealed under must outlive them.
        self._files.sync_folder(self._folder)

    def _open_once(self, key_id: str) -> Domain:
        return domain_of(key_id, self._ring.unwrap(key_id, self._wrapped(key_id)))

    def _wrapped(self, key_id: str) -> bytes:
        path = self._path(key_id)
        try:
            data = self._files.read(path)
        except NotFound as error:
            raise NotFound(
                "key",
                f"nothing in this store is sealed under the key {key_id}, or {path} was lost: "
                "put it back from a copy",
            ) from error
        record = decode_record(data, path, ("domain_id", "key_id", "wrapped_key"))
        domain_id = bytes_of(record["domain_id"], path)
        if record["key_id"] != key_id or domain_id != domain_id_of(key_id):
            raise Corrupt("corrupt", f"{path} is not the domain of the key {key_id}")
        return bytes_of(record["wrapped_key"], path)

    def _create(self, key_id: str) -> None:
        self._files.make_dir(self._folder)
        wrapped = self._ring.wrap(key_id, self._rng.token(_KEY_BYTES))
        # When another process was faster, its data key is the data key.
        self._files.create(self._path(key_id), _record(key_id, wrapped))

    def _path(self, key_id: str) -> Path:
        return self._folder / f"{domain_id_of(key_id).hex()}.json"


def _record(key_id: str, wrapped: bytes) -> bytes:
    body = {
        "domain_id": domain_id_of(key_id).hex(),
        "key_id": key_id,
        "wrapped_key": wrapped.hex(),
    }
    return encode_record(body)


def domain_id_of(key_id: str) -> bytes:
    """The id of a key's domain: the same in every store."""
    name = text_of("key_id", key_id).encode()
    return hashlib.sha256(b"seaglass domain 1\0" + name).digest()[:DOMAIN_ID_BYTES]


def domain_of(key_id: str, data_key: bytes) -> Domain:
    """Derive what a domain works with."""
    domain_id = domain_id_of(key_id)
    return Domain(
        id=domain_id,
        key_id=key_id,
        sealing_key=_derived(data_key, domain_id, b"seaglass object sealing 1"),
        digest_key=_derived(data_key, domain_id, b"seaglass object digest 1"),
        _data_key=data_key,
    )


def _derived(data_key: bytes, domain_id: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=domain_id, info=info).derive(data_key)
