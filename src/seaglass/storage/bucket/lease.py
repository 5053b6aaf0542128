"""The lease of a bucket: who may settle a save or delete objects now.

One key, `objects.lease`, holds JSON: `holder` (the folder that holds it, or ""), `token` (random, so
that no two bodies are equal) and `sweeps` (how often somebody has begun to delete). It is created
with If-None-Match and replaced with If-Match: of two takers one wins.

    take    replace a free lease; or one of our own folder, whose lock we hold, so its holder is dead;
            or one that has not changed for a lease's length while we looked
    check   before each step that counts: renew when half of the time is gone; Unavailable when somebody
            else has it, or had it
    release replace it by a free one; a failure costs the others some waiting

Time is measured by each process's own clocks: the monotonic one, which stands still while a machine
sleeps, and the time of day, which people set; a holder believes the one by which more has passed.
Whoever finds that `sweeps` has moved asks the bucket again for the objects that it believed to be
there.

Above: engine/snapshot/store. Below: client, objects.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from seaglass.base.errors import Corrupt, NotFound, SeaglassError, Unavailable
from seaglass.base.limits import LEASE_LOOK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.base.clock import Clock
    from seaglass.base.rng import Rng
    from seaglass.storage.bucket.client import Bucket
    from seaglass.storage.bucket.objects import BucketObjects

KEY = "objects.lease"
_TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Body:
    holder: str
    token: str
    sweeps: int


class _Moment(NamedTuple):
    """What both clocks show."""

    monotonic: float
    now: float


class Held:
    """A lease that this process has. One thread at a time."""

    def __init__(self, lease: Lease, body: _Body, tag: str, began: _Moment) -> None:
        self._lease = lease
        self._body = body
        self._tag = tag
        self._began = began

    def check(self) -> None:
        """Make sure that half of the lease's time is left.

        Raises: Unavailable(storage) when somebody else may have it by now
        """
        began = self._lease.moment()
        age = max(began.monotonic - self._began.monotonic, began.now - self._began.now)
        if age < self._lease.seconds / 2:
            return
        self._body = self._lease.renewed(self._body)
        # However old it is: nobody has had it in between when it is as we left it.
        tag = self._lease.written(self._body, self._tag)
        if tag is None:
            raise Unavailable(
                "storage",
                f"The lease of {self._lease.where} was lost after {age:.0f} s: the bucket is slow. "
                "Try again.",
            )
        self._tag, self._began = tag, began

    def release(self) -> None:
        """Let others have it."""
        try:
            self._lease.written(self._lease.renewed(replace(self._body, holder="")), self._tag)
        except SeaglassError:
            # It ends by itself; what was done under it is done.
            pass


class Lease:
    """The lease of one bucket, as one data folder takes it, whose processes exclude each other."""

    def __init__(self, bucket: Bucket, objects: BucketObjects, folder: str, rng: Rng) -> None:
        self._bucket = bucket
        self._objects = objects
        self._folder = folder
        self._rng = rng
        self._sweeps = -1
        self._skew_seconds_max = bucket.options.skew_seconds_max
        self.seconds = bucket.options.lease_seconds
        # How finely those who wait for it look.
        self.look_seconds = min(LEASE_LOOK_SECONDS, self.seconds / 8)
        self.where = bucket.where
        self.clock: Clock = bucket.clock

    @contextmanager
    def held(self, *, sweeping: bool) -> Iterator[Held]:
        """Hold the lease. The caller holds the lock of the folder.

        Raises: Unavailable(storage) when it stays taken, or clocks differ too much
        """
        held, sweeps = self._take(sweeping=sweeping)
        try:
            # Once per process, and before each sweep: ages are told by the bucket's clock.
            if sweeping or self._sweeps < 0:
                self._compare_clocks()
            if sweeps != self._sweeps:
                self._objects.forget()
                self._sweeps = sweeps
            yield held
        finally:
            if sweeping:
                self._objects.forget()
            held.release()

    def moment(self) -> _Moment:
        """Now, by both clocks."""
        return _Moment(self.clock.monotonic(), self.clock.now())

    def renewed(self, body: _Body) -> _Body:
        """The same with another token."""
        return replace(body, token=self._rng.token(_TOKEN_BYTES).hex())

    def written(self, body: _Body, tag: str) -> str | None:
        """Replace what has the tag; the new tag, or None when that is gone."""
        return self._bucket.replace(KEY, _encoded(body), tag)

    def _take(self, *, sweeping: bool) -> tuple[Held, int]:
        seen = ""
        since = self.clock.monotonic()
        pause = threading.Event()
        deadline = since + 2.5 * self.seconds
        while True:
            moment = self.moment()
            began = moment.monotonic
            body, tag = self._read()
            if tag != seen:
                seen, since = tag, began
            if body.holder in ("", self._folder) or began - since >= self.seconds:
                taken = self.renewed(_Body(self._folder, "", body.sweeps + sweeping))
                new_tag = (
                    self._bucket.create(KEY, _encoded(taken))
                    if tag == ""
                    else self.written(taken, tag)
                )
                if new_tag is not None:
                    return Held(self, taken, new_tag, moment), taken.sweeps
            elif began >= deadline:
                raise Unavailable(
                    "storage", f"{self.where} is busy: others save there. Try again later."
                )
            else:
                # Waits for real: what holds it is another machine.
                pause.wait(self.look_seconds)

    def _read(self) -> tuple[_Body, str]:
        try:
            data, tag = self._bucket.get_tagged(KEY)
        except NotFound:
            return _Body("", "", 0), ""
        try:
            found = json.loads(data)
            return _Body(str(found["holder"]), str(found["token"]), int(found["sweeps"])), tag
        except (ValueError, KeyError, TypeError) as error:
            raise Corrupt(
                "corrupt",
                f"{self.where}/{KEY} is damaged. When nobody saves to the bucket, delete it.",
            ) from error

    def _compare_clocks(self) -> None:
        found = self._bucket.head(KEY)
        if found is None:
            return
        skew = abs(found.modified - self.clock.now())
        if skew > self._skew_seconds_max:
            raise Unavailable(
                "storage",
                f"The clocks of this machine and of {self.where} differ by {skew:.0f} s, and at most "
                f"{self._skew_seconds_max:.0f} s are allowed: ages of objects would be wrong. Set the clock.",
            )


def _encoded(body: _Body) -> bytes:
    return json.dumps(
        {"holder": body.holder, "token": body.token, "sweeps": body.sweeps}, sort_keys=True
    ).encode()
