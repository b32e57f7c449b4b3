"""A pair of buckets, and the preview whose blobs tell what of the one belongs into the other."""

from __future__ import annotations

from typing import Any

from masker.buckets.attachments.active_storage import ActiveStorageScope
from masker.buckets.run import PairResult
from masker.buckets.settings import parse_limits
from tests.buckets.conftest import Pair
from tests.buckets.rails import Preview
from tests.buckets.storage import Content
from tests.servers import Server

#: With pages of four a listing of both buckets takes many requests, and a sample is one key.
PAGE = 4

HELD_BACK = {"User#id_document": "drop", "User#avatar": "placeholder"}


class Stage:
    """Two buckets and the preview whose blobs tell of them."""

    def __init__(self, pair: Pair, preview: Server, keys: list[str]) -> None:
        self.pair = pair
        self.rails = Preview(preview)
        self.blobs: dict[str, int] = {}
        self.asked: dict[str, Any] = {}
        self.runs = 0
        self.scope: dict[str, Any] = {"attachments": HELD_BACK}
        for key in keys:
            self.upload(key)

    def upload(self, key: str, kind: str = "Product#photo", body: bytes | None = None) -> None:
        """A new blob with its object."""
        body = body or key.encode()
        self.pair.source.put(key, Content(body, public=True, content_type="image/png"))
        self.blobs[key] = self.rails.blob(key, body)
        self.rails.attach(self.blobs[key], kind)

    def purge(self, key: str, *, with_object: bool = True) -> None:
        blob = self.blobs.pop(key)
        self.rails.conn.execute("DELETE FROM active_storage_attachments WHERE blob_id = %s", [blob])
        self.rails.conn.execute("DELETE FROM active_storage_blobs WHERE id = %s", [blob])
        if with_object:
            self.pair.source.client.delete_object(Bucket=self.pair.source.name, Key=key)

    def change(self, key: str, body: bytes) -> None:
        """Another content under the same key, as an application has it that uploads to a blob again."""
        self.pair.source.put(key, body)
        self.rails.conn.execute("UPDATE active_storage_blobs SET byte_size = %s WHERE key = %s", [len(body), key])

    def asking(self) -> dict[str, Any]:
        scope = ActiveStorageScope(database=self.rails.url, **self.scope)
        return {"scope": scope, "limits": parse_limits("100"), "since_last": True, **self.asked}

    def sync(self, **changes: Any) -> PairResult:
        self.pair.proxy.forget()
        return self.run(**changes)

    def run(self, **changes: Any) -> PairResult:
        # What a sample has follows from the run's name, and so is the same whenever a test is run.
        self.runs += 1
        named = {"page_limit": PAGE, "run": f"stage{self.runs:03}"}
        return self.pair.sync(pair=self.asking(), **{**named, **changes}).pairs[0]

    @property
    def lists(self) -> int:
        return self.pair.proxy.counts["List"]

    def require_right(self) -> None:
        """A listing of everything finds nothing to do."""
        plan = self.pair.plan(pair=self.asking() | {"since_last": False})
        assert not plan.has_work, plan.totals


def why(result: PairResult) -> str | None:
    assert result.plan.since_last is not None
    return result.plan.since_last.why
