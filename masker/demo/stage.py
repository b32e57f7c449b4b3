"""Where the demo plays: both servers, the storage of their buckets, and what is asked of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from masker.buckets.attachments.active_storage import ActiveStorageScope, DecisionName
from masker.buckets.objects import Location
from masker.buckets.settings import BucketPair, SyncSettings
from masker.demo.server import EmbeddedServer
from masker.demo.storage import EmbeddedStorage, credentials
from masker.errors import MaskerError
from masker.refresh import RefreshSettings
from masker.settings import Settings

PRODUCTION = "production"
PREVIEW = "preview"
OWNER = "bookshop"
PRODUCTION_BUCKET = "bookshop-production"
PREVIEW_BUCKET = "bookshop-preview"
EMPTY_BUCKET = "bookshop-empty"

#: A receipt is as personal as a name: preview gets the form without the content.
ATTACHMENTS: dict[str, DecisionName] = {"User#receipt": "placeholder"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Both servers, each with an empty database owned by a role that is no superuser, as hosts give; and the storage of
    both sides' buckets."""

    production: EmbeddedServer
    preview: EmbeddedServer
    rules: Path
    storage: EmbeddedStorage | None = None

    @property
    def source(self) -> str:
        return self.production.url(PRODUCTION, user=OWNER)

    @property
    def target(self) -> str:
        return self.preview.url(PREVIEW, user=OWNER)

    @property
    def settings(self) -> Settings:
        """What the demo asks for: as many lanes as there are processors, up to four."""
        return Settings(
            source=self.source,
            target=self.target,
            rules=(self.rules,),
            confirm=PREVIEW,
            workers=max(2, min(4, os.cpu_count() or 2)),
        )

    @property
    def state(self) -> Path:
        """Where syncs keep what outlives them, removed with the servers."""
        return self.production.folder / "state"

    @property
    def bucket_settings(self) -> SyncSettings:
        """The sync of its buckets. Raises MaskerError on a stage without them."""
        access = storage_of(self).access
        pair = BucketPair(
            source=Location(PRODUCTION_BUCKET),
            target=Location(PREVIEW_BUCKET),
            source_access=access,
            target_access=access,
            scope=ActiveStorageScope(database=self.target, attachments=ATTACHMENTS),
        )
        return SyncSettings(pairs=(pair,), state=self.state, confirm=(PREVIEW_BUCKET,))

    @property
    def refresh(self) -> RefreshSettings:
        """The database and its buckets. Raises MaskerError on a stage without buckets."""
        return RefreshSettings(database=self.settings, buckets=self.bucket_settings, confirm=(PREVIEW, PREVIEW_BUCKET))

    def write_settings_file(self) -> Path:
        """A masker.yml for all of it, readable by its owner alone, removed with the servers."""
        path = self.production.folder / "masker.yml"
        path.touch(mode=0o600)
        text = (
            f"version: 1\nsource: {{url: '{self.source}'}}\ntarget: {{url: '{self.target}'}}\nrules: ['{self.rules}']\n"
        )
        if self.storage is not None:
            said = ", ".join(f"'{kind}': {decision}" for kind, decision in ATTACHMENTS.items())
            text += (
                f"buckets:\n  - {{source: s3://{PRODUCTION_BUCKET}, target: s3://{PREVIEW_BUCKET}, endpoint_url:"
                f" '{self.storage.url}',\n"
            )
            text += f"     scope: active_storage, attachments: {{{said}}}}}\n"
        path.write_text(text)
        return path


def rules_file() -> Path:
    """The demo's rules."""
    return Path(str(files("masker.demo") / "masking.yml"))


@contextmanager
def raised_stage(*, with_buckets: bool = False) -> Iterator[Stage]:
    """Start all servers side by side; stop them on the way out, whatever happened."""
    with ExitStack() as stack:

        def start(name: str) -> EmbeddedServer:
            server = EmbeddedServer.start(name)
            stack.callback(server.stop)
            server.create_role(OWNER)
            server.create_database(name, owner=OWNER)
            return server

        def start_storage() -> EmbeddedStorage:
            storage = EmbeddedStorage.start()
            stack.callback(storage.stop)
            for name in (PRODUCTION_BUCKET, PREVIEW_BUCKET, EMPTY_BUCKET):
                storage.create_bucket(name)
            return storage

        if with_buckets:
            stack.enter_context(credentials())
        with ThreadPoolExecutor(max_workers=3) as pool:
            starting = pool.submit(start_storage) if with_buckets else None
            production, preview = pool.map(start, (PRODUCTION, PREVIEW))
        yield Stage(
            production=production, preview=preview, rules=rules_file(), storage=starting.result() if starting else None
        )


def storage_of(stage: Stage) -> EmbeddedStorage:
    if stage.storage is None:
        raise MaskerError("the demo: it was started without buckets")
    return stage.storage
