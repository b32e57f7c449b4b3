"""A real Rails application, from ``masker init`` to testers who sign in: Debian's Rails 6.1 with Devise, PaperTrail and
Active Storage, on the files as they are written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest

from tests.executable import ROOT, run
from tests.rails_application import has_rails, rails, write_application
from tests.servers import Server

pytestmark = [
    pytest.mark.slow,  # ten processes of Rails, four seconds each
    pytest.mark.skipif(not has_rails(), reason="Debian's ruby-rails, ruby-devise, ruby-paper-trail and ruby-pg"),
]

_FILL = """
    30.times do |n|
      user = User.create!(email: "canary#{n}@shop.test", password: "canary original", last_name: "Canary",
                          first_name: "Canary#{n}", phone: format("090-1234-56%02d", n), passport: "CANARY#{n}")
      user.avatar.attach(io: StringIO.new("as it was uploaded"), filename: "canary passport.png") if n.zero?
      2.times { |k| user.orders.create!(recipient: "Canary#{n}", note: "canary #{k}", total: n).update!(total: k) }
    end
"""

_SIGN_IN = """
    browser = ActionDispatch::Integration::Session.new(Rails.application)
    email = User.order(:id).first.email
    browser.post "/users/sign_in", params: {user: {email: email, password: "for testers"}}
    browser.get "/"
    puts browser.response.status, browser.response.body
    avatar = User.order(:id).first.avatar
    browser.get Rails.application.routes.url_helpers.rails_storage_proxy_path(avatar, only_path: true)
    puts browser.response.status, browser.response.body, browser.response.headers["Content-Disposition"]
    mails = [{to: ["real@gmail.com", email], cc: "x@shop.co.jp"}, {to: "real@gmail.com"}]
    mails.each { |to| ActionMailer::Base.mail(from: "a@example.com", subject: "s", body: "b", **to).deliver_now }
    [["real@gmail.com", email], ["real@gmail.com"]].each do |envelope|
      ActionMailer::Base.mail(from: "a@example.com", subject: "s", body: "b", to: email).tap do |delivery|
        delivery.message.smtp_envelope_to = envelope
      end.deliver_now
    end
    puts ActionMailer::Base.deliveries.map { |mail| mail.smtp_envelope_to.inspect }
    puts ActionMailer::Base.deliveries.map { |mail| [mail.to, mail.cc].inspect }
"""


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


def test_an_application_is_refreshed_as_init_sets_it_up_and_testers_sign_in(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    root = write_application(tmp_path / "bookshop")
    source, target = production.create_database(), preview.create_database()
    jobs, no_jobs = production.create_database(), preview.create_database()
    on_source, on_target = {"DATABASE_URL": source}, {"DATABASE_URL": target, "MASKER_PREVIEW": "1"}
    expect(rails(root, "db:migrate", env=on_source), 0)
    expect(rails(root, "runner", script(tmp_path, "fill.rb", _FILL), env=on_source), 0)
    with psycopg.connect(jobs) as conn:
        conn.execute(
            "CREATE TABLE schema_migrations (version varchar PRIMARY KEY);"
            "CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar);"
            "CREATE TABLE jobs (id bigserial PRIMARY KEY, arguments text); INSERT INTO jobs (arguments) VALUES"
            " ('canary')"
        )

    done = run("init", root, "--source", source, env=on_source)
    done.expect(0, "asking the application itself", "read by bin/rails runner", "written config/masker.facts.json")
    assert "locale: ja_JP" in (root / "config" / "masking.yml").read_text()

    # As the workflow does it, by the names that init has chosen.
    with (root / "masker.yml").open("a") as file:
        file.write("migrate: ruby bin/rails db:migrate\nhooks: {restored: ['ruby bin/rails runner \"User.first!\"']}\n")
    env = {
        "PRODUCTION_DATABASE_URL": source,
        "PREVIEW_DATABASE_URL": target,
        "PRODUCTION_QUEUE_DATABASE_URL": jobs,
        "PREVIEW_QUEUE_DATABASE_URL": no_jobs,
        "PREVIEW_PASSWORD": "for testers",
        "MASKER_KEY": "0123456789abcdef0123456789abcdef",
        "MASKER_PREVIEW": "1",
    }
    names = ("--confirm", "bookshop-preview", "--confirm", "bookshop-preview-queue")
    run("refresh", *names, env=env, folder=root, timeout=120).expect(0, "migrated in", "all verified")

    said = expect(rails(root, "runner", script(tmp_path, "in.rb", _SIGN_IN), env=on_target), 0, "signed in as ")
    assert "200\nas it was uploaded\ninline; filename=" in said
    assert (
        len(re.findall(r"@(?:\w+\.)?example\.com", said)) == 5
    )  # signed in, and by two mails in their fields and their envelopes
    assert "gmail" not in said
    assert "canary" not in said.lower()
    expect(rails(root, "masker:valid", env=on_target), 0, "30 of    30")

    run("status", env=env, folder=root).expect(0, "bookshop-preview: run .* gate open", "schema is the same")
    # Nobody has marked production, and the workers' variables were not looked at.
    checks = run("doctor", "--json", env=env, folder=root).expect(8).json()["checks"]
    assert {each["subject"] for each in checks if each["state"] == "red"} == {"production", "queue"}

    # A migration that adds what no rule decides fails the application's own test.
    on_test = {"DATABASE_URL": preview.create_database(), "RAILS_ENV": "test", "CI": "1", "MASKER": _masker(tmp_path)}
    expect(rails(root, "db:schema:load", env=on_test), 0)
    expect(rails(root, "test", "test/masking_test.rb", env=on_test), 0, "1 runs, 1 assertions, 0 failures")
    with psycopg.connect(on_test["DATABASE_URL"], autocommit=True) as conn:
        conn.execute("ALTER TABLE users ADD COLUMN nickname varchar")
    expect(rails(root, "test", "test/masking_test.rb", env=on_test), 1, "users.nickname", "decided by no rule")

    # The boot gate, on a database that is not masked and on none at all.
    unmasked = {"DATABASE_URL": source, "MASKER_PREVIEW": "1"}
    expect(rails(root, "runner", "puts 1", env=unmasked), 1, "carries no marker of masker's")
    expect(rails(root, "db:migrate:status", env=unmasked), 0, "Create shop")
    nothing = {"DATABASE_URL": "postgres://127.0.0.1:1/none", "MASKER_PREVIEW": "1"}
    expect(rails(root, "runner", "puts 1", env=nothing), 1, "it does not answer")
    expect(rails(root, "assets:precompile", env=nothing), 0)
    expect(rails(root, "runner", "puts 1", env=on_source), 0)
