"""What is signed is what rules decide, and no more of the schema."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from masker.catalog.types import Catalog
from masker.errors import RuleErrors, UsageError
from masker.ruleset.resolve import resolve
from masker.signing.check import signed_rules
from masker.signing.decisions import Changes, Decisions, changes, decisions
from masker.signing.file import Signature, read_signature, signature_path, write_signature
from masker.signing.ssh import ssh_fault, ssh_sign
from tests.catalogs import catalog, partition, table
from tests.unit.ruleset.files import rule_set

_RULES = """
    tables:
      users: {columns: {email: email, note: {mask: keep, reason: about bridges}}, where: "id > 1"}
      logs: {rows: none}
    defaults: [{columns: "*_token", mask: token}]
"""
_USERS = table("users", "email text", "note text")


def _decided(rules: str = _RULES, database: Catalog | None = None, signed: Decisions | None = None) -> Decisions:
    resolution = resolve(rule_set(rules), database or catalog(_USERS, table("logs", "text text")))
    assert resolution.problems == ()
    return decisions(resolution, signed)


def _since(database: Catalog, before: str, after: str) -> Changes:
    """What differs from what *before* was signed, by the rules *after*."""
    signed = _decided(before, database)
    return changes(signed, _decided(after, database, signed))


def test_what_is_decided_is_signed_with_its_reason() -> None:
    found = _decided()
    assert list(found) == ["public.logs", "public.users"]
    assert found["public.logs"] == {"rows": "none", "columns": {}}
    assert found["public.users"]["where"] == "id > 1"
    assert found["public.users"]["columns"]["note"]["reason"] == "about bridges"


def test_changes_are_told_apart_by_what_depends_on_them() -> None:
    signed = _decided()
    grown = catalog(
        table("users", "email text", "note text", "api_token text", "age int4"),
        table("logs", "text text"),
        table("colours", "id int8"),
    )
    assert changes(signed, _decided(database=grown)).new == (
        ("users.api_token", "decided as token, which nobody has signed"),
    )
    other = _RULES.replace("email: email", "email: token").replace("bridges", "ferries").replace("id > 1", "id > 2")
    found = changes(signed, _decided(other.replace("{rows: none}", "{columns: {text: lorem}}")))
    assert found.changed == (
        ("logs", "rows: signed as none, now all"),
        ("users", "where: signed as id > 1, now id > 2"),
        ("users.email", "signed as email, now token"),
    )
    assert found.new == (("logs.text", "decided as lorem, which nobody has signed"),)
    assert found.others == (("users.note", "its reason reads otherwise now"),)
    without = catalog(table("users", "email text"))
    gone = changes(signed, _decided('tables: {users: {columns: {email: email}, where: "id > 1"}}', without, signed))
    assert (gone.changed, gone.new) == ((), ())
    assert [subject for subject, _ in gone.others] == ["logs", "users.note"]


def test_a_rule_that_is_removed_while_what_it_decides_is_still_there_is_a_change() -> None:
    database = catalog(
        table("users", "email text", "salary numeric", "age int4", "total int4 generated"),
        table("amounts", "paid int4"),
    )
    rules = """
        tables:
          users: {columns: {email: email, salary: {mask: noise, amount: 9.5}, age: keep, total: keep}}
          amounts: {rows: none}
    """
    removed = _since(database, rules, "tables: {users: {columns: {email: email}}}")
    assert removed.changed == (
        ("amounts", "rows: signed as none, now all"),
        ("users.salary", "signed as {mask: noise, amount: 9.5}, now copied as it is, by no rule"),
    )
    # What was kept is copied as before.
    assert (removed.new, removed.others) == ((), (("users.age", "signed as keep, now copied as it is, by no rule"),))
    left_empty = _since(database, rules, "tables: {users: {rows: none}, amounts: {rows: none}}")
    assert left_empty.changed == (("users", "rows: signed as all, now none"),)
    assert [subject for subject, _ in left_empty.others] == ["users.age", "users.email", "users.salary"]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ('columns: {note: "null"}', ("events_1.note", "signed as null, now lorem")),
        ("rows: none", ("events_1", "rows: signed as none, now all")),
        ('where: "id > 1"', ("events_1", "where: signed as id > 1, now all")),
    ],
)
def test_a_partition_that_does_as_its_parent_does_again_is_a_change(own: str, told: tuple[str, str]) -> None:
    parent = table("events", "note text", kind="p")
    rules = "tables: {events: {columns: {note: lorem}}"
    found = _since(catalog(parent, partition("events_1", parent)), f"{rules}, events_1: {{{own}}}}}", f"{rules}}}")
    assert told in found.changed
    assert found.new == ()


def test_new_conditions_of_what_was_not_signed_by_itself_are_new() -> None:
    parent = table("events", "note text", kind="p")
    database = catalog(parent, partition("events_1", parent))
    rules = "tables: {events: {columns: {note: lorem}}"
    unmasked = _since(database, f"{rules}}}", f'{rules}, events_1: {{where: "false"}}}}')
    assert unmasked.new == (("events_1", "where: false, which nobody has signed"),)
    empty = "tables: {events: {columns: {note: lorem}, rows: none}"
    filled = _since(database, f"{empty}}}", f"{empty}, events_1: {{rows: all}}}}")
    assert filled.new == (("events_1", "rows: all, which nobody has signed"),)
    # Once signed they are what was signed.
    assert _since(database, f"{empty}, events_1: {{rows: all}}}}", f"{empty}, events_1: {{rows: all}}}}") == Changes()
    emptied = _since(database, f"{rules}}}", f"{rules}, events_1: {{rows: none}}}}")
    assert (emptied.new, emptied.others) == ((), (("events_1", "it is new, and left empty"),))


def test_large_objects_and_what_is_tolerated_are_signed_too() -> None:
    said = f"{_RULES}    large_objects: keep\n    tolerate: {{checks: not_valid}}\n"
    database = catalog(_USERS, table("logs", "text text"))
    assert _since(database, _RULES, said).new == (
        ("large objects", "keep, which nobody has signed"),
        ("tolerate", "checks, which nobody has signed"),
    )
    stricter = _since(database, said, _RULES)
    assert (stricter.changed, stricter.new) == ((), ())
    assert _since(database, said.replace(": keep\n", ": none\n"), said).changed == (
        ("large objects", "signed as none, now keep"),
    )


def test_an_heir_of_two_parents_that_differ_does_as_neither_does() -> None:
    one, other = table("people", "name text"), table("animals", "name text")
    heir = replace(partition("pets", one), parents=(one.name, other.name))
    rules = "tables: {people: {columns: {name: token}}, animals: {columns: {name: keep}}, pets: {columns: {name: ONE}}}"
    found = _since(catalog(one, other, heir), rules.replace("ONE", "token"), rules.replace("ONE", "keep"))
    assert found.changed == (("pets.name", "signed as token, now keep"),)


_HISTORY = """
    tables:
      users: {columns: {email: email}}
      members: {columns: {email: keep}}
      versions: {columns: {item_type: keep, object: MASK}}
    facts: {models: FACTS}
