"""``masker doctor`` and ``masker status`` on a preview that is well, and on one with everything that can be wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.executable import Done, run
from tests.servers import Server, database_of
from tests.shop import Shop

_FILES = {
    "config/application.rb": "module Shop\nend\n",
    "config/initializers/masker.rb": "masker.run\nregister_interceptor(X)\n",
    "db/migrate/20240101000000_first.rb": "",
}

_DIGESTS = """
import hashlib, hmac, json, os, sys
variables = {name: hmac.digest(os.environ["MASKER_NONCE"].encode(), value.encode(), hashlib.sha256).hex()
             for name, value in (each.split("=") for each in sys.argv[2:])}
print("starting up")
print(json.dumps({"rails_env": sys.argv[1], "variables": variables}))
"""


class Patient:
    """A finished preview with its masker.yml, and an application beside it."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.folder = folder
        for name, text in _FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (folder / "digests.py").write_text(_DIGESTS)
        self.configure("")

    def configure(self, more: str) -> None:
        (self.folder / "masker.yml").write_text(
            f"version: 1\nsource: {{url: '{self.shop.source}'}}\ntarget: {{url: '{self.shop.target}'}}\nrules:"
            f" ['{self.shop.rules}']\n{more}"
        )

    def doctor(self, *more: str) -> Done:
        return run("doctor", "-c", self.folder / "masker.yml", *more)

    def status(self, *more: str) -> Done:
        return run("status", "-c", self.folder / "masker.yml", *more)

    def verdicts(self, code: int) -> dict[str, list[dict[str, Any]]]:
        document = self.doctor("--json").expect(code).json()
        assert document["healthy"] == (code == 0)
        found: dict[str, list[dict[str, Any]]] = {}
        for each in document["checks"]:
            found.setdefault(each["subject"], []).append(each)
        return found

    def environments(self, production: str, preview: str) -> str:
        return (
            f"doctor:\n  hosts: [www.shop.test]\n  production: {sys.executable} digests.py {production}\n"
            f"  preview: {sys.executable} digests.py {preview}\n"
        )


@pytest.fixture
def patient(verified: Shop, tmp_path: Path) -> Patient:
    return Patient(verified, tmp_path)


def test_a_preview_that_is_well_is_green(patient: Patient) -> None:
    with psycopg.connect(patient.shop.target, autocommit=True) as conn:
        conn.execute("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)")
        conn.execute("INSERT INTO schema_migrations VALUES ('20240101000000'); ANALYZE schema_migrations")
    patient.configure(patient.environments("production A_KEY=1 LANG=C", "production A_KEY=2 LANG=C MASKER_PREVIEW=1"))
    run("protect", env={"MASKER_TARGET": patient.shop.source}).expect(0)
    try:
        patient.doctor().expect(0, "all is well", "production .* is protected", "✓ gate", "✓ rules", "✓ mail guard")
    finally:
        name = database_of(patient.shop.source)
        run("protect", "--off", "--confirm", name, env={"MASKER_TARGET": patient.shop.source}).expect(0)
    patient.status().expect(0, "gate open", "production's schema is the same")


