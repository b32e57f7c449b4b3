"""What masker wants to know of a Rails application, whoever has told it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One of production's databases, by its name in config/database.yml. *schema* is its dump, from the application's
    folder, None where there is none. *shares* names the one whose database it is by the same settings, if any."""

    name: str
    adapter: str
    schema: Path | None = None
    shares: str | None = None

    @property
    def is_postgres(self) -> bool:
        """Of PostgreSQL, also by an adapter around its own (``makara_postgresql``)."""
        return "postg" in self.adapter


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An entry of config/storage.yml. *bucket* is None where only the environment knows it: by *variable*, if that can
    be read. *primary* is the service that a mirror reads from."""

    name: str
    kind: str
    bucket: str | None = None
    variable: str | None = None
    primary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """*attachments* and *encrypted* are ``User#avatar`` and ``users.phone``, *passwords* ``users.encrypted_password``;
    *filters* the parameters that logs leave out. *read_by* says whose word all this is; *remarks* what could not be
    read; *facts* are what it says of itself, as JSON."""

    root: Path
    name: str
    rails: str
    read_by: Literal["bin/rails runner", "files"]
    gems: frozenset[str] = frozenset()
    locale: str | None = None
    time_zone: str | None = None
    databases: tuple[Database, ...] = ()
    services: tuple[Service, ...] = ()
    service: str | None = None
    attachments: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()
    passwords: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    tests: Literal["spec", "test"] = "test"
    on_heroku: bool = False
    in_containers: bool = False
    remarks: tuple[str, ...] = ()
    facts: str | None = field(default=None, repr=False)

    @property
    def primary(self) -> Database | None:
        """The database that ActiveRecord::Base is of."""
        return next((each for each in self.databases if each.name == "primary"), next(iter(self.databases), None))

    @property
    def others(self) -> tuple[Database, ...]:
        """Further databases that are PostgreSQL's and not the primary one under another name."""
        return tuple(
            each for each in self.databases if each is not self.primary and each.is_postgres and each.shares is None
        )
