"""What the application says of attributes that it encrypts: how their ciphertexts are made, and which masks it could
not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.masks.cases import rules_of
from masker.masks.encrypted import Ciphertext
from masker.names import TableName
from masker.ruleset.facts import Encrypted as EncryptedFacts
from masker.ruleset.facts import Facts
from masker.ruleset.types import TableDecision

#: Masks whose results no application has to decrypt: nothing, or what was there.
_NO_TEXT = frozenset({"encrypted", "null", "keep"})


def attributes(table: Table, catalog: Catalog, facts: Facts) -> Mapping[str, EncryptedFacts]:
    """The encrypted attributes of *table*, by column."""
    found: dict[str, EncryptedFacts] = {}
    for name in (table.name, *catalog.ancestors(table.name)):
        for _, model in facts.of_table(f"{name.schema}.{name.name}"):
            found |= {column: said for column, said in model.encrypted.items() if table.column(column) is not None}
    return found


def as_told(
    decisions: Mapping[TableName, TableDecision], catalog: Catalog, facts: Facts
) -> dict[TableName, TableDecision]:
    """*decisions* with what their rules leave to the application to say: deterministic or not, digest, case."""
    told = dict(decisions)
    for name, decision in decisions.items():
        rules = {c: d.rule for c, d in decision.columns.items() if isinstance(d.rule, Ciphertext)}
        if not rules:
            continue
        said, usual = attributes(decision.table, catalog, facts), facts.encryption
        columns = dict(decision.columns)
        for column, rule in rules.items():
            of = said.get(column)
            digest = rule.digest or (of.digest if of else None) or (usual.digest if usual else None)
            update = {
                "digest": digest or "SHA256",
                "deterministic": rule.deterministic
                if rule.deterministic is not None
                else bool(of and of.deterministic),
                "downcase": rule.downcase
                if rule.downcase is not None
                else bool(of and (of.downcase or of.ignore_case)),
            }
            columns[column] = replace(columns[column], rule=rule.model_copy(update=update))
        told[name] = replace(decision, columns=columns)
    return told


def encryption_problems(
    decisions: Mapping[TableName, TableDecision], catalog: Catalog, facts: Facts
) -> Iterator[Problem]:
    """Masks that write clear text where the application decrypts, and keys that nobody knows here."""
    reads_clear_text = facts.encryption is not None and facts.encryption.support_unencrypted_data
    for decision in decisions.values():
        if decision.rows == "none":
            continue
        for column, said in attributes(decision.table, catalog, facts).items():
            found = decision.columns.get(column)
            if found is None:
                continue
            subject = str(decision.table.column_name(column))
            clear = [rule.mask for rule in rules_of(found.rule) if rule.mask not in _NO_TEXT]
            if clear and not reads_clear_text:
                yield Problem(
                    subject,
                    f"facts: the application encrypts it, and the mask {clear[0]} writes clear text, which it could not"
                    " read",
                    "use {mask: encrypted, of: …} or null; or let the preview read clear text"
                    " (support_unencrypted_data) and say so in `facts: encryption:`",
                    found.position,
                )
            if said.key_provider is not None and any(isinstance(rule, Ciphertext) for rule in rules_of(found.rule)):
                yield Problem(
                    subject,
                    f"facts: it has a key provider of its own, {said.key_provider}, whose keys are not the preview's",
                    "use null",
                    found.position,
                )
