"""A delta leaves what a full copy would have made, value by value, whatever has changed on either side."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.delta.conftest import KEY, Harbour
from tests.executable import run

_PRODUCTION = (
    """INSERT INTO owners (name, email, parent_id) SELECT 'canary new ' || i, 'canarynew' || i || '@owners.test', i
    FROM generate_series(1, 20) AS i""",
    "UPDATE owners SET email = 'canary-moved' || id || '@owners.test' WHERE id BETWEEN 5 AND 9",
    "BEGIN; SAVEPOINT a; UPDATE ships SET note = 'canary in a subtransaction' WHERE id = 7; RELEASE a; COMMIT",
    "BEGIN; UPDATE ships SET note = 'canary taken back'; ROLLBACK",
    # A unique value passes from one row to another.
    """BEGIN; UPDATE owners SET seat = -1 WHERE id = 1; UPDATE owners SET seat = 1 WHERE id = 2;
    UPDATE owners SET seat = 2 WHERE id = 1; COMMIT""",
    "DELETE FROM ships WHERE id IN (11, 12)",
    "UPDATE crews SET ship_id = 20 WHERE ship_id = 21",
    "DELETE FROM crews WHERE ship_id = 30",
    "UPDATE calls SET year = 2025 WHERE year = 2024 AND id < 40",
    "DELETE FROM calls WHERE berth = 3",
    """INSERT INTO calls (ship_id, berth, memo, year) SELECT i, 1, 'canary later ' || i, 2025
    FROM generate_series(1, 50) AS i""",
    "UPDATE weather SET reading = 99 WHERE at < '2024-01-02'",
    "DELETE FROM weather WHERE reading < 3",
    "UPDATE lights SET code = '9' || trim(code) WHERE code < '005'",
    "DELETE FROM links WHERE a % 50 = 0",
    "UPDATE tickets SET number = DEFAULT WHERE number < 5",
    "DELETE FROM owners WHERE id > 310 AND parent_id IS NOT NULL",
    "INSERT INTO links SELECT i, i FROM generate_series(9001, 9010) AS i",
    "SELECT nextval('owners_id_seq') FROM generate_series(1, 5)",
    "VACUUM FREEZE owners",
    "VACUUM FULL lights",
)

_TESTERS = (
    "UPDATE owners SET email = 'tester@example.com' WHERE id = 50",
    "INSERT INTO owners (name, email) VALUES ('tester', 'tester2@example.com')",
    "DELETE FROM crews WHERE ship_id = 40",
    "INSERT INTO crews VALUES (41, gen_random_uuid(), 'tester', now())",
    "UPDATE ships SET name = 'spoilt', rank = rank + 100000 WHERE id BETWEEN 100 AND 120",
    "DELETE FROM weather",
    "INSERT INTO sessions (token) VALUES ('a tester is signed in')",
    "DELETE FROM visits WHERE id < 20",
    "UPDATE lights SET keeper = 'nobody' WHERE code = '050'",
    "TRUNCATE links",
    "UPDATE tickets SET number = DEFAULT WHERE number = 9",
    "UPDATE tickets SET t = 'a tester' WHERE number = 30",
)


def test_a_delta_leaves_what_a_full_copy_would(harbour: Harbour) -> None:
    harbour.change(*_PRODUCTION)
    harbour.test(*_TESTERS)
    harbour.expect_delta("changed ships: ", "published")
    # Whoever looks again finds nothing: neither values that the planner keeps of rows that are gone, nor later writes.
    for asked in (("--no-source",), ("--gate", "--unchanged")):
        verified = run("verify", "--target", harbour.target, "--key-env", "HARBOUR_KEY", *asked, env=KEY)
        verified.expect(0, "0 failed, 0 not run")
    # And once more, from what the delta has left.
    harbour.change(
        "UPDATE ships SET note = 'canary again' WHERE id = 3", "DELETE FROM owners WHERE id > 300 AND id < 305"
    )
    harbour.test("DELETE FROM ships WHERE id = 1999", "DELETE FROM owners WHERE id = 310")
    harbour.expect_delta("changed ships: ")


def test_nothing_is_written_where_nothing_has_changed(harbour: Harbour, tmp_path: Path) -> None:
    done = harbour.copy("--json", "--report", str(tmp_path / "report.html"))
    done.expect(0)
    assert "brought what had changed since the run before" in (tmp_path / "report.html").read_text()
    said = done.json()
    assert [(one["name"], one["written"], one["deleted"]) for one in said["changed"]] == [("weather", 200, 200)]
    assert said["since"]
    harbour.expect_equal_to_a_full_copy()


def test_what_other_rules_make_of_is_taken_again_and_nothing_else(harbour: Harbour) -> None:
    """A mask, the scope by which columns of two tables agree, the rows that come: each with what production and testers
    have changed meanwhile, value by value what a full copy makes."""
    harbour.change("UPDATE owners SET name = 'canary renamed' WHERE id = 9", "DELETE FROM calls WHERE berth = 4")
    harbour.test("UPDATE ships SET note = 'spoilt' WHERE id = 8", "DELETE FROM tickets WHERE number = 40")
    _changed(harbour, ("note: lorem", "note: token"))
    done = harbour.copy("--json")
    done.expect(0)
    written = {one["name"]: one["written"] for one in done.json()["changed"]}
    assert written["ships"] == 2000
    assert written["owners"] == 1
    assert written.keys() == {"ships", "owners", "calls_2024", "tickets", "weather"}
    harbour.expect_equal_to_a_full_copy()
    # Columns of two tables in one scope from here on.
    scoped = "name: {mask: full_name, scope: sailors}"
    _changed(
        harbour,
        ("owners: {columns: {name: full_name", f"owners: {{columns: {{{scoped}"),
        ("crews: {columns: {name: full_name", f"crews: {{columns: {{{scoped}"),
    )
    harbour.change("DELETE FROM crews WHERE ship_id = 31")
    harbour.expect_delta("owners is taken again, for what its rules", "crews is taken again")
    # Fewer rows, none, and more again.
    harbour.test("INSERT INTO links VALUES (77777, 1)", "UPDATE tickets SET t = 'a tester' WHERE number = 31")
    _changed(harbour, ("tickets: {columns", "links: {rows: a > 100}\n  tickets: {rows: none, columns"))
    harbour.expect_delta("links is taken again", "tickets is taken again")
    _changed(harbour, ("links: {rows: a > 100}\n", "links: {rows: a > 20}\n"), ("{rows: none, columns", "{columns"))
    harbour.expect_delta("links is taken again", "tickets is taken again")


def _changed(harbour: Harbour, *words: tuple[str, str]) -> None:
    rules = harbour.rules.read_text()
    for before, after in words:
        assert before in rules
        rules = rules.replace(before, after)
    harbour.rules.write_text(rules)


def test_what_cannot_be_written_one_row_after_the_other_is_copied_whole(harbour: Harbour) -> None:
    """A unique value passes from one row to another, and rows of another table would go along with either."""
    harbour.change(
        "UPDATE ships SET rank = 3 - rank + 10000 WHERE rank <= 2",
        "UPDATE ships SET rank = rank - 10000 WHERE rank > 10000",
    )
    done = harbour.copy()
    done.expect(0, "everything is copied: the changes cannot be written one table after the other", "published")
    harbour.expect_equal_to_a_full_copy()
