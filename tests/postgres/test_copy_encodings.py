"""Databases in other encodings than UTF8: names, values and bodies, and bytes that are no text of any encoding."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.errors import CatalogMismatch
from tests.postgres import zoo
from tests.servers import Server, database_in


@pytest.mark.parametrize(
    ("encoding", "target_encoding"), [("LATIN1", "LATIN1"), ("LATIN1", "UTF8"), ("EUC_JP", "UTF8"), ("UTF8", "UTF8")]
)
def test_names_and_values_are_converted(
    production: Server, preview: Server, tmp_path: Path, encoding: str, target_encoding: str
) -> None:
    origin, target = database_in(production, encoding), database_in(preview, target_encoding)
    letter = "ü" if encoding == "LATIN1" else "髙" if encoding == "UTF8" else "漢"
    with production.connect(origin) as conn:
        conn.execute("SET client_encoding = 'UTF8'")
        conn.execute(f"""
            CREATE TYPE "t{letter}" AS ENUM ('{letter}');
            CREATE TABLE "n{letter}" (id integer PRIMARY KEY, "c{letter}" text DEFAULT '{letter}' CHECK ("c{letter}" <>
            '{letter}!'), e "t{letter}");
            INSERT INTO "n{letter}" SELECT n, repeat('{letter}', n), '{letter}' FROM generate_series(1, 50) AS n;
            CREATE INDEX "i{letter}" ON "n{letter}" ("c{letter}");
            CREATE VIEW "v{letter}" AS SELECT "c{letter}" || '{letter}' AS v FROM "n{letter}";
            CREATE MATERIALIZED VIEW "m{letter}" AS SELECT * FROM "v{letter}";
            CREATE FUNCTION "f{letter}"() RETURNS text LANGUAGE sql AS $$ SELECT '{letter}' $$;
            COMMENT ON TABLE "n{letter}" IS '{letter}'""")

    zoo.copied(origin, target, tmp_path)

    with production.connect(origin) as before, preview.connect(target) as after:
        for conn in (before, after):
            conn.execute("SET client_encoding = 'UTF8'")
        zoo.require_equal_contents(before, after)
        assert after.execute(f'SELECT public."f{letter}"(), max(v) FROM public."m{letter}"').fetchone() == (
            letter,
            letter * 51,
        )
        assert after.execute("SHOW server_encoding").fetchone() == (target_encoding,)


def test_bytes_of_no_encoding_pass_as_they_are(production: Server, preview: Server, tmp_path: Path) -> None:
    origin, target = database_in(production, "SQL_ASCII"), database_in(preview, "SQL_ASCII")
    with production.connect(origin) as conn:
        conn.execute("CREATE TABLE t (id integer PRIMARY KEY, v text DEFAULT 'plain')")
        conn.execute(b"INSERT INTO t VALUES (1, '\xff\xfe'), (2, '\xc3\xa9'), (3, 'plain')")
        conn.execute(b"COMMENT ON TABLE t IS '\xff'")

    zoo.copied(origin, target, tmp_path)

    with preview.connect(target) as after:
        assert after.execute("SELECT id, convert_to(v, 'SQL_ASCII') FROM t ORDER BY 1").fetchall() == [
            (1, b"\xff\xfe"),
            (2, b"\xc3\xa9"),
            (3, b"plain"),
        ]
        assert after.execute("SELECT convert_to(obj_description('t'::regclass), 'SQL_ASCII')").fetchone() == (b"\xff",)


@pytest.mark.parametrize(
    ("encoding", "target_encoding"), [("SQL_ASCII", "UTF8"), ("UTF8", "LATIN1"), ("UTF8", "SQL_ASCII")]
)
def test_what_the_target_may_not_be_able_to_hold_is_refused(
    production: Server, preview: Server, tmp_path: Path, encoding: str, target_encoding: str
) -> None:
    origin, target = database_in(production, encoding), database_in(preview, target_encoding)
    with pytest.raises(CatalogMismatch, match=f"the source is {encoding}, the target {target_encoding}"):
        zoo.copied(origin, target, tmp_path)
