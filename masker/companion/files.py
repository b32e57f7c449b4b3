"""A Rails application read from its files, without starting it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from masker.companion.application import Application, Database, Service
from masker.erb import is_known, read_yaml, variable_of
from masker.errors import UsageError

_PRODUCTION = "production"

_MODULE = re.compile(r"(?m)^\s*module\s+([A-Z]\w*)")
_GEM = re.compile(r"(?m)^    ([\w.-]+) \(([^)]*)\)")
_SETTING = r"""(?m)^[^#\n]*\bconfig\.{}\s*=\s*["':]?([\w/ .+()-]+?)["']?\s*(?:#.*)?$"""

_CLASS = re.compile(r"(?m)^[^#\n]*?\bclass\s+([A-Z][\w:]*)")
_TABLE = re.compile(r"""(?m)^\s*self\.table_name\s*=\s*["'](\w[\w.]*)["']""")
_ATTACHED = re.compile(r"(?m)^[^#\n]*?\bhas_(?:one|many)_attached\s+:(\w+)")
_ENCRYPTS = re.compile(r"(?m)^\s*encrypts\s+((?::\w+[ \t]*,\s*)*:\w+)")
_DEVISE = re.compile(r"(?m)^\s*devise\s+[^#]*?:database_authenticatable")
_SECURE_PASSWORD = re.compile(r"(?m)^[ \t]*has_secure_password(?:[ \t]+:(\w+))?")
_FILTERS = re.compile(r"filter_parameters\s*(?:\+=|<<|=)\s*(\[.*?\]|%[iw]\[.*?\]|:\w+)", re.DOTALL)
_WORD = re.compile(r":(\w+)|[\"']([\w.]+)[\"']")


def read_application(root: Path) -> Application:
    """What the files below *root* say. Raises UsageError where there is no Rails application."""
    application = root / "config" / "application.rb"
    if not application.is_file():
        raise UsageError(
            f"{root}: there is no config/application.rb, expected a Rails application",
            hint="change to the application's folder, or name it: masker init FOLDER",
        )
    text = _text(application)
    production = _text(root / "config" / "environments" / "production.rb")
    lock = dict(_GEM.findall(_text(root / "Gemfile.lock")))
    remarks: list[str] = []
    module = _MODULE.search(text)
    models = list(_models(root))
    return Application(
        root=root,
        name=_dashed(module[1]) if module else "app",
        rails=lock.get("rails") or lock.get("railties") or "",
        read_by="files",
        gems=frozenset(lock),
        locale=_setting(text, r"i18n\.default_locale"),
        time_zone=_setting(text, "time_zone"),
        databases=tuple(_databases(root, remarks)),
        services=tuple(_services(root, remarks)),
        service=_setting(production, r"active_storage\.service") or _setting(text, r"active_storage\.service"),
        attachments=tuple(sorted({f"{name}#{each}" for name, _, body in models for each in _ATTACHED.findall(body)})),
        encrypted=tuple(
            sorted(
                {
                    f"{table}.{each}"
                    for _, table, body in models
                    for listed in _ENCRYPTS.findall(body)
                    for each in re.findall(r":(\w+)", listed)
                }
            )
        ),
        passwords=tuple(sorted({f"{table}.{column}" for _, table, body in models for column in _passwords(body)})),
        filters=tuple(_filters(root)),
        tests="spec" if (root / "spec").is_dir() else "test",
        on_heroku=any((root / name).is_file() for name in ("Procfile", "app.json")),
        in_containers=any((root / name).is_file() for name in ("Dockerfile", "config/deploy.yml")),
        remarks=tuple(remarks),
    )


def _databases(root: Path, remarks: list[str]) -> Iterator[Database]:
    of_file = _read(root, "config/database.yml", remarks)
    found = of_file.get(_PRODUCTION) if isinstance(of_file, Mapping) else None
    if not isinstance(found, Mapping):
        if of_file is not None:
            remarks.append("config/database.yml: it says nothing of production that could be read")
        yield Database(name="primary", adapter="postgresql", schema=_schema(root, "primary"))
        return
    named = (
        {str(name): each for name, each in found.items() if isinstance(each, Mapping)}
        if any(isinstance(each, Mapping) for each in found.values())
        else {"primary": found}
    )
    seen: dict[tuple[Any, ...], str] = {}
    for name, each in named.items():
        if each.get("replica"):
            continue
        adapter = str(each.get("adapter") or _of_url(str(each.get("url") or "")))
        place = (each.get("url"), each.get("host"), each.get("port"), each.get("database"))
        if is_known(adapter) and not Database(name=name, adapter=adapter).is_postgres:
            remarks.append(
                f"config/database.yml: production's {name} is of {adapter}, which masker neither reads nor fills: it"
                " works on PostgreSQL alone, as where a variable (DATABASE_URL) says otherwise than the file"
            )
        shares = seen.setdefault(place, name) if any(part is not None for part in place) else name
        yield Database(
            name=name,
            adapter=adapter,
            schema=_schema(root, name),
            shares=shares if shares != name else None,
        )


def _of_url(url: str) -> str:
    """The adapter of a URL; where only the environment knows it, PostgreSQL's is meant."""
    scheme = url.partition("://")[0] if "://" in url else "postgres"
    return {"postgres": "postgresql"}.get(scheme, scheme)


def _schema(root: Path, name: str) -> Path | None:
    """The dump of the database *name*, as Rails writes it."""
    stems = ("structure.sql", "schema.rb") if name == "primary" else (f"{name}_structure.sql", f"{name}_schema.rb")
    return next((Path("db") / stem for stem in stems if (root / "db" / stem).is_file()), None)


def _services(root: Path, remarks: list[str]) -> Iterator[Service]:
    found = _read(root, "config/storage.yml", remarks)
    if found is not None and not isinstance(found, Mapping):
        remarks.append("config/storage.yml: it names no services")
    for name, each in found.items() if isinstance(found, Mapping) else ():
        if isinstance(each, Mapping):
            bucket = each.get("bucket")
            yield Service(
                name=str(name),
                kind=str(each.get("service", "")),
                bucket=str(bucket) if bucket is not None and is_known(bucket) else None,
                variable=variable_of(bucket),
                primary=str(each["primary"]) if each.get("primary") is not None else None,
            )


def _read(root: Path, name: str, remarks: list[str]) -> Any:
    path = root / name
    if not path.is_file():
        return None
    try:
        return read_yaml(_text(path), _PRODUCTION)
    except ValueError as error:
        remarks.append(f"{name}: it cannot be read without running its Ruby ({error})")
        return None


def _models(root: Path) -> Iterator[tuple[str, str, str]]:
    """Class, table and text of each model, as far as its file tells."""
    folder = root / "app" / "models"
    for path in sorted(folder.rglob("*.rb")) if folder.is_dir() else ():
        text = _text(path)
        named = _CLASS.search(text)
        if named is None:
            continue
        # A file's place is its module, where the class is written inside of one.
        name = named[1] if "::" in named[1] else _constant(path.relative_to(folder))
        table = _TABLE.search(text)
        yield name, table[1] if table else _table_of(name), text


def _constant(path: Path) -> str:
    parts = [part for part in path.with_suffix("").parts if part != "concerns"]
    return "::".join("".join(word[:1].upper() + word[1:] for word in part.split("_")) for part in parts)


def _table_of(name: str) -> str:
    """The table that Rails takes a class to be of. Irregular words are a person's to correct."""
    stem = _underscored(name.replace("::", "_"))
    if stem.endswith(("s", "x", "ch", "sh")):
        return f"{stem}es"
    if re.search(r"[^aeiou]y\Z", stem):
        return f"{stem[:-1]}ies"
    return "people".join(stem.rsplit("person", 1)) if stem.endswith("person") else f"{stem}s"


def _passwords(body: str) -> Iterator[str]:
    """Columns with digests of passwords, of a model's text."""
    if _DEVISE.search(body):
        yield "encrypted_password"
    yield from (f"{name or 'password'}_digest" for name in _SECURE_PASSWORD.findall(body))


def _filters(root: Path) -> Iterator[str]:
    texts = (
        _text(path)
        for path in [*sorted((root / "config" / "initializers").glob("*.rb")), root / "config" / "application.rb"]
    )
    seen: dict[str, None] = {}
    for text in texts:
        for listed in _FILTERS.findall(text):
            words = (
                re.findall(r"[\w.]+", listed[3:-1])
                if listed.startswith("%")
                else [symbol or string for symbol, string in _WORD.findall(listed)]
            )
            seen.update(dict.fromkeys(words))
    yield from seen


def _setting(text: str, name: str) -> str | None:
    found = re.search(_SETTING.format(name), text)
    return found[1].strip() if found else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _underscored(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.replace("::", "_")).lower()


def _dashed(name: str) -> str:
    return _underscored(name).replace("_", "-")
