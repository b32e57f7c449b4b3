"""The demo's play without its words: servers, a filled production, what to refresh, and proofs read from both sides
afterwards."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

import psycopg
from psycopg import sql

from masker.buckets.attachments.active_storage import ActiveStorageScope, DecisionName
from masker.buckets.attachments.placeholders import placeholder_for
from masker.buckets.objects import Location
from masker.buckets.run import SyncResult, sync
from masker.buckets.settings import BucketPair, SyncSettings
from masker.demo.production import fill
from masker.demo.server import EmbeddedServer
from masker.demo.storage import EmbeddedStorage, Upload, credentials
from masker.errors import MaskerError, Refused
from masker.postgres.connect import parse_url
from masker.refresh import RefreshSettings
from masker.settings import Settings, ShapeOptions
from masker.shape.report import Report
from masker.shape.run import compare_shape
from masker.sides import Side

PRODUCTION = "production"
PREVIEW = "preview"
OWNER = "bookshop"
PRODUCTION_BUCKET = "bookshop-production"
PREVIEW_BUCKET = "bookshop-preview"
EMPTY_BUCKET = "bookshop-empty"

#: A receipt is as personal as a name: preview gets the form without the content.
ATTACHMENTS: dict[str, DecisionName] = {"User#receipt": "placeholder"}

#: How customers' addresses end in production; masked ones end in example.com, colleagues' in bookshop.example.
_ADDRESS_END = re.compile(rb"@(?:mail\.)?example\.(?:jp|ne\.jp|co\.jp)")
_LONGEST_LOCAL_PART = 64  # characters, RFC 5321
_LOCAL_PART = re.compile(rb"[a-z0-9.]+\Z")


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
        access = _storage(self).access
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What production holds: rows, tables that hold rows, bytes on disk."""

    rows: int
    tables: int
    bytes: int


def fill_production(stage: Stage, users: int, progress: Callable[[str], None]) -> Filled:
    """The bookshop as of today."""
    rows = fill(stage.source, users=users, as_of=datetime.now(UTC).date(), progress=progress)
    with psycopg.connect(stage.source) as conn:
        found = conn.execute(
            "SELECT count(*), pg_database_size(current_database()) FROM pg_class WHERE relkind = 'r' AND relnamespace ="
            " 'public'::regnamespace"
        ).fetchone()
    tables, size = found or (0, 0)
    return Filled(rows=rows, tables=tables, bytes=size)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledBuckets:
    """What production's bucket holds, and how much of it preview's has from an earlier day, stale and edited objects
    besides."""

    objects: int
    public: int
    bytes: int
    in_preview: int


