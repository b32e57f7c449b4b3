"""A draft of rules as the commands make it: of a server, or of an application's schema file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from masker import __version__
from masker.cli.flags.databases import DatabaseFlags
from masker.cli.rules.inputs import source_url, source_with_evidence
from masker.errors import Problem, RuleErrors, UsageError

if TYPE_CHECKING:
    from masker.catalog.types import Catalog
    from masker.draft.mend import Objections
    from masker.draft.model import Draft
    from masker.draft.text import Origin
    from masker.ruleset.evidence import Evidence
    from masker.ruleset.facts import Facts
    from masker.ruleset.types import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A *draft* that is *of* something, and what is *left* that its rules cannot mend."""

    draft: Draft
    catalog: Catalog
    of: Origin
    left: Sequence[Problem]
    unread: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The file."""
        from masker.draft.text import draft_text

        return draft_text(self.draft, self.of)


def drafted(
    ruleset: RuleSet,
    databases: DatabaseFlags,
    *,
    schema: Path | None = None,
    facts: Facts | None = None,
    sample: int = 0,
    adds_to: bool = False,
) -> Drafted:
    """A draft of what *ruleset* leaves open in the source, or in what *schema* defines. Raises UsageError or what
    reading them raises."""
    from masker.draft.application import said_by_application
    from masker.draft.make import make
    from masker.draft.mend import mend
    from masker.draft.text import Origin
    from masker.draft.values import said_by_values
    from masker.ruleset.files import shipped_rule_sets
    from masker.ruleset.parse import read_shipped

    # A file that exists says itself which sets it includes.
    shipped = {} if adds_to else {name: read_shipped(name) for name in shipped_rule_sets()}
    known = facts or ruleset.facts
    catalog, evidence, what, unread = _read(databases, schema, sample)
    application, values = said_by_application(known, catalog), said_by_values(evidence.forms)
    sayings = {name: [*application.get(name, ()), *values.get(name, ())] for name in {*application, *values}}
    zone = str(known.application.get("time_zone") or ("" if schema is not None else catalog.server.time_zone))
    draft = make(catalog, ruleset, shipped, evidence, sayings, zone)
    url = None if schema is not None else source_url(databases)
    left = mend(draft, catalog, ruleset, shipped, _asking(url) if url is not None else None)
    when = datetime.now().astimezone().date().isoformat()
    return Drafted(
        draft=draft, catalog=catalog, of=Origin(what=what, when=when, version=__version__), left=left, unread=unread
    )


def _read(databases: DatabaseFlags, schema: Path | None, sample: int) -> tuple[Catalog, Evidence, str, Sequence[str]]:
    from masker.ruleset.evidence import Evidence
    from masker.ruleset.files import read_schema_text
    from masker.schemas.read import read_schema

    if schema is None:
        catalog, evidence = source_with_evidence(databases, sample)
        return catalog, evidence, f"the database {catalog.server.database}", ()
    if databases.source is not None and "source" in databases.said:
        raise UsageError("--schema and --source are both given", hint="a draft is of one of them")
    text = read_schema_text(schema)
    found = text if isinstance(text, Problem) else read_schema(text, str(schema))
    if isinstance(found, Problem):
        raise RuleErrors([found])
    return found.catalog, Evidence(), str(schema), [f"{each.position}: {each.what}" for each in found.unread]


def _asking(url: str) -> Objections:
    """What the source itself objects to rules, as ``rules check`` asks it."""

    def asked(whole: RuleSet) -> Sequence[Problem]:
        from masker.copy.check import check_rules
        from masker.errors import ManyProblems

        try:
            check_rules(url, whole)
        except RuleErrors as error:
            return error.problems
        except ManyProblems:
            # What is wrong with the source itself is told by whoever copies it.
            return ()
        return ()

    return asked
