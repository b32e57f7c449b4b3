"""The search of raw files for what stood in production."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from masker.demo.stage import Stage

#: How customers' addresses end in production; masked ones end in example.com, colleagues' in bookshop.example.
_ADDRESS_END = re.compile(rb"@(?:mail\.)?example\.(?:jp|ne\.jp|co\.jp)")
_LONGEST_LOCAL_PART = 64  # characters, RFC 5321
_LOCAL_PART = re.compile(rb"[a-z0-9.]+\Z")


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