def fill_buckets(stage: Stage) -> FilledBuckets:
    """Every file of the database as an object: avatars for everybody, receipts for nobody. Preview's bucket is some
    weeks behind."""
    with psycopg.connect(stage.source) as conn:
        blobs = conn.execute("SELECT key, byte_size, content_type FROM active_storage_blobs ORDER BY id").fetchall()
    files = [
        Upload(
            key=key,
            body=(key * (1 + size // len(key)))[:size].encode(),
            content_type=kind,
            is_public=kind == "image/jpeg",
        )
        for key, size, kind in blobs
    ]
    storage = _storage(stage)
    storage.put(PRODUCTION_BUCKET, files)
    earlier = files[: len(files) * 2 // 3]
    edited = replace(earlier[0], body=b"edited in preview")
    stale = [replace(file, key=file.key[::-1]) for file in earlier[1:4]]
    storage.put(PREVIEW_BUCKET, [edited, *earlier[1:], *stale])
    return FilledBuckets(
        objects=len(files),
        public=sum(f.is_public for f in files),
        bytes=sum(len(f.body) for f in files),
        in_preview=len(earlier) + len(stale),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketProofs:
    """What preview's bucket answers to somebody without credentials, what a second sync did, and why one from an empty
    bucket was refused.

    *is_placeholder* says whether a receipt is there by its form alone, and as the preview's row has it.
    """

    private_status: int
    public_status: int
    is_placeholder: bool
    again: SyncResult
    refusal: Refused | None

    @property
    def are_good(self) -> bool:
        done = self.again.pairs[0].done
        return (
            (self.private_status, self.public_status, done.copied, done.deleted) == (403, 200, 0, 0)
            and self.is_placeholder
            and self.refusal is not None
        )


def prove_buckets(stage: Stage) -> BucketProofs:
    """Ask for an avatar and a receipt, sync once more, and try to sync from the wrong bucket, an empty one."""
    with psycopg.connect(stage.source) as conn:
        found = conn.execute(
            "SELECT min(key) FILTER (WHERE content_type = 'application/pdf'), min(key) FILTER (WHERE content_type ="
            " 'image/jpeg') FROM active_storage_blobs"
        ).fetchone()
    private, public = found or ("", "")
    with psycopg.connect(stage.target) as conn:
        row = conn.execute(
            "SELECT byte_size, content_type FROM active_storage_blobs WHERE key = %s", [private]
        ).fetchone()
    storage, settings = _storage(stage), stage.bucket_settings
    body = storage.content(PREVIEW_BUCKET, private)
    again = sync(settings, lambda _: None)
    wrong = replace(settings, pairs=(replace(settings.pairs[0], source=Location(EMPTY_BUCKET), scope=None),))
    refusal: Refused | None = None
    try:
        sync(wrong, lambda _: None)
    except Refused as refused:
        refusal = refused
    return BucketProofs(
        private_status=storage.anonymous_status(PREVIEW_BUCKET, private),
        public_status=storage.anonymous_status(PREVIEW_BUCKET, public),
        is_placeholder=row is not None and row[0] == len(body) and body == placeholder_for(row[1]).body,
        again=again,
        refusal=refusal,
    )


def _storage(stage: Stage) -> EmbeddedStorage:
    if stage.storage is None:
        raise MaskerError("the demo: it was started without buckets")
    return stage.storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One row as production and as preview hold it; fields are aligned. *remark* says what to see in it."""

    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    remark: str = ""


_PERSON = """
    SELECT last_name || ' ' || first_name || '  ' || last_name_kana || ' ' || first_name_kana, email, coalesce(phone,
    '–') || '  ' || coalesce(birthday::text, '–'),
           postal_code || ' ' || prefecture || city || street
    FROM users WHERE id = %s"""
_ORDER = """
    SELECT shipping_last_name || ' ' || shipping_first_name || '  ' || shipping_name_kana, shipping_phone || '  '
    || total || ' yen'
    FROM orders WHERE id = %s"""

#: The query that both sides' plans are shown of: customers of one family name, each side by the name that it knows them
#: by.
_FOUND_BY_NAME = "SELECT id, email FROM users WHERE last_name_kana = $1 ORDER BY first_name_kana LIMIT 20"
_COMMONEST_NAME = "SELECT last_name_kana FROM users GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"

#: Somebody with a name in Japanese, a birthday, a telephone, some orders and a message, who is a best customer.
_CUSTOMER = (
    "SELECT id FROM users WHERE NOT staff AND birthday IS NOT NULL AND phone IS NOT NULL AND last_name !~ '[A-Za-z]'"
    " AND orders_count BETWEEN 3 AND 9 AND EXISTS (SELECT FROM messages WHERE user_id = users.id)"
    " AND EXISTS (SELECT FROM best_customers WHERE user_id = users.id) ORDER BY id LIMIT 1 OFFSET 3"
)
_ADDRESS = """
    SELECT recipient || '  ' || recipient_kana, postal_code || ' ' || prefecture || city || street
    FROM addresses WHERE id = %s"""
_BEST = "SELECT full_name || '  ' || orders || ' orders' FROM best_customers WHERE user_id = %s"
_MESSAGE = "SELECT left(body, 22) || '…' FROM messages WHERE id = %s"


def pairs(stage: Stage) -> tuple[Pair, ...]:
    """A customer, an order and a message of the same, somebody from abroad, and a colleague whose row the rules leave
    alone.

    A small bookshop may have no row of one kind; it is left out then.
    """
    with psycopg.connect(stage.source) as source, psycopg.connect(stage.target) as target:

        def one(query: str, *arguments: object) -> int:
            row = source.execute(query, arguments).fetchone()
            return int(row[0]) if row and row[0] is not None else 0

        def pair(title: str, query: str, row: int, remark: str = "") -> Pair:
            before, after = (conn.execute(query, [row]).fetchone() or () for conn in (source, target))
            return Pair(
                title=f"{title} {row}", before=tuple(map(str, before)), after=tuple(map(str, after)), remark=remark
            )

        customer = one(_CUSTOMER)
        foreigner = one(
            "SELECT id FROM users WHERE NOT staff AND last_name ~ '[A-Za-z]' AND phone IS NOT NULL ORDER BY id LIMIT 1"
            " OFFSET 1"
        )
        order = one("SELECT min(id) FROM orders WHERE user_id = %s", customer)
        address = one("SELECT min(id) FROM addresses WHERE user_id = %s", customer)
        message = one("SELECT min(id) FROM messages WHERE user_id = %s", customer)
        found = (
            pair("users", _PERSON, customer),
            pair("orders", _ORDER, order, "the same person, by user_id in scope person"),
            pair("addresses", _ADDRESS, address),
            pair("best_customers", _BEST, customer, "and in a materialized view: one person in four places"),
            pair("messages", _MESSAGE, message, "as long as it was"),
            pair("users", _PERSON, foreigner),
            pair("users", _PERSON, 2, "staff, left as it is by where: not staff"),
        )
        return tuple(pair for pair in found if pair.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One query and its plan on a side for its commonest name: *steps* from the outermost inwards, and how many
    *rows* the planner expects of its table."""

    steps: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How alike both servers' planners see their rows, and what they do with one *query*."""

    report: Report
    query: str
    production: Planned
    preview: Planned


def compare_shapes(stage: Stage) -> Shape:
    """Hold the bookshop's queries and the masked columns of both sides against each other."""
    with as_file(files("masker.demo") / "queries.sql") as path:
        report = compare_shape(stage.settings, ShapeOptions(queries=path))
    with psycopg.connect(stage.source) as source, psycopg.connect(stage.target) as target:
        before, after = (_planned(conn) for conn in (source, target))
    return Shape(report=report, query=_FOUND_BY_NAME, production=before, preview=after)


def _planned(conn: psycopg.Connection) -> Planned:
    """The plan for the commonest name of *conn*'s side."""
    row = conn.execute(_COMMONEST_NAME.encode()).fetchone()
    name = str(row[0]) if row else ""
    query = sql.SQL("EXPLAIN (FORMAT json) " + _FOUND_BY_NAME.replace("$1", "{}")).format(sql.Literal(name))
    found = conn.execute(query).fetchone()
    node = found[0][0]["Plan"] if found else {}
    steps: list[str] = []
    rows = 0
    while node:
        index = f" using {node['Index Name']}" if "Index Name" in node else ""
        table = f" on {node['Relation Name']}" if "Relation Name" in node else ""
        steps.append(f"{node['Node Type']}{index}{table}")
        rows = int(node["Plan Rows"])
        node = next(iter(node.get("Plans", ())), None)
    return Planned(steps=tuple(steps), rows=rows)


def restore_production(stage: Stage) -> None:
    """Fill preview as ``heroku pg:copy`` does, by pg_dump into pg_restore: unmasked. Raises MaskerError if either
    fails."""
    source, target = parse_url(stage.source, Side.SOURCE), parse_url(stage.target, Side.TARGET)
    reading, reading_secrets = source.public_conninfo
    writing, writing_secrets = target.public_conninfo
    dump = [
        str(stage.production.bin_dir / "pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--dbname",
        reading,
    ]
    restore = [
        str(stage.preview.bin_dir / "pg_restore"),
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--dbname",
        writing,
    ]
    with subprocess.Popen(dump, stdout=subprocess.PIPE, env={**os.environ, **reading_secrets}) as dumping:
        restored = subprocess.run(restore, stdin=dumping.stdout, env={**os.environ, **writing_secrets})
    if dumping.returncode or restored.returncode:
        raise MaskerError("the demo: pg_dump into pg_restore failed, see above")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How many of production's customer addresses stand in raw files. *control* is the same search in production's own
    users table."""

    addresses: int
    bytes: int
    found: int
    control: int


def search_files(stage: Stage, *, with_log: bool = True) -> Search:
    """Look for every customer's e-mail address in all of preview's data files, write-ahead log included unless it is
    known to hold them."""
    with psycopg.connect(stage.source) as conn:
        rows = conn.execute("SELECT email, pg_relation_filepath('users') FROM users WHERE NOT staff").fetchall()
    needles = {str(email).encode() for email, _ in rows}
    for server in (stage.production, stage.preview):
        with server.connect() as conn:
            conn.execute("CHECKPOINT")
    own = stage.production.data_dir / str(rows[0][1])
    control = _found_in([own, *own.parent.glob(f"{own.name}.*")], needles)
    searched = [
        file
        for folder in ("base", "global", *(["pg_wal"] if with_log else []))
        for file in (stage.preview.data_dir / folder).rglob("*")
        if file.is_file()
    ]
    found = _found_in(searched, needles)
    return Search(
        addresses=len(needles),
        bytes=sum(file.stat().st_size for file in searched),
        found=len(found),
        control=len(control),
    )


def _found_in(searched: list[Path], needles: set[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for file in searched:
        content = file.read_bytes()
        for match in _ADDRESS_END.finditer(content):
            before = _LOCAL_PART.search(content, max(0, match.start() - _LONGEST_LOCAL_PART), match.start())
            if before is None:
                continue
            # The byte in front of a value is its length and may look like a letter: every beginning is tried.
            candidates = (content[start : match.end()] for start in range(before.start(), match.start()))
            found.update(needles.intersection(candidates))
    return found
