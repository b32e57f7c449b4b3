"""masker.yml: every field of the groups, its problems with their places, its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from masker.cli.flags.buckets import InventoryFlags, PairFlags
from masker.cli.flags.copying import RefreshFlags
from masker.cli.flags.databases import RuleFlags
from masker.cli.flags.group import Declared, declared
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.syncing import StateFlags
from masker.cli.settings_file import read_settings_file
from masker.cli.settings_model import GROUPS, settings
from masker.cli.settings_schema import setting_rows, settings_schema
from masker.errors import UsageError
from tests.unit.cli.files import settings_file

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads(settings_schema())

#: Something that is not the default, by what a setting takes; by its path where that does not do.
SAMPLES: dict[str, Any] = {
    "text": "some",
    "number": 7,
    "`true`, `false`": True,
    "list of text": ["some"],
    "list of text or a hook": ["true"],
    "text, number": 7,
    "text, `{env: …}`": {"env": "SOME"},
}
BY_PATH: dict[str, Any] = {
    "version": 1,
    "target.free_space": "20GB",
    "maintenance_memory": "1GB",
    "refresh.unless_fresher_than": "6d",
    "doctor.max_age": "8d",
    "branches.ttl": "3d",
    "dumps.store": "s3://app-dumps",
    "dumps.profile": "dumps",
    "dumps.region": "eu-west-1",
    "dumps.endpoint_url": "https://s3.test",
    "dumps.keep": 3,
    "sync.executor": "processes:2",
    "buckets[].delete": False,
    "buckets[].list_every": 3,
    "source.throttle": ["20MB", "lag=10s"],
    "buckets[].attachments": {"A#a": "drop"},
    "buckets[].scope.unattached": "keep",
}


def sample(path: str, kind: str) -> Any:
    path = path.removeprefix("databases{}.")
    if path in BY_PATH:
        return BY_PATH[path]
    return SAMPLES[kind] if kind in SAMPLES else kind.rsplit(", ", maxsplit=1)[-1].strip("`")


def whole() -> dict[str, Any]:
    """A file in which every setting says something."""
    file: dict[str, Any] = {}
    for path, kind, _, _ in setting_rows():
        if "section" in kind:
            continue
        node: Any = file
        *sections, key = path.split(".")
        for section in sections:
            node = node.setdefault(section, {})
        node[key] = sample(path, kind)
    file["buckets"] = [file.pop("buckets[]")]
    file["databases"] = {"queue": file.pop("databases{}")}
    file["key"].pop("env")
    return file


def test_every_setting_reaches_its_field(tmp_path: Path) -> None:
    file = read_settings_file(settings_file(tmp_path, **whole()))
    (pair,) = file.pairs
    reached = {
        each.setting.path: (section.said(group)[each.name], each.default)
        for group in GROUPS
        for each in declared(group)
        if each.setting is not None
        for section in (pair if each.setting.path.startswith("buckets[]") else file,)
        if each.name in section.said(group)
    }
    assert set(reached) == {place(each) for each in settings()} - {"key.env"}
    assert [path for path, (value, default) in reached.items() if value == default] == []
    assert file.said(RefreshFlags)["unless_fresher_than"] == timedelta(days=6)


def place(each: Declared) -> str:
    assert each.setting is not None
    return each.setting.path


def test_the_schema_has_every_setting_with_its_description() -> None:
    told = {path: meaning for path, _, _, meaning in setting_rows()}
    assert dict(schema_rows(SCHEMA)) == told


def schema_rows(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, each in node["properties"].items():
        by_name = "additionalProperties" in each
        inner = each["additionalProperties"] if by_name else each.get("items", each)
        inner = next((one for one in [inner, *inner.get("anyOf", ())] if "$ref" in one), None)
        of_settings = inner is not None and not inner["$ref"].endswith(("/FromEnvironment", "/Hook"))
        path = f"{prefix}{name}{'{}' if by_name and of_settings else '[]' if 'items' in each and of_settings else ''}"
        yield path, each["description"]
        if inner is not None and of_settings:
            yield from schema_rows(SCHEMA["$defs"][inner["$ref"].rpartition("/")[2]], f"{path}.")


def test_paths_start_from_the_file_or_from_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    pairs = [{"source": "s3://aaa", "target": "s3://bbb", "inventory": at} for at in ("inv/m.json", "s3://c/m.json")]
    file = read_settings_file(
        settings_file(
            tmp_path, rules=["~/rules.yml", "own.yml"], sync={"state": "~nobody-of-this-name/x"}, buckets=pairs
        )
    )
    assert next(iter(file.said(RuleFlags).values())) == [Path("/home/somebody/rules.yml"), tmp_path / "own.yml"]
    assert file.said(StateFlags)["state"] == tmp_path / "~nobody-of-this-name/x"
    assert [pair.said(InventoryFlags)["inventory"] for pair in file.pairs] == [
        str(tmp_path / "inv/m.json"),
        "s3://c/m.json",
    ]


def test_a_section_may_be_what_it_is_mostly_about(tmp_path: Path) -> None:
    (pair,) = read_settings_file(
        settings_file(
            tmp_path, buckets=[{"source": "s3://aaa", "target": {"url": "s3://bbb"}, "scope": "active_storage"}]
        )
    ).pairs
    assert (pair.said(PairFlags), pair.said(ScopeFlags)) == (
        {"source": "s3://aaa", "target": "s3://bbb"},
        {"kind": "active_storage"},
    )


@pytest.mark.parametrize(
    ("wrong", "place", "found"),
    [
        ({"nosuch": 1}, "nosuch", "there is no such setting"),
        ({"source": {"first": True}}, "source.first", "there is no such setting"),
        ({"workers": 65}, "workers", "less than or equal to 64"),
        ({"workers": "4"}, "workers", "expected a whole number"),
        ({"source": {"give_way": 0}}, "source.give_way", "greater than or equal to 0.1"),
        ({"source": {"idle_limit": 0}}, "source.idle_limit", "a second or more"),
        ({"target": [1]}, "target", "expected a section"),
        ({"target": {"free_space": "much"}}, "target.free_space", "much is no size"),
        ({"key": {"env": "A", "file": "b"}}, "key", "expected one of file and env"),
        ({"key": {}}, "key", "expected one of file and env"),
        ({"refresh": {"unless_fresher_than": "soon"}}, "refresh.unless_fresher_than", "soon is no age"),
        ({"sync": {"executor": "moon"}}, "sync.executor", '"moon" is none; local, processes'),
        ({"buckets": [{"source": 5, "target": "s3://b"}]}, "buckets.0.source.url", "expected text"),
        ({"buckets": [{"target": "s3://b"}]}, "buckets.0.source", "missing"),
        ({"buckets": [{"source": "s3://a", "target": {"region": "x"}}]}, "buckets.0.target.url", "missing"),
        (
            {"buckets": [{"source": "s3://a", "target": "s3://b", "max_delete": "lots"}]},
            "buckets.0.max_delete",
            "neither a number of objects nor a percentage",
        ),
        (
            {"buckets": [{"source": "s3://a", "target": "s3://b", "scope": {"service": "x"}}]},
            "buckets.0.scope.kind",
            "missing",
        ),
        (
            {"databases": {"queue": {"target": {"publish": "x"}}}},
            "databases.queue.target.publish",
            "'swap', 'schema', 'direct' or 'delta'",
        ),
        (
            {"hooks": {"failed": [{"slack": {"url": "x", "locale": "xx"}}]}},
            "hooks.failed.0.slack.locale",
            "'en' or 'ja'",
        ),
        ({"hooks": {"failed": [{"run": "true", "redis": {"url": "a"}}]}}, "hooks.failed.0.redis.production", "missing"),
        ({"hooks": {"failed": [{}]}}, "hooks.failed.0", "expected one of run, slack"),
        (
            {"hooks": {"failed": [{"heroku": {"app": "a", "token": "b"}}]}},
            "hooks.failed",
            "heroku may stand in before",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(wrong: dict[str, Any], place: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        read_settings_file(settings_file(tmp_path, **wrong))
    (problem,) = told.value.problems
    assert problem.subject == place
    assert found in problem.found
    assert problem.position is not None


@pytest.mark.parametrize(
    ("wrong", "found", "hint"),
    [
        ({"bucket": []}, "there is no such setting", "did you mean buckets?"),
        (
            {"buckets": [{"source": "s3://a", "target": "s3://b", "max_deletes": 5}]},
            "no such",
            "did you mean max_delete?",
        ),
        ({"buckets": [{"source": {"ulr": "s3://a", "url": "s3://a"}, "target": "s3://b"}]}, "no such", "mean url?"),
        ({"databases": {"queue": {"sorce": {}}}}, "no such", "did you mean source?"),
        ({"max_delete": 5}, "no such", "it stands in buckets[]"),
        ({"buckets": [{"source": "s3://a", "target": "s3://b", "delete": "off"}]}, "expected true or false", None),
        ({"buckets": [{"source": "s3://a", "target": "s3://b", "exclude": "a/*"}]}, "expected a list", None),
        (
            {"buckets": [{"source": "s3://a", "target": "s3://b", "max_delete": 0.5}]},
            "expected text or a whole number",
            None,
        ),
    ],
    ids=str,
)
def test_what_was_meant_is_guessed_and_what_was_expected_said(
    wrong: dict[str, Any], found: str, hint: str | None, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as told:
        read_settings_file(settings_file(tmp_path, **wrong))
    (problem,) = told.value.problems
    assert found in problem.found
    assert (hint or "") in (problem.hint or "")
    assert bool(hint) == bool(problem.hint)
    assert (hint or "") in "\n".join(told.value.lines())


def test_the_schema_that_is_shipped_is_of_this_program() -> None:
    assert (ROOT / "rules" / "settings.schema.json").read_text(encoding="utf-8") == settings_schema(), (
        "run `nox -s schema`"
    )
