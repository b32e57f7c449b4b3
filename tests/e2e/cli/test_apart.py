"""Where a preview is not what production is by its settings, and roles that may not write: told by the plan."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server, database_of

_SCRIPT = """
CREATE TABLE t (id int PRIMARY KEY, email text); INSERT INTO t SELECT n, 'canary' || n || '@corp.test'
FROM generate_series(1, 20) n;
"""


def test_settings_and_labels_that_the_preview_has_not_are_told(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    """By name where somebody has chosen the name: values of an application's own settings are not said."""
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, "tables: {t: {columns: {email: email}}}\n")
    source, target = database_of(pair.source), database_of(pair.target)
    owner, application = preview.create_owner(), preview.create_owner()
    with production.connect() as conn:
        for setting in (
            "timezone = 'Asia/Tokyo'",
            "datestyle = 'iso, dmy'",
            "app.key = 'canary'",
            "app.other = 'canary'",
            "default_text_search_config = 'simple'",
        ):
            conn.execute(f"ALTER DATABASE {source} SET {setting}".encode())
    with production.connect(pair.source) as conn:
        conn.execute(
            "SET allow_system_table_mods = on; INSERT INTO pg_seclabel SELECT 't'::regclass, 'pg_class'::regclass, n,"
            " 'anon', 'canary' FROM generate_series(0, 2) n"
        )
    with preview.connect() as conn:
        conn.execute(f'ALTER DATABASE {target} OWNER TO "{owner}"'.encode())
        conn.execute(
            f"""ALTER ROLE "{application}" IN DATABASE {database_of(pair.restored)} SET "app.key" = 'canary'""".encode()
        )
        for setting in (
            "timezone = 'UTC'",
            "datestyle = 'ISO,  DMY'",
            "app.other = 'another'",
            "default_text_search_config = 'pg_catalog.simple'",
        ):
            conn.execute(f"ALTER DATABASE {target} SET {setting}".encode())
        conn.execute(
            f"""ALTER ROLE "{application}" IN DATABASE {target} SET timezone = 'Europe/Rome';
ALTER ROLE "{owner}" SET statement_timeout = '1h'""".encode()
        )
    ours = ("--target", preview.url(target, user=owner))
    done = pair.plan(*ours).expect(
        0,
        "note settings: app.key is set on the source only; app.other is another on the source; timezone is Asia/Tokyo"
        " on the source and UTC on the target: what the schema computes",
        f"settings of the role {application}: timezone is Europe/Rome for it and UTC for {owner}, by whom masker"
        " connects: .*let masker connect as the application does",
        "note security labels of anon: not carried: of public.t",
    )
    assert not {"datestyle", "default_text_search_config", "statement_timeout"} & set(done.out.split())
    pair.plan_mask().expect(
        0, rf"note settings of the role {application}: app.key is set for it only: .* computed as for the latter"
    )
    pair.copy(*ours, "--publish", "direct").expect(0, "published")

    # A role that may not write is told as such before a database is made, whether there is one already or not.
    with preview.connect() as conn:
        conn.execute(f'ALTER ROLE "{owner}" SET default_transaction_read_only = on'.encode())
    before = preview.databases()
    for name in (target, "not_yet"):
        there = ("--target", preview.url(name, user=owner))
        pair.plan(*there).expect(0, "note refused: target .*default_transaction_read_only is on, set by ALTER ROLE")
        pair.copy(*there, "--confirm", name).expect(
            9, "default_transaction_read_only is on, set by ALTER ROLE, so nothing is written to it"
        )
    assert preview.databases() == before
