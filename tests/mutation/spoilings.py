"""Every way we know to spoil a finished preview, with the finding that has to name it.

Each is done to a copy of a finished preview of ``library.sql`` as a superuser with triggers at rest, as a careless or
hostile hand would.
"""

from __future__ import annotations

from dataclasses import dataclass

#: An original of a masked column, which the preview must not show anywhere.
ORIGINAL = "member5000@letters.test"


@dataclass(frozen=True, slots=True)
class Spoiling:
    """*sql* is what is done; *finding* (a regular expression) is what ``masker verify --source … --verify full`` has to
    say of it. One that must be *alone* hides others, or would be hidden; of those that are *of* one thing each would
    have the others' findings."""

    name: str
    sql: str
    finding: str
    of: str = ""
    alone: bool = False

    def __str__(self) -> str:
        return self.name


def _proof(column: str) -> str:
    return rf"fail proof: {column}"


_ORIGINALS = (
    Spoiling(
        "an original e-mail in its own row",
        f"UPDATE members SET email = '{ORIGINAL}' WHERE id = 5000",
        _proof("members.email"),
    ),
    Spoiling(
        "an original e-mail in another row",
        f"UPDATE members SET email = '{ORIGINAL}' WHERE id = 77",
        _proof("members.email"),
    ),
    Spoiling(
        "originals in 1 % of a column that keeps values apart",
        "UPDATE members SET email = 'member' || id || '@letters.test' WHERE id <= 105",
        _proof("members.email"),
    ),
    Spoiling(
        "originals in 10 % of a column whose mask may repeat",
        "UPDATE members SET phone = '090-1234-' || lpad((id % 10000)::text, 4, '0') WHERE id <= 1050",
        _proof("members.phone"),
    ),
    Spoiling(
        "one original telephone number",
        "UPDATE members SET phone = '090-1234-5000' WHERE id = 5000",
        _proof("members.phone"),
    ),
    Spoiling(
        "an original in one masked leaf of a document",
        f"UPDATE members SET profile = jsonb_set(profile, '{{email}}', '\"{ORIGINAL}\"') WHERE id = 5000",
        _proof("members.profile"),
    ),
    Spoiling(
        "originals in a masked leaf of all documents",
        "UPDATE members SET profile = jsonb_set(profile, '{email}', to_jsonb('member' || id || '@letters.test'))",
        _proof("members.profile"),
    ),
    Spoiling(
        "an original in a leaf that is kept",
        f'UPDATE members SET profile = profile || \'{{"old": "{ORIGINAL}"}}\' WHERE id = 5000',
        _proof("members.profile"),
    ),
    Spoiling(
        "an original in a json column",
        "UPDATE papers SET plain = json_build_object('mail', 'p7@letters.test', 'k', 7) WHERE id = md5('7')::uuid",
        _proof("papers.plain"),
    ),
    Spoiling(
        "an original in kept text",
        f"UPDATE members SET remark = 'mail {ORIGINAL}' WHERE id = 5000",
        _proof("members.remark"),
    ),
    Spoiling(
        "an original in a kept array",
        f"UPDATE members SET labels = ARRAY['{ORIGINAL}'] WHERE id = 5000",
        _proof("members.labels"),
    ),
    Spoiling(
        "an original in masked bytes",
        "UPDATE members SET card = decode(md5('5000'), 'hex') WHERE id = 5000",
        _proof("members.card"),
    ),
    Spoiling(
        "an original where the mask makes NULL",
        "UPDATE papers SET pairs = hstore('mail', 'p7@letters.test') WHERE id = md5('7')::uuid",
        _proof("papers.pairs"),
    ),
    Spoiling(
        "an original in a partition",
        "UPDATE events_late SET payload = 'payload ' || md5(id::text) WHERE id = 4000",
        _proof("events_late.payload"),
        of="events",
    ),
    Spoiling(
        "an original in a table without a key",
        "UPDATE visits_log SET who = 'secret ' || md5('10') WHERE day = 10",
        r"fail (proof|identity): visits_log",
        of="visits_log",
    ),
    Spoiling(
        "an original in a large object",
        f"SELECT lo_put(900001, 0, '{ORIGINAL}'::bytea)",
        r"fail described: large object 900001",
        of="900001",
    ),
    Spoiling(
        "another large object",
        f"SELECT lo_from_bytea(900002, '{ORIGINAL}'::bytea)",
        r"fail described: large object 900002",
    ),
    Spoiling(
        "a large object missing",
        "SELECT lo_unlink(900001)",
        r"fail described: large object 900001: is gone",
        of="900001",
    ),
    Spoiling(
        "rows in a table that the rules empty",
        f"INSERT INTO audits (who, what) VALUES ('{ORIGINAL}', 'x')",
        r"fail rows: audits",
    ),
    Spoiling(
        "originals in statistics alone",
        "CREATE TEMP TABLE kept AS SELECT id, first_name FROM members; UPDATE members SET first_name = 'Given' || id %"
        " 400; ANALYZE members; UPDATE members m SET first_name = k.first_name FROM kept k WHERE k.id = m.id",
        r"fail statistics: values of members: first_name",
        alone=True,
    ),
    Spoiling(
        "originals in the statistics of an expression",
        "CREATE TEMP TABLE mails AS SELECT id, email FROM members; UPDATE members SET email = 'm' || id ||"
        " '@letters.test'; ANALYZE members; UPDATE members m SET email = k.email FROM mails k WHERE k.id = m.id",
        r"fail statistics: values of members: statistics members_mail",
    ),
    Spoiling(
        "originals in the statistics of a materialized view",
        "CREATE TEMP TABLE kept AS SELECT id, fee FROM loans; UPDATE loans SET fee = 424242 + id; REFRESH MATERIALIZED"
        " VIEW fees; ANALYZE fees; UPDATE loans l SET fee = k.fee FROM kept k WHERE k.id = l.id; REFRESH MATERIALIZED"
        " VIEW fees",
        r"fail statistics: values of fees: total",
        of="fees",
    ),
    Spoiling(
        "an original in a comment on a column",
        f"COMMENT ON COLUMN members.email IS '{ORIGINAL}'",
        r"fail schema: comment column email of table .*members",
    ),
    Spoiling(
        "an original in a comment on an index",
        f"COMMENT ON INDEX members_lower_email IS '{ORIGINAL}'",
        r"fail schema: comment index .*members_lower_email",
        of="members_lower_email",
    ),
    Spoiling(
        "an original in the comment on the schema",
        f"COMMENT ON SCHEMA public IS '{ORIGINAL}'",
        r"fail (schema|described): comment schema public",
    ),
    Spoiling(
        "an original in a comment on a policy",
        f"COMMENT ON POLICY own_loans ON loans IS '{ORIGINAL}'",
        r"fail schema: comment policy own_loans",
    ),
    Spoiling(
        "an original in a comment on a large object",
        f"COMMENT ON LARGE OBJECT 900001 IS '{ORIGINAL}'",
        r"fail described: .*large object 900001",
        of="900001",
    ),
    Spoiling(
        "an original in a comment on an extension's function",
        f"COMMENT ON FUNCTION hstore(text, text) IS '{ORIGINAL}'",
        r"fail described: comments on what the server and extensions bring",
        of="brought",
    ),
    Spoiling(
        "an original in a comment on the server's own",
        f"COMMENT ON FUNCTION pg_catalog.lower(text) IS '{ORIGINAL}'",
        r"fail described: comments on what the server and extensions bring",
        of="brought",
    ),
    Spoiling(
        "an original in the database's comment",
        f"COMMENT ON DATABASE {{database}} IS '{ORIGINAL}'",
        r"fail described: database comment",
    ),
    Spoiling(
        "another table that holds originals",
        f"CREATE TABLE leaked AS SELECT '{ORIGINAL}'::text AS e",
        r"fail schema: relation public\.leaked",
    ),
    Spoiling(
        "another schema with a table",
        f"CREATE SCHEMA more; CREATE TABLE more.leaked AS SELECT '{ORIGINAL}'::text AS e",
        r"fail schema: relation more\.leaked",
    ),
    Spoiling(
        "a table among the server's own",
        f"CREATE TABLE information_schema.leaked AS SELECT '{ORIGINAL}'::text AS e",
        r"fail described: relation among the server's information_schema\.leaked",
    ),
    Spoiling(
        "an unlogged table",
        f"CREATE UNLOGGED TABLE leaked AS SELECT '{ORIGINAL}'::text AS e",
        r"fail schema: relation public\.leaked",
    ),
    Spoiling(
        "a table in masker's own schema",
        f"CREATE TABLE masker.leaked AS SELECT '{ORIGINAL}'::text AS e",
        r"fail leftovers: .*masker\.leaked",
    ),
    Spoiling("another column", "ALTER TABLE members ADD extra text", r"fail schema: column public\.members\.extra"),
    Spoiling(
        "a foreign table and credentials",
        "CREATE EXTENSION postgres_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;"
        " CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere OPTIONS (user 'u', password 'p')",
        r"fail schema: (extension postgres_fdw|.*elsewhere)",
    ),
    Spoiling(
        "a materialized view filled from originals",
        "CREATE TEMP TABLE kept AS SELECT id, fee FROM loans; UPDATE loans SET fee = 424242; REFRESH MATERIALIZED VIEW"
        " fees; UPDATE loans l SET fee = k.fee FROM kept k WHERE k.id = l.id",
        r"fail described: content of materialized view fees",
        of="fees",
    ),
    Spoiling(
        "dead rows of originals",
        "CREATE TEMP TABLE kept AS SELECT id, first_name FROM members; UPDATE members SET first_name = 'Given' || id %"
        " 400; UPDATE members m SET first_name = k.first_name FROM kept k WHERE k.id = m.id",
        r"fail described: pages of public\.members: its file has grown",
        alone=True,
    ),
)

