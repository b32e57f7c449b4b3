"""What the target has to offer of what the dump asks for, and which of its entries are made there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from masker.catalog.target import TargetFacts
from masker.catalog.types import Catalog
from masker.errors import CatalogMismatch
from masker.names import quote
from masker.notes import Note
from masker.postgres.entries import SchemaEntry, plain_name

#: A dump says of a foreign key's trigger on a partition, as of one that it made, that it is not enabled as the parent's
#: is, by a name that no other database has.
_OF_A_KEY = re.compile(r'TRIGGER "RI_ConstraintTrigger_[ac]_[0-9]+"')

#: Objects that are named of those that need a missing extension.
_SHOWN_USERS = 5


def require_extensions(catalog: Catalog, target: TargetFacts) -> None:
    """The target has to offer the source's extensions. Raises CatalogMismatch."""
    missing = [e for e in catalog.extensions if e.name not in target.available_extensions]
    if not missing:
        return
    lines = []
    for extension in missing:
        users = extension.needed_by
        more = f" and {len(users) - _SHOWN_USERS} more" if len(users) > _SHOWN_USERS else ""
        need = (
            f"needed by {', '.join(users[:_SHOWN_USERS])}{more}"
            if users
            else "nothing is known to need it, but a function may"
        )
        lines.append(f"{extension.name}: {need}")
    count = len(missing)
    raise CatalogMismatch(
        f"target: the server does not offer {count} extension{'s' if count > 1 else ''} of the source: "
        + "; ".join(lines),
        hint="install it on the target's server, or drop it from the source if nothing uses it",
    )


def usable_entries(
    entries: Sequence[SchemaEntry], catalog: Catalog, target: TargetFacts, notes: list[Note]
) -> list[SchemaEntry]:
    """The dump's entries without those the target has, may not have, or must not have."""
    usable = []
    unmade = {f"EVENT TRIGGER {form}" for name in catalog.hosts_event_triggers for form in written_names(name)}
    if not target.is_superuser:
        unmade |= {f"EVENT TRIGGER {form}" for name in catalog.event_triggers for form in written_names(name)}
        unmade |= {f"PUBLICATION {form}" for name in catalog.publications_of_all_tables for form in written_names(name)}
    for entry in entries:
        match entry.type:
            case "SCHEMA" if entry.name in target.schemas:
                continue
            case "COMMENT" | "ACL" if entry.name.startswith("EXTENSION "):
                continue
            case "COMMENT" if entry.name == "SCHEMA public" and not (target.is_superuser or target.version >= 150000):
                notes.append(
                    Note(
                        subject="comment on schema public",
                        text="left out: before PostgreSQL 15 only a superuser owns it",
                    )
                )
                continue
            case "COMMENT" | "ACL" if (
                entry.name != "SCHEMA public" and entry.name.removeprefix("SCHEMA ") in target.schemas
            ):
                continue
            case "COMMENT" if entry.name in unmade:
                continue
            case "TRIGGER" if _OF_A_KEY.search(entry.sql) and "CREATE TRIGGER" not in entry.sql:
                notes.append(
                    Note(
                        subject=f"trigger {entry.schema}.{entry.name}",
                        text="left out: a foreign key's own, set aside in production alone; the preview keeps the key",
                    )
                )
                continue
            case "USER MAPPING":
                mapping = entry.name.replace("USER MAPPING", "user mapping of", 1)
                notes.append(
                    Note(subject=mapping, text="left out: it holds production's credentials for another server")
                )
                continue
            case "EVENT TRIGGER" if entry.name in catalog.hosts_event_triggers:
                notes.append(
                    Note(
                        subject=f"event trigger {entry.name}",
                        text="left out: it is the host's own, with a function that is not copied",
                    )
                )
                continue
            case "EVENT TRIGGER" if not target.is_superuser:
                notes.append(
                    Note(
                        subject=f"event trigger {entry.name}",
                        text="left out: only a superuser may create one on the target",
                    )
                )
                continue
            case "PUBLICATION" if entry.name in catalog.publications_of_all_tables and not target.is_superuser:
                notes.append(
                    Note(
                        subject=f"publication {entry.name}",
                        text="left out: only a superuser may publish all tables on the target",
                    )
                )
                continue
            case "PUBLICATION TABLES IN SCHEMA" if not target.is_superuser:
                notes.append(
                    Note(
                        subject=f"publication {entry.name}",
                        text="its schema left out: only a superuser may publish all of one on the target",
                    )
                )
                continue
            case _:
                usable.append(entry)
    return usable


def written_names(identifier: str) -> set[str]:
    """The ways the server may write *identifier*: it quotes key words too."""
    return {plain_name(identifier), quote(identifier)}