"""


def test_the_classes_by_whose_rules_a_history_is_masked_are_signed_with_it() -> None:
    database = catalog(
        table("users", "email text"),
        table("members", "email text"),
        table("versions", "item_type text", "item_id int8", "object jsonb"),
    )

    def since(before: str, after: str, mask: str = "history") -> Changes:
        rules = _HISTORY.replace("MASK", mask)
        return _since(database, rules.replace("FACTS", before), rules.replace("FACTS", after))

    assert since("{User: users}", "{User: members}").new == (
        ("facts: models.User", "decided as the rows of members, which nobody has signed"),
    )
    assert since("{Person: users}", "{Person: members}").changed == (
        ("facts: models.Person", "signed as the rows of users, now the rows of members"),
    )
    # A class that goes by its name again is of another table, one that nobody knows leaves nothing of its history.
    assert since("{Member: users}", "{}").changed == (
        ("facts: models.Member", "signed as the rows of users, now the rows of members"),
    )
    unknown = since("{Person: users}", "{}")
    assert (unknown.changed, unknown.new) == ((), ())
    # A migration that adds a class of its own name stops nobody, and no history needs no classes.
    assert since("{User: users}", "{User: public.users, Member: members}") == Changes()
    assert since("{Person: users}", "{Person: members}", mask="lorem") == Changes()
    assert since("{Person: users}", "{Person: members}", mask="{mask: history, classes: {User: users}}") == Changes()
    cases = '[{mask: history, when: "id > 1"}, {else: "null"}]'
    assert since("{Person: users}", "{Person: members}", mask=cases).changed


def test_partitions_that_do_as_their_parent_does_are_no_decisions_of_their_own() -> None:
    parent = table("events", "text text", kind="p")
    rules = "tables: {events: {columns: {text: lorem}}}"
    before = _decided(rules, catalog(parent, partition("events_1", parent)))
    after = _decided(rules, catalog(parent, partition("events_1", parent), partition("events_2", parent)))
    assert list(before) == ["public.events"]
    assert changes(before, after).new == ()
    own = "tables: {events: {columns: {text: lorem}}, events_2: {columns: {text: keep}}}"
    assert changes(before, _decided(own, catalog(parent, partition("events_2", parent)))).new


def test_a_signature_is_recorded_until_allowed_signers_prove_it(tmp_path: Path) -> None:
    rules = tmp_path / "masking.yml"
    rules.write_text(f"version: 1\n{_RULES}")
    resolution = resolve(rule_set(_RULES), catalog(_USERS, table("logs", "text text")))
    key, signers = tmp_path / "key", tmp_path / "allowed"
    _make_key(key)
    signers.write_text(f"ada@example.com {(tmp_path / 'key.pub').read_text()}")
    _, refused = signed_rules([rules], resolution, required=False, signers=signers)
    assert refused is not None
    assert "there is no signature" in refused.problems[0].found

    assert signed_rules([rules], resolution, required=False, signers=None) == (None, None)
    _, refused = signed_rules([rules], resolution, required=True, signers=None)
    assert refused is not None
    assert refused.exit_code == 9
    plain = Signature(by="ada@example.com", at="2026-11-26T10:00:00+00:00", files={}, decisions=decisions(resolution))
    assert write_signature(signature_path([rules]), plain) is None
    found, refused = signed_rules([rules], resolution, required=True, signers=None)
    assert found is not None
    assert (found.text, refused) == ("signed by ada@example.com on 2026-11-26: recorded, not proven", None)
    _, refused = signed_rules([rules], resolution, required=False, signers=signers)
    assert refused is not None
    assert "it has no SSH signature" in refused.problems[0].found

    proven = Signature(
        by=plain.by, at=plain.at, files={}, decisions=plain.decisions, ssh=ssh_sign(key, plain.payload())
    )
    write_signature(signature_path([rules]), proven)
    assert read_signature(signature_path([rules])) == proven
    found, refused = signed_rules([rules], resolution, required=True, signers=signers)
    assert found is not None
    assert (found.text, refused) == ("signed by ada@example.com on 2026-11-26: proven by an SSH signature", None)
    # It proves what it was made of, and nothing that is decided otherwise now.
    other = resolve(
        rule_set(_RULES.replace("email: email", "email: keep")), catalog(_USERS, table("logs", "text text"))
    )
    _, refused = signed_rules([rules], other, required=False, signers=signers)
    assert refused is not None
    assert refused.problems[0].found == "signed as email, now keep"
    # What somebody writes into the file afterwards is not what was signed.
    forged = signature_path([rules]).read_text().replace('"rule": "email"', '"rule": "keep"')
    signature_path([rules]).write_text(forged)
    _, refused = signed_rules([rules], resolution, required=False, signers=signers)
    assert refused is not None
    assert "does not prove that ada@example.com has signed it" in refused.problems[0].found


def test_what_is_no_signature_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "masking.yml.sig"
    for text in ("", "[]", '{"signed": {"version": 2}}', '{"signed": 1}', "{"):
        path.write_text(text)
        with pytest.raises(RuleErrors, match="1 problem") as refused:
            read_signature(path)
        assert refused.value.problems[0].subject == str(path)
    with pytest.raises(UsageError, match="there is no file"):
        ssh_fault(tmp_path / "none", "ada", "", b"")
    with pytest.raises(UsageError, match="ssh-keygen did not sign"):
        ssh_sign(tmp_path / "none", b"")


def _make_key(path: Path) -> None:
    import subprocess

    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)  # noqa: S607