_VALUES = (
    Spoiling("a kept column altered in all rows", "UPDATE members SET visits = visits + 1", _proof("members.visits")),
    Spoiling(
        "a kept column altered in one row",
        "UPDATE members SET remark = 'other' WHERE id = 5000",
        _proof("members.remark"),
    ),
    Spoiling("a kept column all 0", "UPDATE loans SET fee = 0", _proof("loans.fee"), of="fees"),
    Spoiling("a kept column all NULL", "UPDATE members SET remark = NULL", _proof("members.remark")),
    Spoiling(
        "two rows' values swapped",
        "UPDATE branches SET name = 'x' WHERE id = 1; UPDATE branches SET name = 'Central' WHERE id = 2; UPDATE"
        " branches SET name = 'Harbour' WHERE id = 1",
        _proof("branches.name"),
        of="branches",
    ),
    Spoiling(
        "references permuted",
        "UPDATE loans SET member_id = 1 + member_id % 10500",
        _proof("loans.member_id"),
        of="loans",
    ),
    Spoiling("a NULL filled", "UPDATE members SET about = 'xx' WHERE id = 3", _proof("members.about")),
    Spoiling(
        "a NULL moved to another row",
        "UPDATE members SET about = CASE id WHEN 3 THEN 'xx' END WHERE id IN (3, 4)",
        _proof("members.about"),
    ),
    Spoiling("an empty text for NULL", "UPDATE members SET about = '' WHERE id = 3", _proof("members.about")),
    Spoiling(
        "a time moved by a microsecond",
        "UPDATE members SET joined_at = joined_at + interval '1 microsecond' WHERE id = 9",
        _proof("members.joined_at"),
    ),
    Spoiling("a blank at the end", "UPDATE members SET remark = remark || ' ' WHERE id = 9", _proof("members.remark")),
    Spoiling(
        "an enum's value changed", "UPDATE members SET standing = 'barred' WHERE id = 9", _proof("members.standing")
    ),
    Spoiling(
        "an array's elements in another order",
        "UPDATE members SET labels = ARRAY[labels[2], labels[1]] WHERE id = 9",
        _proof("members.labels"),
    ),
    Spoiling(
        "one value for a whole masked column", "UPDATE members SET first_name = 'X'", _proof("members.first_name")
    ),
    Spoiling(
        "masked text fifty times as long",
        "UPDATE members SET about = repeat(about, 50) WHERE about IS NOT NULL",
        _proof("members.about"),
    ),
    Spoiling("a row missing", "DELETE FROM loans WHERE id = 777", r"fail rows: loans", of="loans"),
    Spoiling("another row", "INSERT INTO branches VALUES (4, 'New')", r"fail rows: branches", of="branches"),
    Spoiling(
        "a row missing and another one in its place",
        "DELETE FROM loans WHERE id = 777; INSERT INTO loans SELECT 99999, member_id, fee, note, at FROM loans WHERE id"
        " = 778",
        r"fail (identity|proof): loans",
        of="loans",
    ),
    Spoiling(
        "a row twice in a table without a key",
        "INSERT INTO visits_log SELECT * FROM visits_log WHERE day = 5",
        r"fail rows: visits_log",
        of="visits_log",
    ),
    Spoiling(
        "a row twice and another one missing, in a table without a key",
        "DELETE FROM visits_log WHERE day = 10; INSERT INTO visits_log SELECT * FROM visits_log WHERE day = 11",
        r"fail (identity|proof): visits_log",
        of="visits_log",
    ),
    Spoiling(
        "a row in the wrong partition's rows",
        "DELETE FROM events_early WHERE id = 5; INSERT INTO events_late SELECT 99999, member_id, payload, at FROM"
        " events_early WHERE id = 6",
        r"fail (rows|identity): events",
        of="events",
    ),
    Spoiling(
        "a reference to nobody",
        "UPDATE loans SET member_id = 999999 WHERE id = 5",
        r"fail (proof: loans.member_id|foreign keys: .*loans_member)",
        of="loans",
    ),
    Spoiling(
        "a sequence that gives out its last number again",
        "SELECT setval('members_id_seq', max(id), false) FROM members",
        r"fail sequences: .*members_id_seq",
    ),
    Spoiling(
        "a free sequence moved",
        "SELECT setval('receipt_numbers', 500)",
        r"fail described: value of sequence receipt_numbers",
    ),
    Spoiling(
        "a stale materialized view",
        "UPDATE loans SET fee = fee + 1 WHERE id < 100; REFRESH MATERIALIZED VIEW fees; UPDATE loans SET fee = fee - 1"
        " WHERE id < 100",
        r"fail described: content of materialized view fees",
        of="fees",
    ),
    Spoiling(
        "a materialized view without rows",
        "REFRESH MATERIALIZED VIEW fees WITH NO DATA",
        r"fail schema: rows of materialized view public\.fees",
        of="fees",
    ),
)

