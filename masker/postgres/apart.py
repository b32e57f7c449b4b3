"""Settings by which production computes what the preview will compute otherwise: of its database, and of the role that
its application is.

What the schema computes while a preview is filled (generated columns, indexes, checks, materialized views) goes by the
preview's own settings, so that it fits what the preview's sessions ask later. Where those are not production's, or not
those of every role that signs in, it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from masker.at_once import at_once, filled
from masker.names import shown
from masker.notes import Note
from masker.postgres.own_settings import alike
from masker.queries import queries

_SQL = queries(__name__)

#: What a session of each login role has beside the server's configuration, the role's own settings in this database
#: before those of the database; and who owns most of its tables.
_READ = _SQL["read"]
_CONFIGURED = "SELECT lower(name), reset_val FROM pg_settings WHERE lower(name) = ANY(%s)"
_ME = (
    "SELECT session_user::text, pg_get_userbyid((SELECT relowner FROM pg_class WHERE oid >= 16384 AND relkind IN ('r',"
    " 'p') GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1))::text"
)

#: A search path is no value that anything is computed by: a name that is not found is an error. Locales are compared
#: with the databases.
_COMPUTING = (
    "timezone",
    "datestyle",
    "intervalstyle",
    "default_text_search_config",
    "bytea_output",
    "extra_float_digits",
    "xmlbinary",
    "array_nulls",
)


@dataclass(frozen=True, slots=True)
class Given:
    """What sessions in a database have: of everybody, and of single roles. *me* is who asks, *owner* who owns most of
    the tables."""

    everybody: Mapping[str, str]
    roles: Mapping[str, Mapping[str, str]]
    me: str
    owner: str | None

    def of(self, role: str | None) -> Mapping[str, str]:
        """What sessions of *role* have."""
        return {**self.everybody, **self.roles.get(role or "", {})}


def given(conn: psycopg.Connection, database: str) -> Given:
    """What *conn*'s server gives to sessions in *database*."""
    return _given(at_once(conn, _questions(conn, database)))


def of_source(conn: psycopg.Connection, database: str) -> tuple[Given, tuple[Note, ...]]:
    """The same of production, and what of it no copy carries."""
    *found, labelled = at_once(conn, [*_questions(conn, database), _LABELS])
    return _given(found), tuple(_labels(labelled))


def _questions(conn: psycopg.Connection, database: str) -> list[str]:
    return [
        filled(conn, _READ, {"database": database}),
        _ME,
        filled(conn, _CONFIGURED, [list(_COMPUTING)]),
    ]


def _given(answers: Sequence[Sequence[Any]]) -> Given:
    read, asked, known = answers
    found = [(str(role), str(name), str(value)) for role, name, value in read]
    roles: dict[str, dict[str, str]] = {}
    for role, name, value in found:
        if role and _computes(name):
            roles.setdefault(role, {})[name] = value
    me, owner = (str(asked[0][0]), asked[0][1]) if asked else ("", None)
    # What a session is configured to have cannot be asked where its role has something else.
    configured = ((str(name), str(value)) for name, value in known)
    everybody = {name: value for name, value in configured if name not in roles.get(me, {})}
    everybody |= {name: value for role, name, value in found if not role and _computes(name)}
    return Given(everybody, roles, me, str(owner) if owner else None)


def apart(source: Given, target: Given, database: str) -> Iterator[Note]:
    """What *source* computes by and *target*, into whose *database* the copy goes, does not; and what the target's
    other roles do."""
    mine, theirs = target.of(target.me), source.of(source.owner)
    if words := list(_differences(theirs, mine, ("on the source", "on the target"))):
        yield Note(
            subject="settings",
            text=(
                f"{'; '.join(words)}: what the schema computes (generated columns, indexes, checks, materialized views)"
                " is computed as for the preview's own sessions"
            ),
        )
    yield from apart_from_roles(target, database)


def apart_from_roles(target: Given, database: str) -> Iterator[Note]:
    """Roles that sign in to *database* with other settings than masker's role, by which is computed meanwhile."""
    mine = target.of(target.me)
    for role in sorted(target.roles):
        own = {name: value for name, value in target.of(role).items() if name in target.roles[role]}
        if role != target.me and (
            words := list(
                _differences(
                    own,
                    {n: v for n, v in mine.items() if n in own},
                    ("for it", f"for {shown(target.me)}, by whom masker connects"),
                )
            )
        ):
            yield Note(
                subject=f"settings of the role {shown(role)}",
                text=(
                    f"{'; '.join(words)}: what the schema of {shown(database)} computes is computed as for the latter;"
                    " let masker connect as the application does, or set these for the database"
                ),
            )


#: Those of databases are carried with their settings.
_LABELS = _SQL["labels"]


def _labels(found: Sequence[Any]) -> Iterator[Note]:
    """Security labels of objects: no copy carries them, since what they mean is the business of a library that the
    preview's server may not have."""
    for provider, count, example in found:
        more = f" and {count - 1} more" if count > 1 else ""
        yield Note(
            subject=f"security labels of {shown(str(provider))}",
            text=f"not carried: of {example}{more}; give them to the preview where its server has the library",
        )


def _differences(one: Mapping[str, str], other: Mapping[str, str], where: Sequence[str]) -> Iterator[str]:
    """Values of settings of an application's own could be secrets, and are not said."""
    for name in sorted({*one, *other}):
        first, second = one.get(name), other.get(name)
        if first == second or (first and second and _plain(name, first) == _plain(name, second)):
            continue
        if "." in name:
            yield (
                f"{name} is"
                f" {'another' if first and second else f'set {where[0]} only' if first else f'set {where[1]} only'}"
                + (f" {where[0]}" if first and second else "")
            )
        elif first and second:
            yield f"{name} is {first} {where[0]} and {second} {where[1]}"


def _plain(name: str, value: str) -> str:
    """*value* as it may be compared: people write it in several ways."""
    plain = alike(name, value).lower().replace(" ", "").removeprefix("pg_catalog.")
    return (
        {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}.get(plain, plain)
        if name == "array_nulls"
        else plain
    )


def _computes(name: str) -> bool:
    return name in _COMPUTING or ("." in name and not name.startswith("masker."))
