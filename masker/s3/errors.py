"""One mapper from what object storage and its drivers say to what masker says."""

from __future__ import annotations

from typing import Any

from masker.errors import StorageError

_THROTTLED = frozenset({
    "SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequests", "ServiceUnavailable",
    "RequestThrottled", "BandwidthLimitExceeded", "503", "429",
})  # fmt: skip
_TRANSIENT = frozenset({
    "InternalError", "InternalFailure", "RequestTimeout", "RequestTimeoutException", "OperationAborted", "Connection", "Unreadable",
    "500", "502", "504", "408",
})  # fmt: skip
_DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403", "Forbidden"})
#: No request of these credentials, or of this clock, will fare better than the one that was answered so.
_CREDENTIALS = frozenset({
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired", "InvalidClientTokenId",
    "UnrecognizedClientException", "NoCredentials", "RequestTimeTooSkewed", "RequestExpired",
})  # fmt: skip
_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_REDIRECTS = frozenset({"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "Redirect", "301", "302", "307", "308"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
_CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
_UNSUPPORTED = frozenset({"NotImplemented", "MethodNotAllowed", "XNotImplemented", "UnsupportedOperation", "501", "405"})

#: Characters of a server's own words that are repeated to the user.
_WORDS = 300


class StorageFault(Exception):
    """What the storage answered instead of what was asked. *code* is S3's, or ours for connections and unreadable answers.

    *request* is what was asked, once it is known.
    """

    def __init__(self, code: str, text: str, *, status: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.text = " ".join(text.split())[:_WORDS]
        self.status = status
        self.request: object = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.text), {"status": self.status, "request": self.request}

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
    def is_denied(self) -> bool:
        return self.code in _DENIED or self.status == 403

    @property
    def is_credentials(self) -> bool:
        """The storage does not know who asks, or no longer, or takes the question for an old one."""
        return self.code in _CREDENTIALS

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
        return self.code == "InvalidObjectState"

    @classmethod
    def from_answer(cls, status: int, error: dict[str, Any]) -> StorageFault:
        """From the ``Error`` of an answer, which may be empty where the answer had no body."""
        code = str(error.get("Code") or status or "Unreadable")
        return cls(code, str(error.get("Message") or ""), status=status)

    @classmethod
    def connection(cls, text: str) -> StorageFault:
        return cls("Connection", text)

    @classmethod
    def nameless(cls) -> StorageFault:
        """An object is meant and its key is empty, which would make the request one on the bucket."""
        return cls("Client", "an object without a key")

    @classmethod
    def unreadable(cls, text: str) -> StorageFault:
        """An answer that is not what the protocol says."""
        return cls("Unreadable", text)

    def to_error(self, subject: str, *, hint: str | None = None) -> StorageError:
        """The fault as the user sees it."""
        return StorageError(f"{subject}: {self}", hint=hint or self._hint())

    def _hint(self) -> str | None:
        if self.code == "NoSuchBucket":
            return "check the bucket's name, the account and the endpoint"
        if self.code in _CLOCK:
            return "set this machine's clock: the storage takes no request that is minutes off"
        if self.is_credentials:
            return "check the credentials: profile, environment or role; a session that has expired has to be begun anew (aws sso login)"
        if self.code in _REDIRECTS:
            return "the bucket is to be asked elsewhere: give its own --region, and an endpoint of https:// where the storage redirects to it"
        if self.is_denied:
            return "check the credentials and what their policy allows"
        if self.code == "Connection":
            return "check --endpoint-url, the region and the network"
        return None
