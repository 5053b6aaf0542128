"""One bucket: the only module that talks to it, through obstore.

Above: objects, files, lease. Below: obstore, botocore's credentials (for what obstore does not read
itself: profiles, SSO), base/errors.

    s3://bucket/prefix      endpoint and region from the usual variables of AWS: AWS_ENDPOINT_URL_S3,
                            AWS_REGION, AWS_ACCESS_KEY_ID, …; plain http only where the endpoint says it

Invariants
- Requests are repeated after 5xx answers, lost connections and slow answers, with jitter, for a
  bounded time. `put` and `delete` may be repeated as they are. A conditional put whose answer is lost
  is settled by reading back, so its body must hold something that no other writer has.
- Every failure is one of ours: NotFound("object"), Unavailable("storage"), and Unavailable("denied")
  where the credentials are missing, wrong, or may not do it.
"""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from seaglass.base.errors import Invalid, NotFound, Unavailable
from seaglass.base.limits import (
    BUCKET_ATTEMPTS,
    BUCKET_CONNECT_SECONDS,
    BUCKET_PART_BYTES,
    BUCKET_PARTS_AT_ONCE,
    BUCKET_PAUSE_SECONDS,
    BUCKET_REQUEST_SECONDS,
    BUCKET_RETRIES,
    BUCKET_RETRY_SECONDS,
    CLOCK_SKEW_SECONDS_MAX,
    LEASE_SECONDS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from obstore.store import S3Store

    from seaglass.base.clock import Clock
    from seaglass.base.rng import Rng

Result = TypeVar("Result")

SCHEME = "s3://"
_NO_BUCKET = "NoSuchBucket"
# Listings that are refused have no exception of their own.
_DENIED = re.compile(r"status code: 40[13]\b")
_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*?))?/*")
# What lies between the characters of Unicode.
_LAST_BEFORE_SURROGATES, _LAST_SURROGATE = 0xD7FF, 0xDFFF
# How many of a listing come in one answer, and how many are deleted by one request: S3's maximum.
KEYS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class BucketOptions:
    """How patient a client is (tests have less time), and the KMS key that S3 seals objects under.

    kms_key: of AWS's S3 only; where an endpoint is set, the server there has rules of its own
    region: where the bucket is; None: as AWS tools find it
    """

    request_seconds: float = BUCKET_REQUEST_SECONDS
    retries: int = BUCKET_RETRIES
    retry_seconds: float = BUCKET_RETRY_SECONDS
    pause_seconds: float = BUCKET_PAUSE_SECONDS
    lease_seconds: float = LEASE_SECONDS
    skew_seconds_max: float = CLOCK_SKEW_SECONDS_MAX
    kms_key: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a key without reading it; `modified` in epoch seconds, by the bucket's clock."""

    key: str
    size_bytes: int
    modified: float
    tag: str


def is_bucket(place: str) -> bool:
    """Whether a text means a bucket and not a folder."""
    return place.startswith(SCHEME)


def canonical_url(url: str) -> str:
    """The one spelling of a bucket's URL.

    Raises: Invalid(illegal_argument)
    """
    bucket, prefix = _parts(url)
    return f"{SCHEME}{bucket}/{prefix}" if prefix else f"{SCHEME}{bucket}"


def _character_before(character: str) -> str:
    """The one before in Unicode, whose surrogates are no characters; nothing before the first."""
    code = ord(character) - 1
    if code < 0:
        return ""
    return chr(_LAST_BEFORE_SURROGATES if code == _LAST_SURROGATE else code)


def _parts(url: str) -> tuple[str, str]:
    match = _URL.fullmatch(url)
    prefix = "" if match is None else match[2] or ""
    if match is None or any(part in ("", ".", "..") for part in prefix.split("/") if prefix):
        raise Invalid(
            "illegal_argument",
            f"{url!r} is not the URL of a bucket: write s3://bucket/prefix, the bucket in 3 to 63 "
            "small letters, digits, dots and hyphens.",
        )
    return match[1], prefix


class Bucket:
    """The keys under one prefix of a bucket. Safe to share between threads."""

    def __init__(
        self, url: str, clock: Clock, rng: Rng, options: BucketOptions | None = None
    ) -> None:
        self.where = canonical_url(url)
        self.options = options or BucketOptions()
        self.clock = clock
        self._rng = rng
        self._guard = threading.Lock()
        self._opened: S3Store | None = None

    def get(self, key: str) -> bytes:
        """Raises: NotFound(object)."""
        return self.get_tagged(key)[0]

    def get_tagged(self, key: str) -> tuple[bytes, str]:
        """The bytes under a key, and their tag.

        Raises: NotFound(object)
        """

        def get_once() -> tuple[bytes, str]:
            answer = self._store.get(key)
            return bytes(answer.bytes()), answer.meta["e_tag"] or ""

        return self._retried("read", key, get_once)

    def get_range(self, found: Found, offset: int, size_bytes: int) -> bytes:
        """Some bytes of what was found under a key.

        Raises: NotFound(object); Unavailable(storage) when the key has other bytes by now
        """

        def get_once() -> bytes:
            options: Any = {"range": (offset, offset + size_bytes)}
            if found.tag:
                options["if_match"] = found.tag
            return bytes(self._store.get(found.key, options=options).bytes())

        return self._retried("read", found.key, get_once)

    def starting(self, prefix: str) -> Iterator[Found]:
        """All keys that begin with a text, by key: S3's own prefixes, not those of folders."""
        folder, slash, name = prefix.rpartition("/")
        # The last text of its length before the prefix: what begins with that one comes first.
        after = f"{prefix[:-1]}{_character_before(prefix[-1])}" if name else None
        while True:
            page = self._retried("list", prefix, partial(self._page, folder + slash, after))
            for one in page:
                if one.key.startswith(prefix):
                    yield one
                elif one.key > prefix:
                    return
            if len(page) < KEYS_AT_ONCE:
                return
            after = page[-1].key

    def head(self, key: str) -> Found | None:
        """What is known of a key; None if it is not there."""
        try:
            return _found(self._retried("look at", key, lambda: self._store.head(key)))
        except NotFound:
            return None

    def put(self, key: str, data: bytes) -> None:
        """Write a key, whole or not at all."""
        self._retried(
            "write",
            key,
            lambda: self._store.put(
                key,
                data,
                use_multipart=len(data) > BUCKET_PART_BYTES,
                chunk_size=BUCKET_PART_BYTES,
                max_concurrency=BUCKET_PARTS_AT_ONCE,
            ),
        )

    def create(self, key: str, data: bytes) -> str | None:
        """Write a key that is not there; its tag, or None if somebody else's bytes are there."""
        return self._conditional(key, data, "create")

    def replace(self, key: str, data: bytes, tag: str) -> str | None:
        """Write a key that still has the tag; its new tag, or None if it has another."""
        return self._conditional(key, data, {"e_tag": tag})

    def list(self, prefix: str) -> Iterator[Found]:
        """Everything under a prefix (`objects/`), by key.

        A page that fails is asked for again from the last key that came.
        """
        after: str | None = None
        while True:
            found = self._retried("list", prefix, partial(self._page, prefix, after))
            yield from found
            if len(found) < KEYS_AT_ONCE:
                return
            after = found[-1].key

    def delete(self, keys: Sequence[str]) -> None:
        """Remove up to KEYS_AT_ONCE keys; those that are not there are no error.

        Tried once, with obstore's own retries: it ends within half of a lease (`lease`).
        """
        assert len(keys) <= KEYS_AT_ONCE
        if keys:
            self._retried("delete", keys[0], lambda: self._store.delete(list(keys)), attempts=1)

    def _page(self, prefix: str, after: str | None) -> tuple[Found, ...]:
        stream = self._store.list(prefix.rstrip("/"), offset=after, chunk_size=KEYS_AT_ONCE)
        return tuple(map(_found, next(iter(stream), ())))

    def _conditional(self, key: str, data: bytes, mode: Any) -> str | None:
        """One conditional put, repeated until its outcome is known."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        def put_once() -> str | None:
            try:
                return str(self._store.put(key, data, mode=mode)["e_tag"])
            except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
                if isinstance(error, FileNotFoundError) and _NO_BUCKET in str(error):
                    raise
                return self._own(key, data)

        return self._retried("write", key, put_once)

    def _own(self, key: str, data: bytes) -> str | None:
        """The tag of a key if it holds `data`: an earlier try was carried out, and its answer lost."""
        try:
            answer = self._store.get(key)
            return str(answer.meta["e_tag"]) if bytes(answer.bytes()) == data else None
        except FileNotFoundError:
            return None

    def _retried(
        self, verb: str, key: str, once: Callable[[], Result], *, attempts: int = BUCKET_ATTEMPTS
    ) -> Result:
        """Repeats what obstore gives up on or must not repeat itself, a few times."""
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        attempt = 0
        while True:
            attempt += 1
            try:
                return once()
            except FileNotFoundError as error:
                if _NO_BUCKET in str(error):
                    raise self._failed(verb, key, _code(error)) from None
                raise NotFound("object", f"{key} is not in {self.where}") from None
            except (PermissionDeniedError, UnauthenticatedError) as error:
                advice = f"{_code(error)}; check the credentials and what they may do there"
                raise self._failed(verb, key, advice, "denied") from error
            except (BaseError, OSError, ValueError) as error:
                if attempt >= attempts or _is_final(error):
                    kind = "denied" if _DENIED.search(str(error)) else "storage"
                    raise self._failed(verb, key, _code(error), kind) from error
            self.clock.sleep(self._pause(attempt))

    def _pause(self, attempt: int) -> float:
        """Full jitter: anything up to a bound that doubles."""
        share = int.from_bytes(self._rng.token(4)) / 2**32
        return float(self.options.pause_seconds * 2**attempt * share)

    def _failed(self, verb: str, key: str, why: str, kind: str = "storage") -> Unavailable:
        return Unavailable(kind, f"cannot {verb} {self.where}/{key}: {why}")

    @property
    def _store(self) -> S3Store:
        with self._guard:
            if self._opened is None:
                self._opened = _connected(self.where, self.options)
            return self._opened


def _endpoint() -> str:
    """The server that is named in place of AWS; empty for none."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _connected(url: str, options: BucketOptions) -> S3Store:
    from obstore.store import S3Store

    bucket, prefix = _parts(url)
    endpoint = _endpoint()
    settings: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    region = options.region or os.environ.get("AWS_REGION")
    region = region or os.environ.get("AWS_DEFAULT_REGION")
    if not (os.environ.get("AWS_ACCESS_KEY_ID") and os.environ.get("AWS_SECRET_ACCESS_KEY")):
        provider = settings["credential_provider"] = _credentials(url)
        region = region or provider.config.get("region")
    settings["region"] = region or "us-east-1"
    if options.kms_key is not None and not endpoint:
        settings["server_side_encryption"] = "aws:kms"
        settings["sse_kms_key_id"] = options.kms_key
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "timeout": timedelta(seconds=options.request_seconds),
            "connect_timeout": timedelta(seconds=BUCKET_CONNECT_SECONDS),
        },
        retry_config={
            "max_retries": options.retries,
            "retry_timeout": timedelta(seconds=options.retry_seconds),
            "backoff": {
                "init_backoff": timedelta(seconds=options.pause_seconds),
                "max_backoff": timedelta(seconds=40 * options.pause_seconds),
                "base": 2,
            },
        },
        **settings,
    )


def _credentials(url: str) -> Any:
    """The rest of AWS's chain: profiles, SSO, roles of containers and machines."""
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        return Boto3CredentialProvider()
    except ValueError as error:
        raise Unavailable(
            "storage",
            f"There are no AWS credentials for {url}: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
        ) from error


def _found(meta: Mapping[str, Any]) -> Found:
    return Found(
        str(meta["path"]),
        int(meta["size"]),
        float(meta["last_modified"].timestamp()),
        str(meta["e_tag"] or ""),
    )


def _is_final(error: Exception) -> bool:
    """Whether the answer says that the same request will never do."""
    return re.search(r"status code: 4(?!08|09|29)\d\d", str(error)) is not None


def _code(error: Exception) -> str:
    """The gist of an error whose text has the answer, the retries and the source in it."""
    text = str(error).partition("\n\nDebug source:")[0]
    if _NO_BUCKET in text:
        return "there is no such bucket; make it first"
    code = re.search(r"<Code>(\w+)</Code>", text)
    status = re.search(r"status code: (\d{3}[^:<\n]*)", text)
    if code is not None:
        return code[1] if status is None else f"{code[1]} ({status[1].strip()})"
    if "TimedOut" in str(error):
        return "it did not answer in time"
    if "error sending request" in text:
        return f"no connection to {_endpoint() or 'AWS'}"
    return " ".join(text.rpartition(" - ")[2].split())[:300]
