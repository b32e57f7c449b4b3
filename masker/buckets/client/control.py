"""Single requests of the control plane, asked one after the other: settings of buckets, jobs, uploads, locks. They are
sent again like any other."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from masker.buckets.client.boto import storage_faults
from masker.buckets.client.traffic import BASE_S, longest_wait, may_be_sent_again
from masker.buckets.errors import StorageFault
from masker.errors import StorageError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3control import S3ControlClient

#: Sendings of a request to which nobody answers: an address that is wrong is to be told soon.
_ATTEMPTS_UNHEARD = 4

#: Seconds after which no request is sent again, whatever came of it.
_PATIENCE_S = 60.0

Call = Callable[..., Any]
Answer = TypeVar("Answer")


def controlled(
    client: S3Client | S3ControlClient, subject: str, *, base_s: float = BASE_S, patience_s: float = _PATIENCE_S
) -> Call:
    """A caller for the control plane: ``call("get_bucket_acl", Bucket=…)``, faults raised as StorageFault once they
    last."""

    def call(operation: str, **arguments: Any) -> Any:
        try:
            method = getattr(client, operation)
        except AttributeError:
            raise StorageError(
                f"{subject}: the installed boto3 has no {operation}", hint="pip install --upgrade boto3"
            ) from None
        return insistently(lambda: method(**arguments), base_s=base_s, patience_s=patience_s)

    return call


def insistently(ask: Callable[[], Answer], *, base_s: float = BASE_S, patience_s: float = _PATIENCE_S) -> Answer:
    """What *ask* gives, asked again while its fault may pass and *patience_s* seconds are not over. Raises
    StorageFault."""
    begun = time.monotonic()
    for attempts in count(1):
        try:
            with storage_faults():
                return ask()
        except StorageFault as fault:
            is_unheard = fault.code == "Connection" and attempts >= _ATTEMPTS_UNHEARD
            if is_unheard or not may_be_sent_again(fault, attempts) or time.monotonic() - begun > patience_s:
                raise
        time.sleep(random.uniform(0, longest_wait(attempts, base_s)))  # noqa: S311 - jitter, not secrets
    raise AssertionError
