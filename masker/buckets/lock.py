"""A lock that the storage itself keeps on a target, so that runs on two machines see each other.

It is one small object beside the target's own, which no comparison looks at. It is made on condition that there is none
(``If-None-Match``), made anew every while on condition that it is still one's own (``If-Match``), and removed at the
end. A run that was killed makes it anew no more: by the storage's own clock it is seen to be old, and taken over. A run
that was merely frozen learns so before it deletes anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from masker.buckets.client.boto import storage_faults
from masker.buckets.client.control import Call
from masker.buckets.errors import StorageFault
from masker.buckets.objects import LOCK_NAME, Location, SentAcl
from masker.buckets.settings import Access
from masker.errors import Refused

#: Seconds after which a lock that was not renewed is taken over. It is renewed six times as often.
EXPIRES_S = 180.0
_RENEWALS = 6

_Body = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock: the *run*, the *host* it runs on (empty where that is nobody's business), the *place* of its
    state, and *since* when."""

    run: str
    host: str
    place: str
    since: str

    def __str__(self) -> str:
        return f"run {self.run}{f' on {self.host}' if self.host else ''}, since {self.since}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A lock as a listing has it, *age* in seconds by the storage's clock."""

    etag: str
    age: float


def lock_key(location: Location) -> str:
    """The whole key of the lock on *location*."""
    return location.prefix + LOCK_NAME


def above(target: Location) -> Iterator[Location]:
    """The bucket, and the folders in it, that *target* lies in."""
    parts = target.prefix.split("/")[:-1]
    for length in range(len(parts)):
        yield Location(target.bucket, "".join(f"{part}/" for part in parts[:length]))


