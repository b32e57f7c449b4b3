"""``masker init``: an application read from its files, and files that each are what they should be."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from masker.cli.settings_file import read_settings_file
from masker.companion.application import Application
from masker.companion.files import read_application
from masker.companion.init import left_to_do, write_all
from masker.companion.publishing import Ways
from masker.companion.written import Wishes, target_names, template, with_locale, with_login
from masker.erb import read_yaml
from masker.errors import UsageError
from masker.ruleset.parse import read_rules
from tests.rails_application import write_application

RULES = "version: 1\n"


@pytest.fixture
def application(tmp_path: Path) -> Application:
    return read_application(write_application(tmp_path / "shop"))


def test_an_application_is_read_from_its_files(application: Application) -> None:
    assert (application.name, application.rails, application.time_zone) == ("bookshop", "6.1.7.10", "Tokyo")
    assert [(each.name, each.adapter, str(each.schema)) for each in application.databases] == [
        ("primary", "postgresql", "db/schema.rb"),
        ("queue", "postgresql", "None"),
    ]
    assert [(each.name, each.kind, each.bucket, each.variable) for each in application.services] == [
        ("local", "Disk", None, None),
        ("amazon", "S3", "bookshop-production", None),
        ("archive", "S3", None, "ARCHIVE_BUCKET"),
    ]
    assert application.service == "amazon"
    assert application.attachments == ("Order#invoices", "User#avatar")
    assert application.encrypted == ("users.passport",)
    assert application.filters == ("passw", "secret", "token", "ssn")
    assert {"devise", "paper_trail"} <= application.gems
    assert application.remarks == ()


def test_yaml_is_read_without_running_its_ruby() -> None:
    text = """
    <%# a remark %>
    <% if ENV["X"] %>
    a: <%= ENV.fetch("NAME") { "x" } %>
    b: "<%= Rails.env %>-<%= 1 + 1 %>"
    <% end %>
    c: plain
    """
    assert read_yaml(text, "production") == {"a": "RUBY(NAME)", "b": "production-RUBY()", "c": "plain"}
    with pytest.raises(ValueError, match=r"."):
        read_yaml("a: [", "production")


def test_a_folder_without_an_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"config/application\.rb"):
        read_application(tmp_path)


def test_databases_by_the_same_url_are_one(tmp_path: Path) -> None:
    root = write_application(tmp_path)
    (root / "config/database.yml").write_text(
        "production:\n  primary: {url: '<%= ENV[\"DATABASE_URL\"] %>'}\n  cache:"
        " {url: '<%= ENV[\"DATABASE_URL\"] %>'}\n"
        "  jobs: {adapter: sqlite3, database: storage/jobs.sqlite3}\n"
    )
    found = read_application(root)
    assert [(each.name, each.shares, each.is_postgres) for each in found.databases] == [
        ("primary", None, True),
        ("cache", "primary", True),
        ("jobs", None, False),
    ]
    assert found.others == ()
    (remark,) = found.remarks
    assert "production's jobs is of sqlite3" in remark


@pytest.mark.parametrize(
    ("adapter", "is_told"),
    [("mysql2", True), ("makara_postgresql", False), ("postgis", False), ("<%= ENV['A'] %>", False)],
)
def test_a_database_that_is_no_postgresql_is_told(tmp_path: Path, adapter: str, *, is_told: bool) -> None:
    root = write_application(tmp_path)
    (root / "config/database.yml").write_text(f"production:\n  adapter: {adapter}\n  database: shop\n")
    found = read_application(root)
    assert any("PostgreSQL alone" in each for each in left_to_do(found, Wishes(), {})) == is_told


def test_blobs_of_a_mirror_carry_its_name_and_each_pair_has_a_target_of_its_own(tmp_path: Path) -> None:
    root = write_application(tmp_path)
    (root / "config/storage.yml").write_text(
        "both: {service: Mirror, primary: amazon, mirrors: [spare_one]}\n"
        "amazon: {service: S3, bucket: shop-production}\nspare_one: {service: S3, bucket: shop-spare}\n"
    )
    environment = root / "config/environments/production.rb"
    environment.write_text("Rails.application.configure do\n  config.active_storage.service = :both\nend\n")
    application = read_application(root)
    write_all(application, Wishes(), {"primary": RULES})
    text = re.sub(r"(?m)^#(?=buckets:|  )", "", (root / "masker.yml").read_text(encoding="utf-8"))
    pairs = YAML(typ="safe").load(text.partition("\n\n# Commands")[0])["buckets"]
    assert [(pair["source"], pair["target"], pair["scope"]["service"]) for pair in pairs] == [
        ("s3://shop-production", "s3://app-preview", "both"),
        ("s3://shop-spare", "s3://app-preview-spare-one", "spare_one"),
    ]
    (root / "config/storage.yml").write_text("- a\n")
    assert "names no services" in read_application(root).remarks[0]


def test_what_cannot_be_read_is_left_to_a_person(tmp_path: Path) -> None:
    root = write_application(tmp_path)
    (root / "config/storage.yml").write_text("amazon: [\n")
    found = read_application(root)
    assert "config/storage.yml" in found.remarks[0]
    assert any("config/storage.yml" in each for each in left_to_do(found, Wishes(), {}))


def test_every_file_that_is_written_can_be_read_by_what_reads_it(application: Application) -> None:
    written = write_all(application, Wishes(container=True), {"primary": RULES})
    assert {each.outcome for each in written} == {"written"}
    paths = [application.root / each.path for each in written]
    assert {path.name for path in paths} >= {"masker.yml", "masking.yml", "masker.rb", "masker.rake", "preview.yml"}
    assert not [path for path in paths if "@@" in path.read_text()]
    settings = read_settings_file(application.root / "masker.yml")
    assert list(settings.databases) == ["queue"]
    read_rules((application.root / "config" / "masking.queue.yml",))
    workflow = YAML(typ="safe").load((application.root / ".github/workflows/preview.yml").read_text())
    for step in workflow["jobs"]["refresh"]["steps"]:
        shell(step.get("run", ""))
    # Each database is confirmed wherever a refresh is started.
    names = ["bookshop-preview", "bookshop-preview-queue"]
    assert target_names(application, Wishes()) == names
    confirmed = [word for name in names for word in ("--confirm", name)]
    (refresh,) = [step["run"] for step in workflow["jobs"]["refresh"]["steps"] if step.get("name") == "refresh"]
    assert shlex.split(refresh)[4:8] == confirmed
    image = (application.root / "masker.Dockerfile").read_text()
    assert json.loads(image.partition("CMD ")[2])[3:7] == confirmed
    assert (
        'ENV.fetch("MASKER_CONFIRM", "bookshop-preview,bookshop-preview-queue")'
        in (application.root / "lib/tasks/masker.rake").read_text()
    )
    # config/ holds keys of production's.
    assert re.findall(r"(?m)^COPY \S+ (config.*)$", image) == ["config/mask*.* config/storage.yml ./config/"]
    shell((application.root / "bin" / "masker-heroku").read_text())
    for path in paths:
        if path.suffix in {".rb", ".rake"}:
            ruby(path)


@pytest.mark.parametrize("is_within", [False, True])
def test_what_is_written_as_a_comment_holds_once_it_is_none(application: Application, is_within: bool) -> None:
    ways = Ways(may_create_databases=False) if is_within else None
    write_all(application, Wishes(ways=ways), {"primary": RULES})
    path = application.root / "masker.yml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(re.sub(r"^#(?=[ a-z]+:|  |  - )", "", line) for line in lines))
    found = read_settings_file(path)
    assert len(found.pairs) == 2
    assert "attachments:                     # keep, drop, or placeholder" in path.read_text()
    assert [bool(found.model.hooks.before), bool(found.model.hooks.restored)] == [not is_within] * 2
    # Within its database nobody sees the new preview before it is published.
    assert found.model.migrate == (None if is_within else "bin/rails db:migrate")
    assert ("bin/rails db:migrate" in map(str, found.model.hooks.published)) == is_within


def test_how_a_preview_is_published_is_by_what_was_seen_of_it(application: Application) -> None:
    def said(heroku: str | None, ways: Ways | None) -> tuple[str, str]:
        root = application.root
        (root / "masker.yml").unlink(missing_ok=True)
        wishes = Wishes(heroku=heroku, ways=ways)
        write_all(application, wishes, {"primary": RULES})
        found = read_settings_file(root / "masker.yml").model.target.publish
        return str(found), "\n".join(left_to_do(application, wishes, {}))

    beside, within = Ways(may_create_databases=True), Ways(may_create_databases=False)
    neither = replace(within, hindered=("extension x: it stays",))
    for ways in (beside, within):
        assert said("shop-preview", ways)[0] == said(None, ways)[0] == "delta"
    for heroku in ("shop-preview", None):
        published, left = said(heroku, neither)
        assert published == "direct"
        assert "schemas cannot be replaced: extension x: it stays" in left
    published, left = said("shop-preview", None)
    assert published == "direct"
    assert "masker doctor says whether the preview can be replaced" in left


def test_what_is_left_to_a_person_puts_no_password_into_arguments(application: Application) -> None:
    left = "\n".join(left_to_do(application, Wishes(), {}))
    assert 'MASKER_SOURCE="$PRODUCTION_DATABASE_URL" masker rules suggest > config/masking.yml' in left
    assert 'MASKER_TARGET="$PRODUCTION_DATABASE_URL" masker protect' in left
    assert "URL" not in "".join(re.findall(r"--(?:source|target)\S* \S+", left))
    assert "MASKER_CONFIRM=bookshop-preview,bookshop-preview-queue,BUCKET" in left
    assert "have the CI that runs the tests install masker" in left


@pytest.mark.parametrize(
    ("own", "exported", "said", "code"),
    [
        ("postgres://preview", "postgres://production", "shop-preview", 0),
        ("postgres://preview", "", "shop-preview", 0),
        ("postgres://preview", "postgres://production", "yes", 9),
        ("postgres://preview", "postgres://production", "", 9),
        ("postgres://production", "postgres://production", "shop-preview", 9),
        ("postgres://u:p@h:5432/shop?sslmode=require", "postgres://reader:x@h:5432/shop", "shop-preview", 9),
        ("postgres://u:p@h:5432/shop", "postgres://u:p@h:5432/other", "shop-preview", 0),
    ],
)
def test_productions_application_is_not_made_a_preview(
    tmp_path: Path, own: str, exported: str, said: str, code: int
) -> None:
    """By bin/masker-heroku, here with a command in the place of Heroku's."""
    heroku = tmp_path / "heroku"
    heroku.write_text(
        f'#!/bin/sh\necho "$1 $2" >> {tmp_path}/told\n[ "$1 $2" = "config:get DATABASE_URL" ] && echo "{own}"\n:'
    )
    heroku.chmod(0o755)
    (tmp_path / "script").write_text(template("heroku.sh", KEY=" MASKER_KEY"))
    done = subprocess.run(
        ["/bin/bash", tmp_path / "script", "shop-preview"],
        input=f"{said}\n" if said else "",
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PRODUCTION_DATABASE_URL": exported},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert ("config:set MASKER_PREVIEW=1" in (tmp_path / "told").read_text()) == (code == 0)
    assert ("missing: heroku config:set MASKER_KEY=… --app shop-preview" in done.stdout) == (code == 0)
    assert "postgres://" not in done.stdout + done.stderr


def test_nothing_is_written_over(application: Application) -> None:
    (application.root / "masker.yml").write_text("version: 1\n# mine\n")
    (application.root / ".gitignore").write_text("/log")
    first = {str(each.path): each for each in write_all(application, Wishes(ci="none"), {})}
    assert first["masker.yml"].outcome == "kept"
    assert "-# mine\n" in first["masker.yml"].diff
    assert (application.root / "masker.yml").read_text() == "version: 1\n# mine\n"
    assert first[".gitignore"].outcome == "added to"
    assert (application.root / ".gitignore").read_text() == "/log\n.masker/\n"
    assert ".github/workflows/preview.yml" not in first
    again = {each.outcome for each in write_all(application, Wishes(ci="none"), {})}
    assert again == {"the same", "kept"}


def test_an_application_with_rspec_gets_a_spec(application: Application) -> None:
    (application.root / "spec").mkdir()
    found = read_application(application.root)
    paths = {str(each.path) for each in write_all(found, Wishes(heroku="shop-preview"), {})}
    assert "spec/masking_spec.rb" in paths
    ruby(application.root / "spec/masking_spec.rb")
    assert "name: shop-preview" in (application.root / "masker.yml").read_text()


def shell(text: str) -> None:
    """*text* is read by bash."""
    done = subprocess.run(["/bin/bash", "-n"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def ruby(path: Path) -> None:
    """*path* is read by Ruby, where there is one."""
    if (at := shutil.which("ruby")) is not None:
        done = subprocess.run([at, "-wc", path], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_testers_sign_in_by_one_password_wherever_the_rules_say_nothing_else(application: Application) -> None:
    assert application.passwords == ("users.encrypted_password",)
    suggested = (
        "version: 1\ntables:\n  users:\n    columns:\n      phone: phone\n  orders:\n    columns:\n      note: lorem\n"
    )
    login = "      encrypted_password: {mask: password, plaintext: {env: PREVIEW_PASSWORD}}"
    text = with_login(suggested, ["users.encrypted_password", "admins.password_digest"])
    assert text.index(login) < text.index("phone: phone")
    assert text.endswith(
        f"  admins:\n    columns:\n{login.replace('encrypted_password', 'password_digest')}   # for testers to"
        f" sign in\n"
    )
    assert with_login(text, ["users.encrypted_password"]) == text
    assert "tables:\n  users:" in with_login("version: 1\ninclude: [rails]\n", ["users.encrypted_password"])


def test_names_are_of_the_applications_country(application: Application) -> None:
    assert (
        with_locale("version: 1\ntables:\n", application)
        == "version: 1\nlocale: ja_JP   # its time zone is Tokyo\ntables:\n"
    )
    assert with_locale("version: 1\nlocale: en_US\n", application) == "version: 1\nlocale: en_US\n"


def test_facts_stand_beside_the_rules(application: Application) -> None:
    write_all(replace(application, facts='{"version": 1}'), Wishes(ci="none"), {"primary": RULES})
    ruleset = read_rules((application.root / "config" / "masking.yml",))
    assert ruleset.files[0].facts is not None
