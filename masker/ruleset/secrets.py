"""Values fixed for a run that rules take from the environment: the hash of the preview's password, ciphertexts under
its keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import bcrypt

from masker.errors import Position, Problem, RuleErrors
from masker.masks.cases import rules_of
from masker.masks.encrypted import Ciphertext
from masker.masks.json_rule import Json
from masker.masks.locales import LOCALES
from masker.masks.locales.locale import Locale
from masker.masks.password import Password
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import bcrypt_salt
from masker.model import FromEnvironment
from masker.ruleset.ciphertexts import ciphertexts, last_key
from masker.ruleset.gem_ciphertexts import gem_ciphertexts, read_key
from masker.ruleset.types import Resolution, RuleSet

#: bcrypt reads no more of a password; newer libraries refuse longer ones.
_BCRYPT_BYTES = 72


def hashes_of(ruleset: RuleSet, environment: Mapping[str, str], key: bytes) -> Mapping[str, Callable[[], str]]:
    """By :attr:`~masker.masks.password.Password.known_name` what makes each hash that the rules may need, which takes
    long: of plaintexts, as far as the *environment* has them."""
    found: dict[str, Callable[[], str]] = {}
    for file in (*ruleset.files, *ruleset.included):
        written = [each.rule for table in file.tables for each in table.columns]
        for rule in (*written, *(default.rule for default in file.defaults)):
            for one in _leaves(rule):
                if isinstance(one, Password) and one.plaintext is not None and not _missing(one, environment):
                    found[one.known_name] = partial(_hash, one, environment, key)
    return found


def known_values(
    resolution: Resolution,
    environment: Mapping[str, str],
    key: bytes,
    hashes: Mapping[str, Callable[[], str]] = MappingProxyType({}),
) -> Mapping[str, str]:
    """By :attr:`~masker.masks.password.Password.known_name`, each hash made once, with a salt from the run's *key*, and
    the ciphertexts of each rule as a list in JSON. What gives some of the *hashes* may be handed in.

    Raises RuleErrors for variables that are not set.
    """
    values: dict[str, str] = {}
    problems: dict[str, Problem] = {}
    for encrypted, locale, subject, position in _encrypted(resolution):
        name = encrypted.known_name(locale)
        if name in values:
            continue
        needed = _keys(encrypted)
        unset = [each.env for each in needed if not environment.get(each.env)]
        for variable in unset:
            found = f"the environment variable {variable} is not set, which holds a key of the preview"
            hint = f"export {variable}, or name another by `keys`"
            problems.setdefault(variable, Problem(subject, found, hint, position))
        if not unset:
            try:
                made = _made(encrypted, [environment[each.env] for each in needed], LOCALES[locale], key)
            except ValueError as error:
                variable = needed[0].env
                found = f"the environment variable {variable} holds {error}"
                problems.setdefault(variable, Problem(subject, found, "name the preview's key by `keys`", position))
                continue
            values[name] = json.dumps(made)
    for rule, subject, position in _passwords(resolution):
        if rule.known_name in values or (rule.plaintext is None and rule.hash is None):
            continue
        missing = _missing(rule, environment)
        if missing:
            for name in missing:
                problems.setdefault(
                    name,
                    Problem(
                        subject,
                        f"the environment variable {name} is not set",
                        f"export {name}, or give the rule a ready hash",
                        position,
                    ),
                )
            continue
        make = hashes.get(rule.known_name)
        values[rule.known_name] = make() if make is not None else _hash(rule, environment, key)
    if problems:
        raise RuleErrors([*resolution.problems, *problems.values()])
    return values


def _keys(rule: Ciphertext) -> tuple[FromEnvironment, ...]:
    """What the ciphertexts of *rule* are made under."""
    keys = rule.keys
    if rule.library == "lockbox":
        return (keys.master,)
    if rule.library == "attr_encrypted":
        return (keys.key,) if keys.key is not None else ()
    return (keys.deterministic if rule.deterministic else keys.primary, keys.salt)


def _made(rule: Ciphertext, secrets: Sequence[str], locale: Locale, key: bytes) -> tuple[str, ...]:
    """Raises ValueError for a key that is none to the library."""
    if rule.library == "active_record":
        password, salt = secrets
        return ciphertexts(rule, last_key(password), salt, locale, key)
    return gem_ciphertexts(rule, read_key(secrets[0]), locale, key)


def _encrypted(resolution: Resolution) -> Iterator[tuple[Ciphertext, str, str, Position]]:
    for name, table in resolution.tables.items():
        for column, decision in table.columns.items():
            for rule in rules_of(decision.rule):
                if isinstance(rule, Ciphertext) and table.rows != "none":
                    yield rule, rule.locale or decision.locale, f"{name}.{column}", decision.position


def _passwords(resolution: Resolution) -> Iterator[tuple[Password, str, Position]]:
    for name, table in resolution.tables.items():
        for column, decision in table.columns.items():
            for rule in _leaves(decision.rule):
                if isinstance(rule, Password):
                    yield rule, f"{name}.{column}", decision.position


def _leaves(rule: MaskRule) -> Sequence[MaskRule]:
    """The rules of a document's leaves, or of a list."""
    return (list(rule.leaves.values()) if isinstance(rule, Json) else []) or rules_of(rule)


def _missing(rule: Password, environment: Mapping[str, str]) -> list[str]:
    """The variables that *rule* needs and that are not set."""
    wanted = [v for v in (rule.plaintext, rule.hash, rule.pepper) if isinstance(v, FromEnvironment)]
    return [v.env for v in wanted if not environment.get(v.env)]


def _hash(rule: Password, environment: Mapping[str, str], key: bytes) -> str:
    if isinstance(rule.hash, str):
        return rule.hash
    if rule.hash is not None:
        return environment[rule.hash.env]
    plaintext = environment[rule.plaintext.env] if rule.plaintext else ""
    pepper = environment[rule.pepper.env] if rule.pepper else ""
    secret = (plaintext + pepper).encode()[:_BCRYPT_BYTES]
    # Ruby's bcrypt writes and reads the 2a form.
    return bcrypt.hashpw(secret, bcrypt_salt(key, rule.known_name, rule.cost)).decode()
