"""What the application says of attributes that it encrypts: how their ciphertexts are made, and which masks it could
not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.masks.cases import rules_of
from masker.masks.encrypted import Ciphertext
from masker.masks.keep import Keep
from masker.names import TableName
from masker.ruleset.facts import Encrypted as EncryptedFacts
from masker.ruleset.facts import Facts
from masker.ruleset.types import ColumnDecision, TableDecision

#: How attr_encrypted calls the column beside a text.
_IV = "_iv"

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
            update: dict[str, object] = {
                "digest": digest or "SHA256",
                "deterministic": rule.deterministic
                if rule.deterministic is not None
                else bool(of and of.deterministic),
                "downcase": rule.downcase
                if rule.downcase is not None
                else bool(of and (of.downcase or of.ignore_case)),
            }
            if rule.library != "active_record":
                *_, root = (name, *catalog.ancestors(name))
                update = dict(_of_gem(root, column, rule))
            columns[column] = replace(columns[column], rule=rule.model_copy(update=update))
        told[name] = replace(decision, columns=columns)
    return told


def _of_gem(table: TableName, column: str, rule: Ciphertext) -> Iterator[tuple[str, object]]:
    """What Lockbox derives its key from, and the scope by which both columns of attr_encrypted are picked together."""
    if rule.library == "lockbox":
        yield "key_table", rule.key_table or table.name
        yield "key_attribute", rule.key_attribute or column.removesuffix("_ciphertext")
    elif rule.scope is None:
        yield "scope", f"{table}.{column.removesuffix(_IV)}"


def pair_problems(decisions: Mapping[TableName, TableDecision]) -> Iterator[Problem]:
    """Columns that are read together, and would not fit any more: attr_encrypted's text and iv, Lockbox's blind
    index."""
    for decision in decisions.values():
        if decision.rows == "none":
            continue
        for column, found in decision.columns.items():
            for rule in rules_of(found.rule):
                if isinstance(rule, Ciphertext) and (told := _unlike_pair(decision, column, rule)):
                    yield Problem(str(decision.table.column_name(column)), *told, found.position)


def _unlike_pair(decision: TableDecision, column: str, rule: Ciphertext) -> tuple[str, str] | None:
    if rule.library == "lockbox":
        if rule.key_table is None or rule.key_attribute is None:
            return "lockbox: its key depends on the table and the attribute", "say key_table and key_attribute here"
        index = f"{column.removesuffix('_ciphertext')}_bidx"
        kept = decision.columns.get(index)
        if kept is not None and isinstance(kept.rule, Keep):
            return (
                f"lockbox: {index} is kept, the blind index of what stood there, by which it would still be found",
                f"decide {index}: null where it may be, else token; the preview computes it anew",
            )
        return None
    if rule.library != "attr_encrypted":
        return None
    if rule.scope is None:
        return "attr_encrypted: its text and iv are picked by one scope", "give both columns the same scope here"
    base = column.removesuffix(_IV)
    if decision.table.column(f"{base}_salt") is not None:
        return (
            f"attr_encrypted: it has {base}_salt beside it, by which a key is derived for each row",
            "use null for all three",
        )
    other = base if rule.part == "iv" else f"{base}{_IV}"
    pair = decision.columns.get(other)
    wanted = rule.model_copy(update={"part": "text" if rule.part == "iv" else "iv"})
    if pair is None or pair.rule.model_dump() != wanted.model_dump():
        part = "" if rule.part == "iv" else ", part: iv"
        return (
            f"attr_encrypted: {other} is read together with it, and is not decided alike",
            f"give {other} the same rule, but `{{mask: encrypted, library: attr_encrypted{part}, …}}`; or null to both",
        )
    return None


def clear_text_mask(found: ColumnDecision, table: Table, catalog: Catalog, facts: Facts) -> str | None:
    """The mask of *found* that writes clear text, where the facts do not say that the application encrypts it."""
    if found.column.name in attributes(table, catalog, facts):
        return None
    return next((rule.mask for rule in rules_of(found.rule) if rule.mask not in _NO_TEXT), None)


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
