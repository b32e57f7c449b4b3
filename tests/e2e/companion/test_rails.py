"""A real Rails application, from ``masker init`` to testers who sign in: Debian's Rails 6.1 with Devise, PaperTrail and
Active Storage on S3, on the files as they are written."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest

from masker.buckets.attachments.placeholders import placeholder_for
from tests.buckets.storage import CREDENTIALS, Bucket, MotoServer
from tests.executable import ROOT, eventually, run
from tests.rails_application import ON_S3, Rails, has_rails, write_application
from tests.servers import Server

pytestmark = pytest.mark.skipif(
    not has_rails(), reason="Debian's ruby-rails, ruby-devise, ruby-paper-trail, ruby-pg and ruby-aws-sdk-s3"
)

_FILL = """
    upload = ->(text, name) { {io: StringIO.new(text), filename: "canary #{name}"} }
    30.times do |n|
      user = User.create!(email: "canary#{n}@shop.test", password: "canary original", last_name: "Canary",
                          first_name: "Canary#{n}", phone: format("090-1234-56%02d", n), passport: "CANARY#{n}")
      user.avatar.attach(upload["canary's passport, scanned", "passport.png"]) if n.zero?
      2.times { |k| user.orders.create!(recipient: "Canary#{n}", note: "canary #{k}", total: n).update!(total: k) }
    end
    Order.order(:id).first.invoices.attach(upload["as it was uploaded", "invoice.txt"])
    one = User.order(:id).first.attributes.except("id")
    User.insert_all!((30...300).map { |n| one.merge("email" => "canary#{n}@shop.test") })
"""

_SIGN_IN = """
    browser = ActionDispatch::Integration::Session.new(Rails.application)
    user = User.order(:id).first
    browser.post "/users/sign_in", params: {user: {email: user.email, password: "for testers"}}
    browser.get "/"
    puts browser.response.status, browser.response.body
    [user.avatar, Order.order(:id).first.invoices.first].each do |file|
      browser.get Rails.application.routes.url_helpers.rails_storage_proxy_path(file, only_path: true)
      answer = browser.response
      puts [answer.status, answer.media_type, answer.body.unpack1("H*"), file.blob.open { |it| it.size }].join(" ")
      puts answer.headers["Content-Disposition"]
    end
    mails = [{to: ["real@gmail.com", user.email], cc: "x@shop.co.jp"}, {to: "real@gmail.com"}]
    mails.each { |to| ActionMailer::Base.mail(from: "a@example.com", subject: "s", body: "b", **to).deliver_now }
    [["real@gmail.com", user.email], ["real@gmail.com"]].each do |envelope|
      ActionMailer::Base.mail(from: "a@example.com", subject: "s", body: "b", to: user.email).tap do |delivery|
        delivery.message.smtp_envelope_to = envelope
      end.deliver_now
    end
    puts ActionMailer::Base.deliveries.map { |mail| mail.smtp_envelope_to.inspect }
    puts ActionMailer::Base.deliveries.map { |mail| [mail.to, mail.cc].inspect }
