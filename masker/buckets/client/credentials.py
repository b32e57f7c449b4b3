"""Credentials that cannot be had: a session that has ended, a process that fails, a role that may not be taken on, each
by its own words."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
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


def lost_credentials(error: BotoCoreError | ClientError) -> StorageFault | None:
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
    return None
