"""A pair compared by what its last run has recorded: whether that holds, and what is looked at instead of listings."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from masker import __version__
from masker.buckets.attachments.placeholders import placeholder_for
from masker.buckets.client.control import Call
from masker.buckets.diff import Change, Op, Ruling, Scope, Totals, row_change
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import KeyedFile, SortedRows
from masker.buckets.listing.comparison import PAGES_IN_FLIGHT, Comparison
from masker.buckets.listing.skim import just_before
from masker.buckets.listing.spans import Span
from masker.buckets.objects import Location
from masker.buckets.plan import SinceLast
from masker.buckets.settings import BucketPair, SyncSettings
from masker.buckets.since.known import UNTOLD, Known, left_out, most_looked_up, why_listed
from masker.buckets.since.record import Alike, RecordFiles, compared, record_in
from masker.buckets.since.seal import read_seal
from masker.figures import counted
from masker.notes import Note

if TYPE_CHECKING:
    from masker.buckets.attachments.open import OpenScope

#: Stretches of the record that are listed as a sample, each of half a page.
_STRETCHES = 2

_BELOW_UNTOLD = Span(None, UNTOLD.after)

_KEYS = pa.schema([("key", pa.string())])


@dataclass(slots=True, kw_only=True)
class Since:
    """*known* is what a comparison goes by, None where it lists everything, with the reason *why*. *is_fit* where there
    is anything to go by, so that a record is kept for the next run.

    *seal* was the target's when it was looked at, None where it had none. *keys* were asked for by name, *spans*
    listed: a sample, and what no row tells of. *placed* are keys whose objects the source has, *requests* what the
    comparison took. *looked_at* are keys of blobs that were asked for or listed, in order.
    """

    files: RecordFiles
    goes_by: Mapping[str, str]
    every: int
    known: Known | None
    why: str | None
    is_fit: bool
    seal: str | None
    placed: SortedRows
    keys: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    listed: int = 0
    requests: int = 0

    def noting(self, rule: Scope) -> Scope:
        """*rule*, and the keys noted that the source has."""

        def noted(key: str) -> Ruling | None:
            ruling = rule(key)
            if ruling is not None and ruling.is_blob:
                self.placed.add((key,))
            return ruling

        return noted

    def look(self, comparison: Comparison, scope: OpenScope, run: str) -> bool:
        """Compare what may have changed since *known*. False, with the reason *why*, where everything has to be listed
        after all; what was compared until then says nothing."""
        if self.known is None:
            return False
        rows = self.files.open()
        try:
            self.spans = [UNTOLD, *stretches(rows, run, comparison.page_limit // 2)]
            expected = self._sort_out(comparison, rows, scope.file, self.known)
        finally:
            rows.close()
        if expected is not None and self._is_as_recorded(comparison, expected, self.known):
            comparison.look_up(self.keys)
            return True
        self.known = None
        self.placed.close()
        return False

    def look_again(self, comparison: Comparison) -> None:
        """Compare once more what :meth:`look` has looked at."""
        with comparison.traffic.narrowed(PAGES_IN_FLIGHT):
            comparison.read(*self.spans)
        comparison.look_up(self.keys)

    def told(self, run: str) -> SinceLast:
        """What the plan of *run* says of it."""
        known = self.known
        if known is None:
            now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
            return SinceLast(
                run=None,
                why=self.why,
                listed_by=run,
                listed_at=now,
                runs=0,
                every=self.every,
                requests=self.requests,
            )
        return SinceLast(
            run=known.run,
            why=None,
            listed_by=known.listed_by,
            listed_at=known.listed_at,
            runs=known.runs + 1,
            every=self.every,
            looked_up=len(self.keys),
            listed=self.listed,
            requests=self.requests,
            saved=max(0, known.requests - self.requests),
        )

    def notes(self, target: Location) -> list[Note]:
        """Why everything was listed; or what was looked at instead, and what that does not see."""
        known = self.known
        if known is None:
            return [Note(subject="since last", text=f"everything was listed: {self.why}")]
        ahead = self.every - known.runs - 1
        again = f"in {ahead} runs" if ahead > 1 else "in the next run"
        return [
            Note(
                subject="since last",
                text=(
                    f"by the record of run {known.run}: {counted(len(self.keys), 'key')} looked up and"
                    f" {self.listed:,} listed, by {counted(self.requests, 'request')}, where a listing took"
                    f" {known.requests:,}; everything is listed again {again}"
                ),
            ),
            Note(
                subject=str(target),
                text=(
                    f"what somebody else than Active Storage has done to either bucket since run {known.run} was not"
                    " looked for: objects written over, put or deleted by hand, files of a preview that is gone; the"
                    f" listing {again} finds it"
                ),
            ),
        ]

    def unsettled(self, scope: OpenScope) -> Iterator[str]:
        """Keys of blobs whose objects the source did not show, in order."""
        present = (key for (key,) in self.placed)
        looked_at = (row.key for row in scope.decided()) if self.known is None else iter(sorted(self.looked_at))
        return left_out(looked_at, present)

    def _sort_out(self, comparison: Comparison, before: KeyedFile, now: KeyedFile, known: Known) -> set[str] | None:
        """Which keys are looked up; those that may have changed of what is listed. None where they are too many."""
        most = most_looked_up(known.requests)
        expected: set[str] = set()
        totals = comparison.totals
        for each in compared(before, now):
            if isinstance(each, Alike) and self._is_plain(each):
                self._count(totals, len(each), each.kept)
                continue
            for old, new in ((row, row) for row in each.rows()) if isinstance(each, Alike) else (each,):
                key = new.key if new is not None else old.key if old is not None else ""
                is_same = old is not None and new is not None and new.is_as_it_was(old)
                is_listed = any(key in span for span in self.spans)
                if new is not None and (is_listed or not is_same):
                    self.looked_at.append(key)
                if is_listed:
                    expected |= set() if is_same else {key}
                elif not is_same:
                    self.keys.append(key)
                elif new is not None:
                    self._count(totals, 1, new.content_type is None)
                    if new.content_type is not None and new.is_row_stale:
                        totals.stale_rows += 1
                        comparison.emit(row_change(key, placeholder_for(new.content_type)))
            if len(self.keys) > most:
                self.why = (
                    f"more than {most:,} keys would have to be looked up on both sides, and a listing takes about"
                    f" {counted(known.requests, 'request')}"
                )
                return None
        return expected

    def _is_plain(self, alike: Alike) -> bool:
        """Whether nothing of it is listed, and no row of it has to be written."""
        return not alike.has_stale_rows and not any(
            (span.after is None or alike.last > span.after) and (span.until is None or alike.first <= span.until)
            for span in self.spans
        )

    def _count(self, totals: Totals, objects: int, kept: int) -> None:
        """Objects that are taken to be as they were left."""
        totals.unchanged += objects
        totals.source_objects += objects
        totals.target_objects += objects
        totals.blobs_found += kept

    def _is_as_recorded(self, comparison: Comparison, expected: set[str], known: Known) -> bool:
        """List the spans. False where an object of the sample is not as the record has it, though nothing is known to
        have changed there."""
        others = 0
        emit = comparison.emit

        def told(change: Change) -> None:
            nonlocal others
            others += change.op != Op.ROW and change.key not in expected and change.key not in UNTOLD
            emit(change)

        comparison.emit = told
        with comparison.traffic.narrowed(PAGES_IN_FLIGHT):
            comparison.read(*self.spans)
        comparison.emit = emit
        self.listed = comparison.keys
        if others:
            self.why = (
                f"{others:,} of {counted(self.listed, 'key')} listed as a sample differ from what run"
                f" {known.run} has left, and no row tells why"
            )
        return not others


@contextlib.contextmanager
def since_last(
    pair: BucketPair, settings: SyncSettings, folder: Path, acl: str, ask: Sequence[tuple[Call, Any]]
) -> Iterator[Since | None]:
    """How *pair* goes by the record in *folder*; None where that was not asked for. *acl* is the policy in effect,
    *ask* the calls and clients of both sides."""
    if not pair.since_last or settings.apply is not None:
        yield None
        return
    files = record_in(folder)
    goes_by = _goes_by(pair, settings, acl, [client for _, client in ask])
    why = unfit = _why_unfit(pair, settings.pairs)
    known = seal = None
    if unfit is None:
        try:
            seal = read_seal(ask[1][0], pair.target)
        except StorageFault as fault:
            why = unfit = f"the target's seal could not be looked at: {fault}"
        else:
            known, why = _held_against(files.read(), goes_by, seal, pair.list_every)
    own = folder / "placed"
    own.mkdir(exist_ok=True)
    placed = SortedRows(_KEYS, own)
    try:
        yield Since(
            files=files,
            goes_by=goes_by,
            every=pair.list_every,
            known=known,
            why=why,
            is_fit=unfit is None,
            seal=seal,
            placed=placed,
        )
    finally:
        placed.close()


def _held_against(
    found: Known | str, goes_by: Mapping[str, str], seal: str | None, every: int
) -> tuple[Known | None, str | None]:
    """What was *found* in the folder, if it holds; else the reason why not."""
    why = found if isinstance(found, str) else why_listed(found, goes_by, seal, every)
    return (None, why) if isinstance(found, str) or why is not None else (found, None)


def _why_unfit(pair: BucketPair, pairs: Sequence[BucketPair]) -> str | None:
    if pair.scope is None and pair.later is None:
        return "what has changed is told by a database alone, and the pair has no scope: active_storage"
    if pair.acl_check != "none":
        return f"acl_check: {pair.acl_check} looks at objects that have not changed"
    if pair.inventory is not None:
        return "an inventory lists the source, and it tells of what was"
    if sum(pair.target.overlaps(other.target) for other in pairs) > 1:
        return "another pair of the run writes to the same target"
    return None


def _goes_by(pair: BucketPair, settings: SyncSettings, acl: str, clients: Sequence[Any]) -> dict[str, str]:
    """All that decides what becomes of an object, by the names of its settings."""
    scope = pair.scope or pair.later
    said: dict[str, object] = {
        "masker": __version__,
        "source": str(pair.source),
        "target": str(pair.target),
        "endpoint_url": [client.meta.endpoint_url for client in clients],
        "region": [client.meta.region_name for client in clients],
        "acl": [pair.acl, acl],
        "delete": pair.deletes,
        "include": pair.include,
        "exclude": pair.exclude,
        "copies by parts": [settings.multipart_bytes, settings.part_bytes],
    }
    if scope is not None:
        said |= {
            "scope.service": scope.service,
            "scope.unattached": scope.unattached,
            "attachments": dict(scope.attachments),
        }
    return {name: json.dumps(value, sort_keys=True) for name, value in said.items()}


def stretches(rows: KeyedFile, run: str, length: int) -> Iterator[Span]:
    """A few stretches of at most *length* of *rows*, other ones in every run; any row may be in one."""
    groups = len(rows.firsts)
    seed = zlib.crc32(run.encode())
    chosen = {seed // groups**nth % groups for nth in range(_STRETCHES)} if groups else set()
    end = ""
    for group in sorted(chosen):
        found = [key for key, *_ in rows.rows(group)]
        start = seed % max(1, len(found) - length + 1)
        keys = [key for key in found[start : start + length] if key not in UNTOLD]
        # What is listed every time may lie between them, and is listed once.
        for side in ([key for key in keys if key in _BELOW_UNTOLD], [key for key in keys if key not in _BELOW_UNTOLD]):
            if side:
                # A listing begins after a key: before the first of them, but not in what is listed already.
                row_before = found[start - 1] if start and side[0] == keys[0] else ""
                bounds = (end, row_before, "" if side[0] in _BELOW_UNTOLD else UNTOLD.until or "")
                yield Span(max(just_before(side[0]) or "", *bounds) or None, side[-1])
                end = side[-1]