_STRUCTURE = (
    Spoiling(
        "an index dropped",
        "DROP INDEX members_lower_email",
        r"fail schema: index public\.members_lower_email: missing",
        of="members_lower_email",
    ),
    Spoiling(
        "an index invalid",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'members_lower_email'::regclass",
        r"fail schema: index public\.members_lower_email",
        of="members_lower_email",
    ),
    Spoiling(
        "an index not ready",
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'members_lower_email'::regclass",
        r"fail schema: index public\.members_lower_email",
        of="members_lower_email",
    ),
    Spoiling(
        "a check constraint dropped",
        "ALTER TABLE members DROP CONSTRAINT visits_positive",
        r"fail schema: constraint public\.members\.visits_positive: missing",
    ),
    Spoiling(
        "a foreign key not validated",
        "UPDATE pg_constraint SET convalidated = false WHERE conname = 'loans_member'",
        r"fail schema: constraint public\.loans\.loans_member",
        of="loans_member",
    ),
    Spoiling(
        "a foreign key's triggers disabled",
        "ALTER TABLE loans DISABLE TRIGGER ALL",
        r"fail constraints: public\.loans\.loans_member: its triggers are disabled",
        of="loans_member",
    ),
    Spoiling(
        "a trigger disabled",
        "ALTER TABLE members DISABLE TRIGGER touch_members",
        r"fail schema: trigger public\.members\.touch_members",
    ),
    Spoiling(
        "a default lost",
        "ALTER TABLE members ALTER standing DROP DEFAULT",
        r"fail schema: column public\.members\.standing",
    ),
    Spoiling(
        "NOT NULL lost",
        "ALTER TABLE members ALTER joined_at DROP NOT NULL",
        r"fail schema: column public\.members\.joined_at",
    ),
    Spoiling(
        "a view changed",
        "CREATE OR REPLACE VIEW regulars AS SELECT id, email, standing FROM members WHERE visits > 11",
        r"fail schema: view public\.regulars",
    ),
    Spoiling("an enum label added", "ALTER TYPE standing ADD VALUE 'gone'", r"fail schema: type public\.standing"),
    Spoiling(
        "row security off", "ALTER TABLE loans DISABLE ROW LEVEL SECURITY", r"fail schema: relation public\.loans"
    ),
    Spoiling(
        "a policy dropped", "DROP POLICY own_loans ON loans", r"fail schema: policy public\.loans\.own_loans: missing"
    ),
    Spoiling(
        "a function changed",
        "CREATE OR REPLACE FUNCTION title_case(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(a) $$",
        r"fail schema: function public\.title_case",
    ),
    Spoiling(
        "a function dearer to the planner",
        "ALTER FUNCTION title_case(text) COST 9999",
        r"fail schema: function public\.title_case",
    ),
    Spoiling(
        "a function closed to the public",
        "REVOKE EXECUTE ON FUNCTION title_case(text) FROM PUBLIC",
        r"fail described: privileges function public\.title_case",
    ),
    Spoiling(
        "extended statistics dropped",
        "DROP STATISTICS members_branch",
        r"fail schema: statistics object public\.members_branch: missing",
    ),
    Spoiling("a comment lost", "COMMENT ON TABLE members IS NULL", r"fail schema: comment table .*members"),
    Spoiling(
        "a table of another owner",
        "CREATE ROLE {role}; ALTER TABLE members OWNER TO {role}",
        r"fail described: owner relation public\.members",
    ),
    Spoiling(
        "a table open to the public",
        "GRANT SELECT ON members TO PUBLIC",
        r"fail described: privileges relation public\.members",
    ),
    Spoiling(
        "a function of the server's open to the public",
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC",
        r"fail described: privileges on what the server brings: is not what the run left",
    ),
    Spoiling(
        "a large object open to the public",
        "GRANT SELECT ON LARGE OBJECT 900001 TO PUBLIC",
        r"fail described: large objects owners and privileges: is not what the run left",
        of="900001",
    ),
    Spoiling(
        "a large object of another owner",
        "CREATE ROLE {role}; ALTER LARGE OBJECT 900001 OWNER TO {role}",
        r"fail described: large objects owners and privileges: is not what the run left",
        of="900001",
    ),
    Spoiling(
        "default privileges for the public",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        r"fail described: default privileges",
    ),
    Spoiling(
        "a table unlogged",
        "ALTER TABLE visits_log SET UNLOGGED",
        r"fail schema: relation public\.visits_log",
        of="visits_log",
    ),
    Spoiling(
        "another replica identity",
        "ALTER TABLE members REPLICA IDENTITY FULL",
        r"fail schema: relation public\.members",
    ),
    Spoiling(
        "a partition detached",
        "ALTER TABLE events DETACH PARTITION events_late",
        r"fail schema: relation public\.events_late",
        of="events",
    ),
    Spoiling(
        "an event trigger",
        "CREATE FUNCTION listen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE EVENT TRIGGER"
        " listening ON ddl_command_end EXECUTE FUNCTION listen()",
        r"fail schema: event trigger listening",
    ),
    Spoiling("a publication", "CREATE PUBLICATION all_of_it FOR ALL TABLES", r"fail schema: publication all_of_it"),
    Spoiling(
        "a setting of the database",
        "ALTER DATABASE {database} SET work_mem = '1MB'",
        r"fail described: database setting work_mem",
    ),
    Spoiling(
        "statistics of a table gone",
        "DELETE FROM pg_statistic WHERE starelid = 'members'::regclass",
        r"fail statistics: members",
    ),
    Spoiling(
        "the planner's row counts gone",
        "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'members'",
        r"fail statistics: members",
    ),
)