def test_everything_that_is_wrong_is_red_with_what_to_do(patient: Patient, preview: Server) -> None:
    queue = preview.create_database()
    with psycopg.connect(queue, autocommit=True) as conn:
        conn.execute("CREATE TABLE solid_queue_blocked_executions (id serial PRIMARY KEY)")
        conn.execute("INSERT INTO solid_queue_blocked_executions VALUES (1)")
    with psycopg.connect(patient.shop.target, autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE delayed_jobs (id serial PRIMARY KEY, handler text); INSERT INTO delayed_jobs (handler) VALUES"
            " ('canary');"
            "CREATE TABLE partners (id serial PRIMARY KEY, webhook_url text, token text, note text, phone text);"
            "INSERT INTO partners (webhook_url, token, note, phone) VALUES ('https://canary.partner.com/x',"
            " 'sk_live_canary0123456789abcdef', 'see https://www.shop.test/canary',"
            ' \'{"p":"canary","h":{"iv":"a","at":"b"}}\'), (\'https://preview.invalid/x\', NULL, NULL, NULL);'
            "CREATE TABLE active_storage_blobs (id serial PRIMARY KEY, key varchar, service_name varchar);"
            "CREATE TABLE active_storage_attachments (id serial PRIMARY KEY);"
            "INSERT INTO active_storage_blobs (key, service_name) VALUES ('a', 'amazon'), ('b', 'gone');"
        )
    (patient.folder / "storage.yml").write_text("amazon: {service: S3, bucket: shop-files}\n")
    (patient.folder / "config/initializers/masker.rb").write_text("# masker.run register_interceptor\n")
    patient.shop.rules.write_text(
        patient.shop.rules.read_text().replace("note: lorem", "note: {mask: lorem, by: value}")
    )
    patient.configure(
        "storage: storage.yml\nhooks: {failed: [{slack: {url: {env: NOT_SET_HERE}}}]}\n"
        + patient.environments("production A_KEY=1 S3_BUCKET=b LANG=C", "development A_KEY=1 S3_BUCKET=b LANG=C")
        + "  max_age: 0m\n  shared: [A_KEY]\n"
        + "databases:\n  queue:\n    source: {url: 'postgres://127.0.0.1:1/none'}\n"
        + f"    target: {{url: '{queue}'}}\n    rules: ['{patient.shop.rules}']\n"
    )
    found = patient.verdicts(8)
    red = {name: [v for v in verdicts if v["state"] == "red"] for name, verdicts in found.items()}
    text = {name: " ".join(v["text"] for v in verdicts) for name, verdicts in red.items()}
    assert "carries no mark" in text["production"]
    assert "orders.note" in text["rules"]
    assert "expected at most" in text["age"]
    assert len(red["boot gate"]) == len(red["mail guard"]) == 1
    assert "1 migration ahead" in text["migrations"]
    assert "shop-files" in text["services"]
    assert "blobs are of gone" in text["services"]
    assert "public.delayed_jobs 1" in text["jobs"] or "delayed_jobs 1" in text["jobs"]
    for what in (
        "keys that work: partners.token 1",
        "links that would be called: partners.webhook_url 1",
        "ciphertexts, which the preview cannot read: partners.phone 1",
        "name www.shop.test: partners.note 1",
    ):
        assert what in text["texts"]
    assert "knows nothing of" in text["planner"]
    assert "gate: " in text["queue"]
    assert "solid_queue_blocked_executions 1" in text["queue"]
    assert "shares 1 variable with production: S3_BUCKET" in text["environment"]
    assert "MASKER_PREVIEW is not set in the preview" in text["environment"]
    assert "RAILS_ENV is production in production and development" in text["environment"]
    assert "NOT_SET_HERE is not set" in text["hooks"]
    assert all(verdict["remedy"] for name in ("production", "jobs", "texts", "services") for verdict in red[name])
    assert "A_KEY" not in json.dumps(found)


def test_what_cannot_be_looked_at_is_red(patient: Patient) -> None:
    patient.shop.rules.write_text("version: 1\ntables:\n  users: {columns: {nosuch: keep}}\n")
    found = patient.verdicts(8)
    assert "nosuch" in found["copy"][0]["text"]
    patient.configure("")
    gone = patient.shop.target.replace(patient.shop.database, "nosuchdatabase")
    patient.doctor("--target", gone).expect(8, "✗ gate", "there is no such database")


def test_the_status_is_one_line_with_what_has_drifted(patient: Patient, production: Any) -> None:
    source = production.create_database(patient.shop.source)
    with psycopg.connect(source, autocommit=True) as conn:
        conn.execute("ALTER TABLE users ADD COLUMN nickname varchar; DROP TABLE plans; CREATE TABLE coupons (id int)")
    done = patient.status("--source", source).expect(0, r"production has drifted: \+coupons, -plans, \+users.nickname")
    assert len(done.out.splitlines()) == 1
    document = patient.status("--source", source, "--json").expect(0).json()
    assert document["drift"] == ["+coupons", "-plans", "+users.nickname"]
    assert (document["gate"], document["signed_by"]) == ("open", None)
    events = patient.status("--log-format", "logfmt").expect(0).events()
    assert events[-1]["gate"] == "open"
    assert events[-1]["sample#masker.age"].endswith("s")
    with psycopg.connect(patient.shop.target, autocommit=True) as conn:
        conn.execute("UPDATE masker.run SET state = 'loading'")
    patient.status().expect(0, "gate shut: run .* began and has not ended well")
    with psycopg.connect(patient.shop.target, autocommit=True) as conn:
        conn.execute("DROP SCHEMA masker CASCADE")
    patient.status().expect(0, "no run of masker has made it")
