"""What is signed is what rules decide, and no more of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.catalog.types import Catalog
from masker.errors import RuleErrors, UsageError
from masker.ruleset.resolve import resolve
from masker.signing.check import signed_rules
from masker.signing.decisions import Decisions, changes, decisions
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


def _decided(rules: str = _RULES, database: Catalog | None = None) -> Decisions:
    resolution = resolve(rule_set(rules), database or catalog(_USERS, table("logs", "text text")))
    assert resolution.problems == ()
    return decisions(resolution)


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
    gone = changes(
        signed,
        _decided('tables: {users: {columns: {email: email}, where: "id > 1"}}', catalog(table("users", "email text"))),
    )
    assert (gone.changed, gone.new) == ((), ())
    assert [subject for subject, _ in gone.others] == ["logs", "users.note"]


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