"""

#: What an application starts beside its web: a worker by a task, as Delayed Job has it, and one that is a program of
#: its own, as Sidekiq is.
_WORKERS = {
    "lib/tasks/jobs.rake": """
        namespace(:jobs) { task(work: :environment) { puts "working" } }
        """,
    "bin/worker": """
        require_relative "../config/environment"
        puts "working"
        """,
}


@pytest.fixture(scope="module")
def rails() -> Iterator[Rails]:
    it = Rails()
    yield it
    it.end()


@pytest.fixture
def storage() -> Iterator[MotoServer]:
    server = MotoServer()
    yield server
    server.stop()


def script(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(dedent(text))
    return str(path)


def _masker(folder: Path) -> str:
    """A command that is masker, for the application."""
    path = folder / "masker"
    path.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m masker "$@"\n')
    path.chmod(0o755)
    return str(path)


def expect(done: subprocess.CompletedProcess[str], code: int, *words: str) -> str:
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert [word for word in words if word not in said] == [], said
    return said


def with_buckets(settings: Path, source: Bucket, target: Bucket) -> None:
    """What a person does with the buckets that *settings* has as a comment: names them, and says that avatars are
    replaced."""
    text, sign, hooks = settings.read_text().partition("# Commands around a run")
    text = re.sub(r"(?m)^#(?=buckets:|  )", "", text)
    text = text.replace("s3://what-FILES_BUCKET-says", source.s3).replace("s3://app-preview", target.s3)
    text = text.replace('"User#avatar": keep', '"User#avatar": placeholder')
    text = text.replace("    acl: mirror\n", f"    acl: mirror\n    endpoint_url: {source.url}\n")
    settings.write_text(text + sign + hooks)


def test_an_application_is_refreshed_as_init_sets_it_up_and_testers_sign_in(
    rails: Rails,
    production: Server,
    preview: Server,
    storage: MotoServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    root = write_application(tmp_path / "bookshop", {**ON_S3, **_WORKERS})
    source, target = production.create_database(), preview.create_database()
    jobs, no_jobs = production.create_database(), preview.create_database()
    theirs, ours = Bucket(storage.url), Bucket(storage.url)
    files = {**CREDENTIALS, "FILES_ENDPOINT": storage.url}
    on_source = {**files, "DATABASE_URL": source, "FILES_BUCKET": theirs.name}
    on_target = {**files, "DATABASE_URL": target, "FILES_BUCKET": ours.name, "MASKER_PREVIEW": "1"}
    expect(rails(root, "db:migrate", env=on_source), 0)
    expect(rails(root, "runner", script(tmp_path, "fill.rb", _FILL), env=on_source), 0)
    with psycopg.connect(jobs) as conn:
        conn.execute(
            "CREATE TABLE schema_migrations (version varchar PRIMARY KEY);"
            "CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar);"
            "CREATE TABLE jobs (id bigserial PRIMARY KEY, arguments text); INSERT INTO jobs (arguments) VALUES"
            " ('canary')"
        )

    done = run("init", root, "--source", source, "--target", target, env=on_source)
    done.expect(0, "asking the application itself", "read by bin/rails runner", "written config/masker.facts.json")
    assert "locale: ja_JP" in (root / "config" / "masking.yml").read_text()

    # The one command of every week, in the preview's application, by the names that init has chosen.
    with_buckets(root / "masker.yml", theirs, ours)
    with (root / "masker.yml").open("a") as file:
        file.write("migrate: ruby bin/rails db:migrate\nhooks: {restored: ['ruby bin/rails runner \"User.first!\"']}\n")
    env = {
        **on_target,
        "PRODUCTION_DATABASE_URL": source,
        "PRODUCTION_QUEUE_DATABASE_URL": jobs,
        "PREVIEW_QUEUE_DATABASE_URL": no_jobs,
        "PREVIEW_PASSWORD": "for testers",
        "MASKER_KEY": "0123456789abcdef0123456789abcdef",
        "MASKER_CONFIRM": f"bookshop-preview,bookshop-preview-queue,{ours.name}",
        "MASKER": _masker(tmp_path),
    }
    expect(rails(root, "masker:refresh", env=env), 0, "migrated in", "all verified")

    # Testers sign in; a kept file is production's, a replaced one a picture that Active Storage takes for whole.
    said = expect(rails(root, "runner", script(tmp_path, "in.rb", _SIGN_IN), env=on_target), 0, "signed in as ")
    picture, text = placeholder_for("image/png").body, b"as it was uploaded"
    assert f"200 image/png {picture.hex()} {len(picture)}\ninline; filename=" in said
    assert f"200 text/plain {text.hex()} {len(text)}\n" in said
    assert (
        len(re.findall(r"@(?:\w+\.)?example\.com", said)) == 5
    )  # signed in, and by two mails in their fields and their envelopes
    assert "gmail" not in said
    assert "canary" not in said.lower()
    assert b"canary" not in b"".join(ours.bodies().values())
    expect(rails(root, "masker:valid", env=on_target), 0, "300 of   300", "60 of    60")

    # Web and workers start on what is verified.
    for arguments, program in ((("jobs:work",), "bin/rails"), ((), "bin/worker")):
        expect(rails(root, *arguments, program=program, env=on_target), 0, "working")
    assert _served(root, "/users/sign_in", on_target) == 200

    env["PREVIEW_DATABASE_URL"] = target
    run("status", env=env, folder=root).expect(0, "bookshop-preview: run .* gate open", "schema is the same")
    # Nobody has marked production, the workers' variables were not looked at, and a bucket that the environment says is
    # compared by a command of both applications alone.
    checks = run("doctor", "--json", env=env, folder=root).expect(8).json()["checks"]
    assert {each["subject"] for each in checks if each["state"] == "red"} == {"production", "queue", "services"}

    # A migration that adds what no rule decides fails the application's own test.
    on_test = {
        "DATABASE_URL": preview.create_database(),
        "RAILS_ENV": "test",
        "CI": "1",
        "MASKER": env["MASKER"],
    }
    expect(rails(root, "db:schema:load", env=on_test), 0)
    expect(rails(root, "test", "test/masking_test.rb", env=on_test), 0, "1 runs, 1 assertions, 0 failures")
    with psycopg.connect(on_test["DATABASE_URL"], autocommit=True) as conn:
        conn.execute("ALTER TABLE users ADD COLUMN nickname varchar")
    expect(rails(root, "test", "test/masking_test.rb", env=on_test), 1, "users.nickname", "decided by no rule")


def _served(root: Path, path: str, env: dict[str, str]) -> int:
    """The status of *path* by the application's web server."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    statuses: list[int] = []

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                statuses.append(int(answer.status))
        except OSError:
            assert server.poll() is None, "the server did not start"
        return bool(statuses)

    with subprocess.Popen(
        [shutil.which("ruby") or "ruby", "bin/rails", "server", "-b", "127.0.0.1", "-p", str(port)],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            eventually(answers)
        finally:
            server.terminate()
    return statuses[0]


def test_the_boot_gate_keeps_everything_from_what_is_not_masked_but_tasks_that_prepare_it(
    rails: Rails, production: Server, tmp_path: Path
) -> None:
    root = write_application(tmp_path / "bookshop", _WORKERS)
    run("init", root, "--no-boot").expect(0)
    source = production.create_database()
    unmasked = {"DATABASE_URL": source, "MASKER_PREVIEW": "1"}
    nothing = {"DATABASE_URL": "postgres://127.0.0.1:1/none", "MASKER_PREVIEW": "1"}
    expect(rails(root, "db:migrate", env=unmasked), 0)
    for arguments, program in (
        (("server", "-b", "127.0.0.1", "-p", "1"), "bin/rails"),
        (("runner", "puts 1"), "bin/rails"),
        (("jobs:work",), "bin/rails"),
        ((), "bin/worker"),
    ):
        said = expect(rails(root, *arguments, program=program, env=unmasked), 1, "carries no marker of masker's")
        assert "working" not in said
    said = expect(
        rails(root, "console", env=unmasked, said="puts User.count + 41\n"), 0, "carries no marker of masker's"
    )
    assert "41" in said
    expect(rails(root, "db:migrate:status", env=unmasked), 0, "Create shop")
    expect(rails(root, "runner", "puts 1", env=nothing), 1, "it does not answer")
    expect(rails(root, "assets:precompile", env=nothing), 0)
    expect(rails(root, "runner", "puts 1", env={"DATABASE_URL": source}), 0, "1")
