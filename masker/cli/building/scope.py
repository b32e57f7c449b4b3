"""The scope of a pair of buckets by the preview's database."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from masker.cli.building.databases import read_key
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.group import Variable
from masker.cli.flags.scope import ScopeFlags
from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.buckets.attachments.active_storage import ActiveStorageScope, DecisionName


def build_scope(
    scope: ScopeFlags,
    databases: DatabaseFlags,
    keys: KeyFlags,
    *,
    no_source: bool,
    environment: Mapping[str, str] = os.environ,
) -> ActiveStorageScope | None:
    """The scope of one pair, None if it has none. Raises UsageError.

    It reads the target of *databases* where it names no database of its own, and compares it with their source unless
    *no_source*.
    """
    from masker.buckets.attachments.active_storage import ActiveStorageScope

    if scope.kind is None:
        if scope.attachments:
            raise UsageError(
                "attachments: leave nothing out where there is no scope",
                hint="add scope: active_storage to the pair, or --scope active_storage",
            )
        return None
    missing: list[str] = []
    database = _database(scope.database or databases.target, environment, missing)
    source = None if no_source else _source(databases.source, environment, missing)
    key = read_key(keys, environment, missing)
    if missing:
        raise UsageError(
            "; ".join(missing),
            hint="scope: active_storage reads the masked preview: --database, database: or target.url of masker.yml",
        )
    return ActiveStorageScope(
        database=database,
        source=source,
        service=scope.service,
        unattached=scope.unattached,
        attachments=_decisions(scope.attachments or ()),
        key=key,
    )


def _database(named: str | Variable | None, environment: Mapping[str, str], missing: list[str]) -> str:
    if isinstance(named, Variable):
        found = environment.get(named.env)
        if not found:
            missing.append(f"scope: the environment variable {named.env} is not set")
        return found or ""
    if not named:
        missing.append("scope: no database is named")
    return named or ""


def _source(named: str | Variable | None, environment: Mapping[str, str], missing: list[str]) -> str | None:
    if isinstance(named, Variable):
        found = environment.get(named.env)
        if not found:
            missing.append(
                f"source.url: the environment variable {named.env} is not set, and the preview is compared with"
                " production; --no-source where this machine must not have it"
            )
        return found
    return named


def _decisions(flags: Iterable[str]) -> dict[str, DecisionName]:
    decisions: dict[str, DecisionName] = {}
    for flag in flags:
        key, _, decision = flag.rpartition("=")
        match decision:
            case "keep" | "placeholder" | "drop":
                decisions[key] = decision
            case _:
                raise UsageError(
                    f"--attachment {flag}: expected CLASS#NAME=drop, placeholder or keep",
                    hint="for instance --attachment 'User#avatar=placeholder'",
                )
    return decisions
