"""The files that ``masker init`` has for an application, made of templates that come with the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from masker.companion.application import Application, Database
from masker.errors import MaskerError

if TYPE_CHECKING:
    from masker.companion.publishing import Ways

_PLACEHOLDER = re.compile(r"@@(\w+)@@")

#: Databases of which a preview wants the tables and none of the rows: jobs, caches and messages of production.
WITHOUT_ROWS = frozenset({"queue", "cache", "cable"})

#: Whose names and places the masks make, by the application's language or time zone, as Rails calls them.
_LOCALES = {
    "ja": "ja_JP",
    "de": "de_DE",
    "fr": "fr_FR",
    "es": "es_ES",
    "en-GB": "en_GB",
    "Tokyo": "ja_JP",
    "Osaka": "ja_JP",
    "Sapporo": "ja_JP",
    "Asia/Tokyo": "ja_JP",
    "Berlin": "de_DE",
    "Europe/Berlin": "de_DE",
    "Paris": "fr_FR",
    "Europe/Paris": "fr_FR",
    "Madrid": "es_ES",
    "Europe/Madrid": "es_ES",
    "London": "en_GB",
    "Europe/London": "en_GB",
}

#: The environment variable with the key that a delta needs.
KEY = "MASKER_KEY"

#: How the preview is published, and what that means.
_PUBLISH = {
    "delta": "what has changed since the last run, else all beside the live one",
    "direct": "emptied and filled itself; masker doctor tells of another way",
}

#: What the application says of itself, beside its rules.
_FACTS = Path("config/masker.facts.json")

#: What a rule file for them says.
_EMPTY = """\
# Written by `masker init`: production's jobs would be run once more by the preview, and its cache shows originals.
version: 1
tables:
  "*": {rows: none}
  schema_migrations: {rows: all, columns: {version: keep}}
  ar_internal_metadata: {rows: all, columns: {key: keep, value: keep}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked of init: whose *ci* runs it, and the preview's application on *heroku*. *ways* are those to
    publish the preview, where its database could be looked at."""

    ci: Literal["github", "none"] = "github"
    heroku: str | None = None
    container: bool = False
    ways: Ways | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file as it is to be, from the application's folder. With *adds* its lines are added to a file that is there."""

    path: Path
    text: str
    adds: bool = False


def preview_name(application: Application, wishes: Wishes) -> str:
    """What the preview is called in masker.yml and by --confirm."""
    return wishes.heroku or f"{application.name}-preview"


def may_be_delta(application: Application, wishes: Wishes) -> bool:
    """Whether the preview can be brought up to date by what has changed: where that cannot be proven right, everything
    is copied beside it, as another database or as other schemas within its own. On Heroku an extension of the host's
    among the application's tables often keeps the role from both, so that is to be seen first."""
    return not wishes.ways.hindered if wishes.ways is not None else not (wishes.heroku or application.on_heroku)


def _key(application: Application, wishes: Wishes) -> str:
    """The key's variable as one more of a list, where there is a key."""
    return f" {KEY}" if may_be_delta(application, wishes) else ""


def _is_within(wishes: Wishes) -> bool:
    """Whether the preview is replaced within its database, where nobody sees it before it is published."""
    ways = wishes.ways
    return ways is not None and not ways.may_create_databases and not ways.hindered


def target_names(application: Application, wishes: Wishes) -> list[str]:
    """What each database that a refresh fills is called, the application's own first."""
    name = preview_name(application, wishes)
    return [name, *(_name_of(each, name) for each in application.others)]


def _name_of(database: Database, preview: str) -> str:
    return f"{preview}-{database.name}"


def rules_path(database: Database, application: Application) -> Path:
    """Where the rules of *database* stand."""
    is_primary = database is application.primary
    return Path("config") / ("masking.yml" if is_primary else f"masking.{database.name}.yml")


def variable(side: str, database: Database, application: Application) -> str:
    """The environment variable that holds the URL of *database* on the *side* ``PRODUCTION`` or ``PREVIEW``."""
    middle = "" if database is application.primary else f"_{re.sub(r'[^A-Z0-9]', '_', database.name.upper())}"
    return f"{side}{middle}_DATABASE_URL"


def new_files(application: Application, wishes: Wishes, rules: Mapping[str, str]) -> Iterator[NewFile]:
    """All that is written for *application*. *rules* are rule files by the name of their database; what has none is
    left out."""
    name = preview_name(application, wishes)
    names = target_names(application, wishes)
    options = [word for each in names for word in ("--confirm", each)]
    yield NewFile(path=Path("masker.yml"), text=_settings(application, wishes))
    for database in (application.primary, *application.others):
        if database is None:
            continue
        text = rules.get(database.name) or (_EMPTY if database.name in WITHOUT_ROWS else None)
        if text is not None:
            if database is application.primary:
                text = with_locale(with_login(text, application.passwords), application)
                text = _with_facts(text) if application.facts is not None else text
            yield NewFile(path=rules_path(database, application), text=text)
    if application.facts is not None:
        yield NewFile(path=_FACTS, text=_laid_out(application.facts))
    yield NewFile(path=Path("config/initializers/masker.rb"), text=template("gate.rb"))
    yield NewFile(path=Path("lib/tasks/masker.rake"), text=template("masker.rake", CONFIRM=",".join(names)))
    test = f"{application.tests}/masking_{application.tests}.rb"
    body = template("masking_body.rb").rstrip("\n")
    yield NewFile(path=Path(test), text=template(f"masking_{application.tests}.rb", BODY=body))
    if wishes.ci == "github":
        yield NewFile(
            path=Path(".github/workflows/preview.yml"),
            text=template("preview.yml", CONFIRM=" ".join(options), SECRETS=_secrets(application, wishes)),
        )
    if wishes.heroku or application.on_heroku:
        yield NewFile(path=Path("requirements.txt"), text=template("requirements.txt"))
        yield NewFile(path=Path(".python-version"), text=template("python-version"))
        yield NewFile(path=Path("bin/masker-heroku"), text=template("heroku.sh", KEY=_key(application, wishes)))
    if wishes.container or application.in_containers:
        storage = "config/storage.yml " if "".join(_storage(application)) else ""
        words = json.dumps(options)[1:-1]
        key = f" -e {KEY}" if may_be_delta(application, wishes) else ""
        yield NewFile(
            path=Path("masker.Dockerfile"),
            text=template("masker.Dockerfile", PREVIEW=name, CONFIRM=words, STORAGE=storage, KEY=key),
        )
    yield NewFile(path=Path(".gitignore"), text=".masker/\n", adds=True)


def with_locale(text: str, application: Application) -> str:
    """The rule file *text*, with names and places of the country whose the application is, unless it says a locale."""
    if re.search(r"(?m)^locale:", text):
        return text
    for said, what in ((application.locale, "language"), (application.time_zone, "time zone")):
        if said in _LOCALES:
            return text.replace("version: 1\n", f"version: 1\nlocale: {_LOCALES[said]}   # its {what} is {said}\n", 1)
    return text


def with_login(text: str, passwords: Iterable[str]) -> str:
    """The rule file *text*, in which testers sign in by PREVIEW_PASSWORD wherever it says nothing of *passwords*,
    columns as ``users.encrypted_password``."""
    for each in passwords:
        table, _, column = each.rpartition(".")
        if re.search(rf"(?m)^\s+{re.escape(column)}:", _section(text, table)):
            continue
        rule = f"      {column}: {{mask: password, plaintext: {{env: PREVIEW_PASSWORD}}}}   # for testers to sign in\n"
        head = f"  {table}:\n    columns:\n"
        if head in text:
            text = text.replace(head, head + rule, 1)
        elif re.search(r"(?m)^tables:$", text):
            text = f"{text.rstrip()}\n{head}{rule}"
        else:
            text = f"{text.rstrip()}\ntables:\n{head}{rule}"
    return text


def _section(text: str, table: str) -> str:
    """What *text* says of *table*."""
    found = re.search(rf"(?m)^  {re.escape(table)}:\n((?:    .*\n|\s*\n)*)", text)
    return found[1] if found else ""


def _with_facts(text: str) -> str:
    """Rules that refer to the facts beside them."""
    head, _, rest = text.partition("version: 1\n")
    return text if re.search(r"(?m)^facts:", text) else f"{head}version: 1\nfacts: {_FACTS.name}\n{rest}"


def _laid_out(facts: str) -> str:
    return json.dumps(json.loads(facts), ensure_ascii=False, indent=1) + "\n"


def template(name: str, **values: str) -> str:
    """The template *name* with its placeholders filled."""
    text = files("masker.companion").joinpath("templates", name).read_text(encoding="utf-8")

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise MaskerError(f"the template {name} asks for {found[1]}")
        return values[found[1]]

    return _PLACEHOLDER.sub(value, text)


def _settings(application: Application, wishes: Wishes) -> str:
    name = preview_name(application, wishes)
    primary = application.primary
    schema = primary.schema if primary is not None else None
    publish = "delta" if may_be_delta(application, wishes) else "direct"
    return (
        template(
            "masker.yml",
            NAME=_line(f"  name: {name}", "what --confirm says, whatever the host calls the database"),
            PUBLISH=_line(f"  publish: {publish}", _PUBLISH[publish]),
            KEY=_line(f"key: {{env: {KEY}}}", "one for all runs, so that what has not changed stays as it is")
            if publish == "delta"
            else "",
            SCHEMA=_line(f"schema: {schema}", "rules may be ahead of production by what stands here") if schema else "",
            STORAGE="".join(_storage(application)),
            DATABASES="".join(_databases(application, name)),
            BUCKETS="".join(_buckets(application)),
            HOOKS=template("hooks_within.yml" if _is_within(wishes) else "hooks.yml", PREVIEW=name),
        ).rstrip("\n")
        + "\n"
    )


def _line(setting: str, remark: str) -> str:
    return f"{setting:49} # {remark}\n"


def _storage(application: Application) -> Iterator[str]:
    if any(service.kind == "S3" for service in application.services):
        remark = "the preview's blobs may not name a service of production's bucket"
        yield _line("storage: config/storage.yml", remark)


def _databases(application: Application, name: str) -> Iterator[str]:
    if application.others:
        yield "\ndatabases:\n"
    for each in application.others:
        yield f"  {each.name}:\n"
        yield f"    source: {{url: {{env: {variable('PRODUCTION', each, application)}}}}}\n"
        yield (
            f"    target: {{url: {{env: {variable('PREVIEW', each, application)}}}, name: {_name_of(each, name)}}}\n"
        )
        yield f"    rules: [{rules_path(each, application)}]\n"
        if each.schema is not None and each.name not in WITHOUT_ROWS:
            yield f"    schema: {each.schema}\n"


def _buckets(application: Application) -> Iterator[str]:
    """The pairs, as a comment: which bucket is the preview's stands in no file."""
    services = [service for service in application.services if service.kind == "S3"]
    if not services:
        return
    yield "\n# Uncomment and name the preview's bucket; production's is what config/storage.yml says.\n#buckets:\n"
    # Blobs carry the name of the mirror, and are read from its primary service.
    blobs_of = {
        each.primary: each.name
        for each in application.services
        if each.kind == "Mirror" and each.name == application.service
    }
    for number, service in enumerate(services):
        found = service.bucket or (f"what {service.variable} says" if service.variable else "app-production")
        target = f"app-preview-{service.name.replace('_', '-')}" if number else "app-preview"
        yield f"#  - source: s3://{found.replace(' ', '-')}\n#    target: s3://{target}\n#    acl: mirror\n"
        yield f"#    scope: {{kind: active_storage, service: {blobs_of.get(service.name, service.name)}}}\n"
        # Variants and previews go with what they are made of.
        attachments = [each for each in application.attachments if not each.startswith("ActiveStorage::")]
        if attachments:
            yield "#    attachments:                     # keep, drop, or placeholder: a small file of the same type\n"
            yield from (f'#      "{each}": keep\n' for each in attachments)


def _secrets(application: Application, wishes: Wishes) -> str:
    pairs = [KEY] if may_be_delta(application, wishes) else []
    pairs += [variable(side, each, application) for each in application.others for side in ("PRODUCTION", "PREVIEW")]
    if any(service.kind == "S3" for service in application.services):
        pairs += ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]
    return "".join(f"      {name}: ${{{{ secrets.{name} }}}}\n" for name in pairs)
