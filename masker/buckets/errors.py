"""One mapper from what object storage and its drivers say to what masker says."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from masker.errors import StorageError

_THROTTLED = frozenset({
    "SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequests",
    "ServiceUnavailable", "RequestThrottled", "BandwidthLimitExceeded", "503", "429",
})  # fmt: skip
_TRANSIENT = frozenset({
    "InternalError", "InternalFailure", "RequestTimeout", "RequestTimeoutException", "OperationAborted", "Connection",
    "Unreadable", "500", "502", "504", "408",
})  # fmt: skip
_DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403", "Forbidden"})
#: No request of these credentials, or of this clock, will fare better than the one that was answered so.
_UNKNOWN_KEY = frozenset(
    {
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "XAdminUserNotFound",
        "Unauthorized",
        "401",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"})
_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_CREDENTIALS = (
    _UNKNOWN_KEY
    | _EXPIRED
    | _CLOCK
    | {"SignatureDoesNotMatch", "NoCredentials", "Session", "CredentialProcess", "Credentials", "Role"}
)
_REDIRECTS = frozenset(
    {
        "PermanentRedirect",
        "TemporaryRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "Redirect",
        "301",
        "302",
        "307",
        "308",
    }
)
_VIRTUAL_HOSTS_ONLY = frozenset({"SecondLevelDomainForbidden", "PathStyleDomainForbidden"})
_ARCHIVED = frozenset({"InvalidObjectState", "ObjectNotInActiveTierError"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
_CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
_UNSUPPORTED = frozenset(
    {"NotImplemented", "MethodNotAllowed", "XNotImplemented", "UnsupportedOperation", "501", "405"}
)

_UNANSWERED = "Unanswered"

#: What a client is told to do about faults of one kind.
_HINTS = {
    **dict.fromkeys(
        _UNKNOWN_KEY,
        "check the credentials: the storage knows no such access key; profile or environment may be those of another"
        " account or storage",
    ),
    **dict.fromkeys(
        _EXPIRED,
        "check the credentials: the session has expired and has to be begun anew (aws sso login, or whatever else gave"
        " the credentials)",
    ),
    **dict.fromkeys(_CLOCK, "set this machine's clock: the storage takes no request that is minutes off"),
    "SignatureDoesNotMatch": (
        "check the credentials: the secret key is not the one of the access key; or a proxy on the way changes requests"
    ),
    "NoCredentials": (
        "check the credentials: a profile, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or a role of this machine"
    ),
    "Session": "check the credentials: begin the session anew (aws sso login, with --profile where it is of one)",
    "CredentialProcess": (
        "check the credentials: run the credential_process of the profile by itself to see what it lacks"
    ),
    "Credentials": (
        "check the credentials: the file, program or address that the AWS configuration or the environment names for"
        " them"
    ),
    "Role": "check the credentials: who is to take on the role, and whom the role's trust policy lets do so",
    "NoSuchBucket": "check the bucket's name, the account and the endpoint",
    "407": "the proxy wants a name and a password: HTTPS_PROXY=http://name:password@host:port",
    **dict.fromkeys(_VIRTUAL_HOSTS_ONLY, "this storage takes buckets as host names only: --addressing-style virtual"),
    **dict.fromkeys(
        _REDIRECTS,
        "the bucket is to be asked elsewhere: give its own --region, and an endpoint of https:// where the storage"
        " redirects to it",
    ),
    "Repeated": (
        "this storage does not heed start-after, or something on the way answers with what it has kept: ask the storage"
        " itself (--endpoint-url), or let an inventory list the source (--source-inventory)"
    ),
    "Astray": (
        "this storage does not heed the prefix of a listing, or something on the way answers with what it has kept:"
        " sync the whole bucket, or ask the storage itself"
    ),
    "Nameless": (
        "no request can name such an object: rename it with what wrote it, or sync the folders beside it"
        " (s3://bucket/folder)"
    ),
    "Unreadable": (
        "check --endpoint-url: a console, a proxy's page or another service than the storage's own answers otherwise"
    ),
    "Disorder": (
        "this storage lists in an order of its own (directory buckets and some gateways do), and what comes late would"
        " be taken for missing: sync folder by folder (s3://bucket/folder), leaving out or renaming what sorts"
        " otherwise there; or let an inventory list the source (--source-inventory)"
    ),
}

#: A certificate that nobody here vouches for, as Python and the runtime say it.
_UNTRUSTED = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|SSL validation failed|AWS_IO_TLS_ERROR_(?:NEGOTIATION|DEFAULT_TRUST)"
)
_EXPECTED_REGION = re.compile(r"expecting '([\w-]+)'")
_REGION_OF_HOST = re.compile(r"s3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d+)\.")

#: What stands before the host of an address.
_LOGIN = re.compile(r"""//[^/\s"'<>]*@""")

#: Characters of a server's own words that are repeated to the user.
_WORDS = 300


def without_logins(text: str) -> str:
    """*text* without the names and passwords of addresses in it.

    >>> without_logins("no answer from https://name:secret@storage:9000/a")
    'no answer from https://storage:9000/a'
    """
    return _LOGIN.sub("//", text)


def _clock_words(error: dict[str, Any]) -> str | None:
    """By how much this machine's clock is off, as the answer of a storage tells that shows both; None where it shows
    none."""
    asked, answered = (_read_time(error.get(name)) for name in ("RequestTime", "ServerTime"))
    if asked is None or answered is None:
        return None
    seconds = (asked - answered).total_seconds()
    minutes = abs(seconds) / 60
    off = f"{minutes:,.0f} minutes" if minutes >= 2 else f"{abs(seconds):,.0f} seconds"
    return f"this machine's clock is {off} {'ahead of' if seconds > 0 else 'behind'} the storage's: set it"