class TargetLock:
    """The lock on *target*, asked for with *call*; it has expired after *expires_s* seconds without a renewal.

    Another run's lock is taken over where it has expired, or where it is of the same place, whose own lock files say
    that nobody runs there any more.
    """

    def __init__(
        self,
        call: Call,
        target: Location,
        own: Holder,
        *,
        access: Access,
        keeps_versions: bool,
        acl: SentAcl | None = None,
        expires_s: float = EXPIRES_S,
    ) -> None:
        self.notes: list[str] = []
        self._call = call
        self._target = target
        self._own = own
        self._access = access
        self._key = lock_key(target)
        self._keeps_versions = keeps_versions
        self._acl = {"ACL": acl} if acl else {}
        self._expires_s = expires_s
        self._token = secrets.token_hex(8)
        self._beats = 0
        self._etag = ""
        self._sent = ""
        self._version: str | None = None
        self._is_held = False
        self._heeds_conditions = True
        self._may_match = True
        self._lost: Refused | None = None
        self._renewed = 0.0
        self._mutex = threading.Lock()
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="masker-lock", daemon=True)

    @property
    def etag(self) -> str:
        """The lock object's own; empty where none could be written."""
        return self._etag if self._is_held else ""

    def acquire(self) -> None:
        """Take the lock, and have it renewed until :meth:`release`. Raises Refused where another run holds it,
        StorageError where it cannot be asked for."""
        try:
            seen = self._look(self._key)
            if seen:
                self._require_old(seen)
            self._make(seen)
        except StorageFault as fault:
            raise fault.to_error(f"{self._target}: its lock {self._key}") from None
        if self._is_held:
            self._keeper.start()

    def require_free(self, other: Location) -> None:
        """Raise Refused where another run holds the lock on *other*, which overlaps this target."""
        try:
            seen = self._look(lock_key(other))
        except StorageFault:
            return  # beyond what these credentials may see
        if seen is None or seen.age > self._expires_s:
            return
        holder = self._read(lock_key(other))
        if holder is None or (holder["run"] != self._own.run and holder["place"] != self._own.place):
            raise self._refused(other, seen, holder)

    def check(self) -> None:
        """Raise Refused where another run has taken the lock over."""
        if self._lost:
            raise self._lost

    def require(self) -> None:
        """As :meth:`check`, and see now that it is still held if that has not been seen for a while: this process may
        have been frozen."""
        if self._is_held and _now() - self._renewed > 2 * self._expires_s / _RENEWALS:
            with self._mutex, suppress(StorageFault):
                self._renew()
        self.check()
        if self._is_held and _now() - self._renewed > self._expires_s:
            raise Refused(
                f"{self._target}: its lock could not be renewed for {_now() - self._renewed:,.0f} seconds, so another"
                " run may hold it",
                hint="run again when the storage answers",
            )

    def release(self) -> None:
        """Remove the lock, if it is still this run's."""
        self._ended.set()
        if self._keeper.is_alive():
            self._keeper.join()
        if not self._is_held or self._lost:
            return
        self._is_held = False
        with suppress(StorageFault):
            self._remove()
            if self._keeps_versions:
                forget_versions(self._call, self._target.bucket, self._key)

    def _remove(self) -> None:
        condition = {"IfMatch": f'"{self._etag}"'} if self._may_match else {}
        try:
            self._call("delete_object", Bucket=self._target.bucket, Key=self._key, **condition)
        except StorageFault as fault:
            if not _knows_no_condition(fault):
                raise
            self._call("delete_object", Bucket=self._target.bucket, Key=self._key)

    def _require_old(self, seen: _Seen) -> None:
        """Raise Refused unless the lock that was *seen* may be taken over."""
        holder = self._read(self._key)
        is_of_dead = holder is not None and holder["place"] == self._own.place
        if seen.age <= self._expires_s and not is_of_dead:
            raise self._refused(self._target, seen, holder)
        self.notes.append(f"the lock of {_named(holder)}, last heard of {_ago(seen.age)}, was taken over")

    def _make(self, seen: _Seen | None) -> None:
        """Make the lock, over that which was *seen* if there was one."""
        try:
            if seen:
                self._put_over(seen.etag)
            else:
                self._put({"IfNoneMatch": "*"})
        except StorageFault as fault:
            if fault.is_changed or fault.is_missing:
                self._look_who_was_quicker()
                return
            if fault.is_denied and not fault.is_credentials:
                self.notes.append(
                    "keeps no lock, so that runs on other machines are not seen: allow s3:PutObject and"
                    f" s3:DeleteObject on {self._key}"
                )
                return
            if not _knows_no_condition(fault):
                raise
            self._heeds_conditions = self._may_match = False
            self._put({})
        self._is_held = True
        if self._heeds_conditions:
            self._try_conditions()
        if not self._heeds_conditions:
            self.notes.append(
                "takes no conditions on what is written, so that two runs which begin in the same moment do not see"
                " each other"
            )

    def _try_conditions(self) -> None:
        """See whether the storage refuses to make what is there."""
        try:
            self._put({"IfNoneMatch": "*"})
        except StorageFault as fault:
            if not fault.is_changed:
                raise
        else:
            self._heeds_conditions = self._may_match = False

    def _look_who_was_quicker(self) -> None:
        """Hold the lock if it was made by an earlier sending whose answer was lost. Raises Refused where somebody else
        made it."""
        seen = self._look(self._key)
        if seen is None or not self._is_mine(seen):
            raise self._refused(self._target, seen or _Seen("", 0.0), self._read(self._key))
        self._has_renewed(seen.etag, None)
        self._is_held = True

    def _keep(self) -> None:
        interval = self._expires_s / _RENEWALS
        while not self._ended.wait(interval):
            with self._mutex, suppress(StorageFault):
                self._renew()
            if self._lost:
                return

    def _renew(self) -> None:
        """Make the lock anew. What becomes of it otherwise is noted; raises StorageFault where that is not known."""
        if self._lost:
            return
        try:
            self._put_over(self._etag)
        except StorageFault as fault:
            if not (fault.is_changed or fault.is_missing):
                raise
            seen = self._look(self._key)
            if seen is None:
                self._put({"IfNoneMatch": "*"})  # somebody removed it; who makes it first holds it
            elif self._is_mine(seen):
                self._has_renewed(seen.etag, None)
            else:
                unheard = _now() - self._renewed
                self._lost = Refused(
                    f"{self._target}: its lock was taken over by {_named(self._read(self._key))}, as this run was not"
                    f" heard of for {unheard:,.0f} seconds",
                    hint="wait for its end, and run again",
                )

    def _put_over(self, etag: str) -> None:
        """Make the lock anew if it is the one of *etag*, by the storage's own judgement where it has any. Raises
        StorageFault where it is not."""
        if self._may_match:
            try:
                self._put({"IfMatch": f'"{etag}"'})
            except StorageFault as fault:
                # To hold a condition against an object takes the right to read it.
                if not (_knows_no_condition(fault) or (fault.is_denied and not fault.is_credentials)):
                    raise
                self._may_match = False
            else:
                return
        seen = self._look(self._key)
        if seen is None or seen.etag != etag:
            raise StorageFault("PreconditionFailed", "it is another's", status=412)
        self._put({})

    def _put(self, condition: dict[str, str]) -> None:
        self._beats += 1
        body = json.dumps(
            {
                "masker": "lock",
                "run": self._own.run,
                "host": self._own.host,
                "place": self._own.place,
                "since": self._own.since,
                "token": self._token,
                "beats": self._beats,
            }
        ).encode()
        digest = hashlib.md5(body, usedforsecurity=False)
        self._sent = digest.hexdigest()
        answer = self._call(
            "put_object",
            Bucket=self._target.bucket,
            Key=self._key,
            Body=body,
            ContentType="application/json",
            ContentMD5=base64.b64encode(digest.digest()).decode(),
            **self._acl,
            **condition,
        )
        self._has_renewed(str(answer.get("ETag", "")).strip('"'), answer.get("VersionId"))

    def _has_renewed(self, etag: str, version: str | None) -> None:
        before, self._version = self._version, version
        self._etag, self._renewed = etag, _now()
        if before and before != "null" and self._keeps_versions:
            with suppress(StorageFault):
                self._call("delete_object", Bucket=self._target.bucket, Key=self._key, VersionId=before)

    def _look(self, key: str) -> _Seen | None:
        answer = self._call("list_objects_v2", Bucket=self._target.bucket, Prefix=key, MaxKeys=1)
        found = next((item for item in answer.get("Contents", ()) if item["Key"] == key), None)
        if found is None:
            return None
        now = _read_date(answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")) or datetime.now(UTC)
        return _Seen(found["ETag"].strip('"'), (now - found["LastModified"]).total_seconds())

    def _is_mine(self, seen: _Seen) -> bool:
        """Whether it is what this run sent last, though its answer was lost."""
        if seen.etag in {self._etag, self._sent}:
            return True
        holder = self._read(self._key)
        return holder is not None and holder.get("token") == self._token

    def _read(self, key: str) -> _Body | None:
        """What a lock says of its holder; None where that cannot be read."""
        try:
            answer = self._call("get_object", Bucket=self._target.bucket, Key=key)
            with storage_faults():
                body = json.loads(answer["Body"].read())
            return {name: str(body[name]) for name in ("run", "host", "place", "since", "token")}
        except (StorageFault, ValueError, KeyError, TypeError):
            return None

    def _refused(self, location: Location, seen: _Seen, holder: _Body | None) -> Refused:
        which = "it" if location == self._target else str(location)
        return Refused(
            f"{self._target}: another run into {which} is under way: {_named(holder)}, last heard of {_ago(seen.age)}",
            hint=(
                f"wait for its end; if it was killed, its lock is taken over {self._expires_s / 60:g} minutes after it"
                f" was last heard of, or at once without it: "
                + self._access.aws("s3", "rm", f"s3://{location.bucket}/{lock_key(location)}")
            ),
        )


def forget_versions(call: Call, bucket: str, key: str) -> None:
    """Remove what a bucket with versions keeps of the object at *key*; where that is not allowed it stays, deleted."""
    with suppress(StorageFault):
        answer = call("list_object_versions", Bucket=bucket, Prefix=key)
        for version in [*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())]:
            if version["Key"] == key:
                call("delete_object", Bucket=bucket, Key=key, VersionId=version["VersionId"])


def _knows_no_condition(fault: StorageFault) -> bool:
    """The storage knows no conditions on what is written."""
    return fault.is_unsupported or fault.status == 400


def _named(holder: _Body | None) -> str:
    if holder is None:
        return "a run whose lock cannot be read (s3:GetObject)"
    return str(Holder(run=holder["run"], host=holder["host"], place="", since=holder["since"]))


def _read_date(text: str) -> datetime | None:
    """The storage's clock, as a header has it; None where it does not say."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None


def _ago(seconds: float) -> str:
    return f"{max(0, seconds):,.0f} seconds ago" if seconds < 180 else f"{seconds / 60:,.0f} minutes ago"


def _now() -> float:
    """Seconds that go on while the machine sleeps."""
    return _clock()


_clock: Callable[[], float] = (
    (lambda: time.clock_gettime(time.CLOCK_BOOTTIME)) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
)
