"""What the commands on dumps share: the bucket, the key, and which dump is meant."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from masker.cli.building.buckets import named_on_file
from masker.cli.building.databases import read_key
from masker.cli.flags.buckets import PairFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.dumps import StoreFlags, WhichFlags
from masker.errors import UsageError
from masker.figures import size

if TYPE_CHECKING:
    from masker.dumps.manifest import Manifest
    from masker.dumps.restore import Accepted
    from masker.dumps.store import Store


def store_of(databases: DatabaseFlags, flags: StoreFlags) -> Store:
    """The store that flags or settings name. Raises UsageError, Refused."""
    from masker.buckets.objects import parse_location
    from masker.buckets.settings import Access
    from masker.dumps.store import Store, StoreSettings

    if not flags.to:
        raise UsageError("--store is missing", hint="a private bucket: s3://bucket/prefix, or dumps: in masker.yml")
    taken = []
    for pair in named_on_file(databases):
        said = pair.said(PairFlags)
        taken += [parse_location(said[side]) for side in ("source", "target") if side in said]
    access = Access(profile=flags.profile, region=flags.region, endpoint_url=flags.endpoint_url)
    return Store(StoreSettings(location=parse_location(flags.to), access=access, taken=tuple(taken)))


def key_of(keys: KeyFlags) -> bytes:
    """The key, which manifests are sealed with. Raises UsageError where none is named."""
    missing: list[str] = []
    key = read_key(keys, os.environ, missing)
    if missing:
        raise UsageError("; ".join(missing))
    if key is None:
        raise UsageError(
            "no key is named, and manifests of dumps are sealed with one",
            hint="--key-file, --key-env or key: in masker.yml",
        )
    return key


def named_dump(dump: str | None, which: WhichFlags) -> str | None:
    """The dump that is meant, None for the newest. Raises UsageError where that is not said."""
    if (dump is None) is not which.latest:
        raise UsageError("which dump is meant?" if dump is None else "--latest and a dump", hint="DUMP, or --latest")
    return dump


def manifest_document(manifest: Manifest) -> dict[str, Any]:
    """What is told of a dump, as plain values."""
    return {
        "dump": manifest.dump,
        "database": manifest.database,
        "run": manifest.run,
        "created_at": manifest.created_at,
        "server": manifest.server,
        "bytes": manifest.size,
        "sha256": manifest.sha256,
        "rows": manifest.rows,
        "tables": len(manifest.content.tables),
    }


def manifest_text(manifest: Manifest) -> str:
    """The same as a line."""
    return f"{manifest.dump}  of {manifest.database}, {manifest.rows:,} rows, {size(manifest.size)}"


def accepted_document(accepted: Accepted) -> dict[str, Any]:
    """What a restored database came to, as plain values."""
    return {
        "kind": "dump-accepted",
        "target": accepted.database,
        **manifest_document(accepted.manifest),
        "checks": accepted.findings.document(),
        "seconds": round(accepted.elapsed_s, 3),
    }


def accepted_text(accepted: Accepted) -> str:
    """The same as a sentence."""
    return (
        f"✓ {accepted.database} holds what the dump {accepted.manifest.dump} of {accepted.manifest.database} does:"
        f" {accepted.findings}; its gate is open"
    )
