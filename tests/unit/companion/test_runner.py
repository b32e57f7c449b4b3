"""The application asked about itself: where it may be started, with which environment, for how long; and what happens
when it does not answer."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from masker.companion.reading import read
from masker.companion.runner import NotAsked, ask, environment_for, refusal
from tests.rails_application import write_application

#: What has to stay away from the application's process, and what it needs.
PRODUCTION = {
    "PRODUCTION_DATABASE_URL": "x",
    "PREVIEW_PASSWORD": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "QUEUE_DATABASE_URL": "x",
    "PGPASSWORD": "x",
    "MASKER_PREVIEW": "1",
    "RAILS_MASTER_KEY": "x",
    "GITHUB_TOKEN": "x",
    "PATH": os.environ["PATH"],
    "DATABASE_URL": "postgres://localhost/shop_development",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_application(tmp_path / "shop")


def answers(shop: Path, script: str) -> None:
    """Have ``bin/rails`` be *script*."""
    (shop / "bin" / "rails").write_text(f"#!/bin/sh\n{script}\n")


def test_production_is_out_of_reach() -> None:
    found = environment_for(PRODUCTION, Path("facts.json"))
    assert set(found) == {
        "PATH",
        "DATABASE_URL",
        "RAILS_ENV",
        "RACK_ENV",
        "PGOPTIONS",
        "DISABLE_SPRING",
        "MASKER_FACTS_FILE",
    }
    assert (found["RAILS_ENV"], found["PGOPTIONS"]) == ("development", "-c default_transaction_read_only=on")


@pytest.mark.parametrize("name", ["RAILS_ENV", "RACK_ENV"])
def test_an_application_in_production_is_not_started(shop: Path, name: str) -> None:
    assert refusal(shop, {name: "production"}) == NotAsked(
        f"{name} is production, and only development and test are started"
    )
    assert refusal(shop, {name: "test"}) is None


def test_what_an_application_tells_of_itself_is_taken(shop: Path) -> None:
    facts = {"models": {"User": {"table": "users", "attachments": ["photo"], "passwords": ["password_digest"]}}}
    answers(shop, f"cat > stdin; env > environment; echo canary; echo '{json.dumps(facts)}' > \"$MASKER_FACTS_FILE\"")
    told: list[str] = []
    found = read(shop, boot=True, tell=told.append)
    assert (found.read_by, found.attachments, found.passwords) == (
        "bin/rails runner",
        ("User#photo",),
        ("users.password_digest",),
    )
    # What only production knows is its files' word still.
    assert [each.name for each in found.databases] == ["primary", "queue"]
    assert (shop / "stdin").read_text() == ""
    (said,) = told
    assert "bin/rails runner facts.rb" in said
    assert "--no-boot" in said


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo canary >&2; exit 3", "it exited with 3"),
        ("true", "it ended well and wrote nothing"),
        ('echo "{" > "$MASKER_FACTS_FILE"', "what it wrote is no facts.json"),
        ('echo \'{"models": {"A": {}}}\' > "$MASKER_FACTS_FILE"', "what it wrote is no facts.json"),
    ],
)
def test_whatever_goes_wrong_the_files_do_and_it_is_told(shop: Path, script: str, why: str) -> None:
    answers(shop, script)
    told: list[str] = []
    found = read(shop, boot=True, tell=told.append)
    assert found.read_by == "files"
    assert why in told[-1]
    assert "canary" not in told[-1]


def test_an_application_that_does_not_answer_is_ended_with_all_it_has_begun(shop: Path) -> None:
    answers(shop, "(sleep 30; touch late) & echo $! > child; sleep 30")
    started = time.monotonic()
    found = ask(shop, environment=PRODUCTION, time_limit_s=0.5)
    assert found == NotAsked("it did not end within 0 s")
    assert time.monotonic() - started < 10
    child = int((shop / "child").read_text())
    status = Path(f"/proc/{child}/stat")
    assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_nothing_is_started_where_that_is_not_wanted(shop: Path) -> None:
    answers(shop, "touch started")
    told: list[str] = []
    assert read(shop, boot=False, tell=told.append).read_by == "files"
    assert (told, (shop / "started").exists()) == ([], False)
