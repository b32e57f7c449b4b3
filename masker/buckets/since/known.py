"""What is known of a target since the last run into it, and whether the next run may go by that. Pure.

Rows of Active Storage say what has changed. A blob's key is drawn at random when the blob is made and never used again,
its row goes when the blob goes, and when somebody gives it another content, size and checksum say so. So two readings
of the table, compared by key, tell which objects came, went and changed, whatever happened in between; the objects of
all other rows the last run has seen to. That holds as long as nothing else writes to either bucket, which is why
everything is listed again every few runs, and whenever there is a sign of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from masker.buckets.listing.spans import Span

#: Keys that are looked up one by one whatever a listing would take.
_FEW = 50

#: A content begins with the number of its bytes, that of a placeholder is empty.
_NO_CONTENT = "?"

#: Requests for each key that is looked up: one of either side.
_EACH = 2

#: Where Active Storage keeps variants of which no row tells: they are listed every time.
UNTOLD = Span("variants/", "variants0")


class Decided(NamedTuple):
    """What the preview's database has decided about a blob: its *content_type* where a placeholder stands in for it,
    else its *content*. *is_row_stale* where the row of a placeholder does not speak of it yet.

    Of a record, what was so when the last run ended; where that has not seen the object in its place, the content is
    one that no blob has.
    """

    key: str
    content_type: str | None
    is_row_stale: bool
    content: str

    def unsettled(self) -> Decided:
        return self._replace(content=_NO_CONTENT)

    def is_as_it_was(self, before: Decided) -> bool:
        """Whether nothing has to be done about an object that was seen in its place *before*."""
        return (self.content_type, self.content) == (before.content_type, before.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What *run* has left of a target: *rows* of a file with the SHA-256 *digest*, the ETag of the *seal* in the
    target, and all it went by. Everything was listed *runs* runs before, by *listed_by*, with *requests*."""

    run: str
    goes_by: Mapping[str, str]
    seal: str
    listed_by: str
    listed_at: str
    requests: int
    runs: int
    rows: int
    digest: str

    def document(self) -> dict[str, Any]:
        """The same as plain values, with a checksum of its own."""
        content = {"kind": "known", "version": 1, **asdict(self)}
        return {**content, "checksum": _checksum(content)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Known:
        """The inverse of :meth:`document`. Raises KeyError, TypeError or ValueError where it is not one, or has been
        damaged."""
        content = dict(document)
        if content.pop("checksum") != _checksum(content) or (content.pop("kind"), content.pop("version")) != (
            "known",
            1,
        ):
            raise ValueError("not what a run has written")
        return cls(**content)


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def why_listed(known: Known, goes_by: Mapping[str, str], seal: str | None, every: int) -> str | None:
    """Why nothing may be concluded from *known*; None where it holds. *seal* is the ETag of that in the target, *every*
    says in which of the runs everything is listed."""
    others = sorted(
        name for name in known.goes_by.keys() | goes_by.keys() if known.goes_by.get(name) != goes_by.get(name)
    )
    if others:
        return f"{', '.join(others)}: not what run {known.run} went by"
    if seal is None:
        return (
            f"the target has lost the seal of run {known.run}: another run, one that did not come to its end or"
            " `masker undo` has written to it since, or it was emptied"
        )
    if seal != known.seal:
        return f"the target carries the seal of a later run than {known.run}, whose record is not here"
    if known.runs + 1 >= every:
        ago = "the run before" if not known.runs else f"{known.runs + 1} runs before"
        return f"every {every} runs it is, and the last was {known.listed_by}, {ago}"
    return None


def most_looked_up(requests: int) -> int:
    """The most keys that are looked up one by one, where everything took as many *requests* to list."""
    return max(_FEW, requests // _EACH)


def left_out(keys: Iterable[str], present: Iterable[str]) -> Iterator[str]:
    """Those of *keys* that are not *present*; both come in order."""
    rest = iter(present)
    one = next(rest, None)
    for key in keys:
        while one is not None and one < key:
            one = next(rest, None)
        if one != key:
            yield key
