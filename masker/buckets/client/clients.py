"""boto3 clients as everything here uses them, and where they send what they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader, create_loader

from masker.buckets.client.credentials import lost_credentials
from masker.buckets.client.interruptions import interruptible
from masker.buckets.client.proxies import is_read_alike, proxies_for
from masker.buckets.endpoints import is_amazons, require_plain
from masker.buckets.errors import StorageFault, without_logins
from masker.buckets.objects import is_arn
from masker.buckets.settings import Access
from masker.errors import MaskerError, UsageError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3control import S3ControlClient

_CONNECT_S = 10
_READ_S = 60

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds."""

    connect: float = _CONNECT_S
    read: float = _READ_S


def open_client(
    access: Access, *, connections: int, timeouts: Timeouts | None = None, is_anonymous: bool = False
) -> S3Client:
    """A client that does not retry by itself. Raises UsageError where profile or region cannot be."""
    timeouts = timeouts or Timeouts()

    def opened(proxies: dict[str, str] | None) -> S3Client:
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=connections,
            connect_timeout=timeouts.connect,
            read_timeout=timeouts.read,
            proxies=proxies,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            parameter_validation=False,
            s3={"addressing_style": access.addressing_style} if access.addressing_style else {},
            signature_version=UNSIGNED if is_anonymous else "s3v4",
            user_agent_extra="masker",
        )
        return session.client(
            "s3", endpoint_url=access.endpoint_url, config=config, region_name=session.region_name or "us-east-1"
        )

    try:
        with interruptible():
            session = _session(access.profile, access.region)
            client = opened(None)
            require_plain(client.meta.endpoint_url)
            if any(name.lower().endswith("_proxy") for name in os.environ):
                client = opened(proxies_for(client.meta.endpoint_url, os.environ))
    except (BotoCoreError, ValueError, OSError) as error:
        raise _not_opened(error, "check profile, region and endpoint: https://host, or http://host:port") from None
    if access.requester_pays:
        client.meta.events.register("before-sign.s3", _pay)
    client.meta.events.register_first("needs-retry.s3", _refuse_redirects)
    return client


def _session(profile: str | None, region: str | None) -> boto3.Session:
    """A session of its own, but with descriptions of the services that are read once: most of what a client costs."""
    core = botocore.session.get_session()
    if profile is not None:
        core.set_config_variable("profile", profile)
    core.register_component("data_loader", _descriptions(core.get_config_variable("data_path")))
    return boto3.Session(botocore_session=core, profile_name=profile, region_name=region)


@cache
def _descriptions(folders: str | None) -> Loader:
    return create_loader(folders)


def _pay(request: Any, **_: object) -> None:
    request.headers["x-amz-request-payer"] = "requester"


def _refuse_redirects(response: tuple[Any, Any] | None = None, **_: object) -> None:
    """Raise StorageFault for an answer that sends requests elsewhere, which botocore would look for a region in, and
    ask again for ever."""
    http = response[0] if response else None
    if http is None or http.status_code not in _REDIRECTS or "x-amz-bucket-region" in http.headers:
        return
    location = http.headers.get("location")
    if location and not is_amazons(location):
        raise StorageFault.redirected(http.status_code, location)


def open_control_client(access: Access, region: str) -> S3ControlClient:
    """A client of S3's control plane, at Amazon's own endpoint or at ``AWS_ENDPOINT_URL_S3_CONTROL``. Raises
    UsageError."""
    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        user_agent_extra="masker",
    )
    try:
        return _session(access.profile, None).client("s3control", region_name=region, config=config)
    except (BotoCoreError, ValueError, OSError) as error:
        raise _not_opened(error, "check profile and region") from None


def _not_opened(error: Exception, hint: str) -> MaskerError:
    """Why there is no client: it is nobody's who could ask, or it is asked for wrongly."""
    lost = lost_credentials(error)
    if lost is not None:
        return lost.to_error("object storage")
    return UsageError(f"object storage: {' '.join(without_logins(str(error)).split())}", hint=hint)


def is_amazon(client: S3Client) -> bool:
    """Whether *client* speaks to Amazon's own S3, which knows buckets by host name and by region."""
    return is_amazons(client.meta.endpoint_url)


def open_bucket_client(access: Access, bucket: str, *, connections: int) -> S3Client:
    """A client in the region in which Amazon says *bucket* lies, whatever *access* says; elsewhere as *access* says."""
    client = open_client(access, connections=connections)
    if not is_amazon(client) or is_arn(bucket):
        return client
    try:
        with interruptible():
            answer: Any = client.head_bucket(Bucket=bucket)
    except ClientError as error:
        answer = error.response  # which names the region even where it says no more
    except BotoCoreError:
        return client
    region = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
    return (
        client
        if region in {None, client.meta.region_name}
        else open_client(replace(access, region=region), connections=connections)
    )


def bucket_behind(access: Access, bucket: str) -> str | None:
    """The bucket whose access point *bucket* is; None where it is none, or that is not shown."""
    parts = bucket.split(":", 5)
    if not is_arn(bucket) or parts[2] != "s3" or not parts[3]:
        return None
    try:
        with interruptible():
            answer = open_control_client(access, parts[3]).get_access_point(
                AccountId=parts[4], Name=parts[5][len("accesspoint/") :]
            )
    except (BotoCoreError, ClientError):
        return None
    return str(answer.get("Bucket") or "") or None


@dataclass(frozen=True, slots=True)
class Address:
    """Where the requests on a bucket are sent: *host* with its port, the *path* that keys follow, the *region* they are
    signed for."""

    host: str
    path: str
    region: str


def address_of(client: S3Client, bucket: str) -> Address | None:
    """Where *client* itself would send requests on *bucket*; None where they cannot be sent in any other way than by
    it.

    That is for every setting there is (virtual hosts or paths, dual stack, acceleration, access points) decided by
    botocore's own rules.
    """
    own: Any = client
    try:
        found = own._ruleset_resolver.construct_endpoint(
            operation_model=client.meta.service_model.operation_model("ListObjectsV2"),
            call_args={"Bucket": bucket},
            request_context={},
        )
    except (BotoCoreError, StorageFault):
        return None  # which asking by the client will tell
    if own._request_signer.signature_version is not UNSIGNED:
        schemes = [
            scheme
            for scheme in found.properties.get("authSchemes", ())
            if scheme.get("name") in {"sigv4", "sigv4a", "sigv4-s3express"}
        ]
        if not schemes or schemes[0]["name"] != "sigv4" or schemes[0].get("signingName", "s3") != "s3":
            return None
        region = str(schemes[0].get("signingRegion") or client.meta.region_name)
    else:
        region = client.meta.region_name
    if not is_read_alike(found.url, os.environ) or proxies_for(found.url, os.environ) != proxies_for(
        client.meta.endpoint_url, os.environ
    ):
        return None
    parts = urlsplit(found.url)
    return Address(parts.netloc, parts.path.rstrip("/"), region)


def present_credentials(client: S3Client) -> Callable[[], Any] | None:
    """What gives the credentials of *client*, renewed where need be; None where it has none. It raises what botocore
    raises."""
    own: Any = client
    credentials = own._request_signer._credentials  # boto3 has no other way to ask for them
    return credentials.get_frozen_credentials if credentials else None


def authorities_of(client: S3Client) -> str | None:
    """The file of the certificate authorities that *client* trusts; None where it asks for no certificate."""
    from botocore.httpsession import get_cert_path

    own: Any = client
    verify = own._endpoint.http_session._verify  # boto3 has no other way to ask for it
    return str(get_cert_path(verify)) if verify else None