def _read_time(text: Any) -> datetime | None:
    """A time as S3 writes it: ``20260102T030405Z``, ISO 8601, or that of HTTP."""
    text = str(text or "")
    for form in ("%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%a, %d %b %Y %H:%M:%S GMT"):
        with suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=UTC)
    return None


class StorageFault(Exception):
    """What the storage answered instead of what was asked. *code* is S3's, or ours for connections and unreadable
    answers.

    *request* is what was asked, once it is known; *remedy* what the answer itself says to do.
    """

    def __init__(self, code: str, text: str, *, status: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.text = " ".join(without_logins(text).split())[:_WORDS]
        self.status = status
        self.request: object = None
        self.remedy: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            type(self),
            (self.code, self.text),
            {"status": self.status, "request": self.request, "remedy": self.remedy},
        )

    def __str__(self) -> str:
        return f"{self.code} ({self.text})" if self.text and self.text != self.code else self.code

    @property
    def is_throttle(self) -> bool:
        """The storage asks for fewer requests."""
        return self.code in _THROTTLED or self.status in {429, 503}

    @property
    def is_transient(self) -> bool:
        """The same request may well succeed in a moment."""
        return self.is_throttle or self.code in _TRANSIENT or (self.status >= 500 and not self.is_unsupported)

    @property
    def may_pass(self) -> bool:
        """One object of several fared so, and may fare better when it is asked for again."""
        return self.is_transient or self.code == _UNANSWERED

    @property
    def is_denied(self) -> bool:
        return self.code in _DENIED or self.status == 403

    @property
    def is_no_permission(self) -> bool:
        """A policy says no, and neither a quota nor the state of an account or a key."""
        return self.code in _DENIED

    @property
    def is_credentials(self) -> bool:
        """The storage does not know who asks, or no longer, or takes the question for an old one."""
        return self.code in _CREDENTIALS

    @property
    def is_of_clock(self) -> bool:
        """The storage takes the request for one of another time."""
        return self.code in _CLOCK

    @property
    def is_elsewhere(self) -> bool:
        """The bucket is there, and has to be asked in another region or at another address."""
        return self.code in _REDIRECTS

    @property
    def is_of_a_key_of_their_own(self) -> bool:
        """The object is encrypted with a key that the storage does not keep (SSE-C)."""
        return self.code == "InvalidRequest" and "Server Side Encryption" in self.text

    @property
    def is_missing(self) -> bool:
        return self.code in _MISSING

    @property
    def is_changed(self) -> bool:
        """A condition sent with the request does not hold."""
        return self.code in _CHANGED or self.status == 412

    @property
    def is_unsupported(self) -> bool:
        """This storage does not know the operation."""
        return self.code in _UNSUPPORTED or self.status in {405, 501}

    @property
    def is_archived(self) -> bool:
        """The object has to be restored before it can be read."""
        return self.code in _ARCHIVED

    @classmethod
    def from_answer(cls, status: int, error: dict[str, Any]) -> StorageFault:
        """From the ``Error`` of an answer, which may be empty where the answer had no body; ``Region`` may come from a
        header."""
        code = str(error.get("Code") or status or "Unreadable")
        fault = cls(code, str(error.get("Message") or ""), status=status)
        if fault.code in _CLOCK:
            fault.remedy = _clock_words(error)
        if fault.is_elsewhere:
            found = _EXPECTED_REGION.search(fault.text) or _REGION_OF_HOST.search(str(error.get("Endpoint") or ""))
            region = error.get("Region") or (found[1] if found else None)
            if region:
                fault.remedy = f"the bucket lies in {region}: --region {region}"
        return fault

    @classmethod
    def redirected(cls, status: int, location: str) -> StorageFault:
        """The answer names another address, *location*, for all of it."""
        parts = urlsplit(without_logins(location))
        place = f"{parts.scheme}://{parts.netloc}"
        fault = cls("Redirect", f"the endpoint sends requests on to {place}", status=status)
        fault.remedy = f"give that address with --endpoint-url: {place}, and the path of the endpoint if it has one"
        return fault

    @classmethod
    def connection(cls, text: str) -> StorageFault:
        return cls("Connection", text)

    @classmethod
    def nameless(cls) -> StorageFault:
        """An object is meant and its key is empty, which would make the request one on the bucket."""
        return cls("Client", "an object without a key")

    @classmethod
    def unanswered(cls) -> StorageFault:
        """An answer to many deletions is silent about one of them."""
        return cls(_UNANSWERED, "the storage does not say what became of it, and it is still there")

    @classmethod
    def unreadable(cls, text: str) -> StorageFault:
        """An answer that is not what the protocol says."""
        return cls("Unreadable", text)

    def to_error(self, subject: str, *, hint: str | None = None) -> StorageError:
        """The fault as the user sees it."""
        return StorageError(f"{subject}: {self}", hint=hint or self.remedy or self._hint())

    def _hint(self) -> str | None:
        if self.code in _HINTS:
            return _HINTS[self.code]
        if self.is_denied:
            return "check the credentials and what their policy allows"
        if self.code != "Connection":
            return None
        if "WRONG_VERSION_NUMBER" in self.text:
            return "the endpoint does not speak TLS: if it is to be asked without, http:// instead of https://"
        if _UNTRUSTED.search(self.text):
            return (
                "if the storage's certificate is signed by an authority of your own: AWS_CA_BUNDLE=/path/to/ca.pem, or"
                " ca_bundle in ~/.aws/config"
            )
        if "proxy" in self.text.lower():
            return "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment"
        return "check --endpoint-url, the region and the network"