_COMPUTED = (
    Spoiling(
        "generated columns computed in another time zone",
        "SET timezone = 'Asia/Tokyo'; UPDATE renewals SET at = at",
        r'fail computed: renewals "day": another value in "day" \(180 of 480 rows\)',
        of="renewed",
    ),
    Spoiling(
        "an index made in another time zone",
        "SET timezone = 'Asia/Tokyo'; REINDEX INDEX renewals_day",
        r"fail computed: renewals_day of renewals: \d+ of 100 rows are not found through it",
        of="renewed",
    ),
    Spoiling(
        "a materialized view filled in another time zone",
        "SET timezone = 'Asia/Tokyo'; REFRESH MATERIALIZED VIEW renewed",
        r"fail described: content of materialized view public\.renewed|fail described: content of materialized view"
        r" renewed",
        of="renewed",
    ),
)

SPOILINGS = (*_ORIGINALS, *_VALUES, *_STRUCTURE, *_COMPUTED)

#: So many are done to one preview, each of which has to be found.
_TOGETHER = 10


def _grouped() -> tuple[tuple[Spoiling, ...], ...]:
    """Those that need not be alone, each told from the others of its group by its finding."""
    groups: list[list[Spoiling]] = []
    for spoiling in SPOILINGS:
        if not spoiling.alone:
            group = next((group for group in groups if _fits(spoiling, group)), None)
            if group is None:
                groups.append(group := [])
            group.append(spoiling)
    return tuple(map(tuple, groups))


def _fits(spoiling: Spoiling, group: list[Spoiling]) -> bool:
    return len(group) < _TOGETHER and not any(
        spoiling.finding == other.finding or (spoiling.of and spoiling.of == other.of) for other in group
    )


GROUPS = _grouped()
