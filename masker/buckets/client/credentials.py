"""Credentials that cannot be had: a session that has ended, a process that fails, a role that may not be taken on, each
by its own words."""

from __future__ import annotations

from json import JSONDecodeError

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    LoginError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
)

from masker.buckets.errors import StorageFault

_OF_ROLES = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})
_OF_SESSIONS = frozenset({"GetRoleCredentials", "CreateToken", "CreateOAuth2Token", "GetSessionToken"})


#: Where the library looks for credentials. What files and programs do wrong there it passes on as it comes.
_LOOKING = frozenset({"botocore.credentials", "botocore.tokens"})


def lost_credentials(error: Exception) -> StorageFault | None:
    """The fault that *error* is if it is one of getting or renewing credentials; None for one of anything else."""
    match error:
        case ClientError(operation_name=name) if name in _OF_ROLES:
            return StorageFault("Role", str(error))
        case ClientError(operation_name=name) if name in _OF_SESSIONS:
            return StorageFault("Session", str(error))
        case SSOError() | LoginError() | TokenRetrievalError() | NoAuthTokenError():
            return StorageFault("Session", str(error))
        case CredentialRetrievalError(kwargs={"provider": "custom-process"}):
            return StorageFault("CredentialProcess", str(error))
        case RefreshWithMFAUnsupportedError():
            return StorageFault("Role", str(error))
        case NoCredentialsError() | PartialCredentialsError() | CredentialRetrievalError() | MetadataRetrievalError():
            return StorageFault("NoCredentials", str(error))
        case OSError(filename=str(name)) if _is_of_credentials(error):
            return StorageFault("Credentials", f"{name}: {(error.strerror or 'no reason given').lower()}")
        case JSONDecodeError() if _is_of_credentials(error):
            return StorageFault("Credentials", "what was answered is no JSON")
        case OSError() | ValueError() | KeyError() | TypeError() if _is_of_credentials(error):
            return StorageFault("Credentials", str(error))
    return None


def _is_of_credentials(error: Exception) -> bool:
    """Whether *error* was raised while credentials were looked for."""
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_globals.get("__name__") in _LOOKING:
            return True
        frame = frame.tb_next
    return False
