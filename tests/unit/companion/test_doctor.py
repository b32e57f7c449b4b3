"""What the doctor says of services and environments, without a server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from masker.buckets.attachments.services import read_storage_file
from masker.companion.doctor.application import environments, of_services
from masker.companion.doctor.verdict import looked_at

STORAGE = """
local: {service: Disk, root: /tmp}
plain: {service: S3, bucket: shop-files}
rails: {service: S3, bucket: "shop-<%= Rails.env %>"}
ruby: {service: S3, bucket: "<%= Rails.application.credentials.dig(:aws, :bucket) %>"}
variable: {service: S3, bucket: "<%= ENV['FILES_BUCKET'] %>"}
odd: {service: S3, bucket: "<%= ENV['FILES'] %>"}
azure: {service: AzureStorage, container: shop-blobs}
mirror: {service: Mirror, primary: local, mirrors: [plain, rails, mirror]}
behind: {service: Mirror, primary: ruby}
chosen: {service: Mirror, primary: "<%= ENV['FILES_BUCKET'] %>"}
"""


@pytest.mark.parametrize(
    ("service", "red"),
    [
        ("local", []),
        ("plain", ["shop-files"]),
        ("rails", ["shop-production"]),
        ("ruby", ["it was not looked at"]),
        ("variable", []),
        ("odd", ["it was not looked at"]),
        ("azure", ["shop-blobs"]),
        ("mirror", ["shop-files", "shop-production"]),
        ("behind", ["it was not looked at"]),
        ("chosen", []),
        ("nosuch", ["does not have"]),
    ],
)
def test_every_bucket_that_a_service_may_be_of_is_looked_at(tmp_path: Path, service: str, red: list[str]) -> None:
    path = tmp_path / "storage.yml"
    path.write_text(STORAGE)
    file = read_storage_file(path)
    found = [v.text for v in of_services(file, {service: 3}, ["app-preview"], compared=True) if v.state == "red"]
    assert len(found) == len(red)
    assert [word for word, text in zip(red, found, strict=True) if word not in text] == []
    problems = list(file.problems({service: 3}, ["app-preview"]))
    assert len(problems) == sum(word.startswith("shop-") for word in red)
    alone = list(of_services(file, {service: 3}, ["app-preview", "shop-files"], compared=False))
    assert (alone[-1].state == "ok") == (service in {"local", "plain"})


DIGESTS = """
import json, sys
print(json.dumps({"rails_env": "production", "variables": dict(each.split("=") for each in sys.argv[1:])}))
"""


def verdicts(folder: Path, theirs: str, ours: str) -> list[str]:
    (folder / "digests.py").write_text(DIGESTS)
    said = f"{sys.executable} digests.py"
    found = environments(f"{said} {theirs}", f"{said} {ours}", [], folder=folder, state=folder)
    return [verdict.text for verdict in found if verdict.state == "red"]


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("SMTP_PASS", True),
        ("MONGO_URI", True),
        ("S3_PUBLIC_BUCKET", True),
        ("PUBLIC_BUCKET", True),
        ("BUNDLE_GEMS__CONTRIBSYS__COM", True),
        ("BUNDLE_PATH", False),
        ("NEXT_PUBLIC_MAP_KEY", False),
        ("STRIPE_PUBLISHABLE_KEY", False),
        ("LANG", False),
    ],
)
def test_what_opens_something_is_not_to_be_shared(tmp_path: Path, name: str, is_own: bool) -> None:
    found = verdicts(tmp_path, f"{name}=1", f"{name}=1 MASKER_PREVIEW=2")
    assert found == ([f"the preview shares 1 variable with production: {name}"] if is_own else [])


def test_the_gate_is_awake_in_the_preview_alone(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "A=1", "A=1 MASKER_PREVIEW=2") == []
    assert "not set in the preview" in verdicts(tmp_path, "A=1", "A=1")[0]
    assert "is set in production" in verdicts(tmp_path, "MASKER_PREVIEW=1", "MASKER_PREVIEW=2")[0]


def test_digests_are_kept_nowhere_although_the_command_fails(tmp_path: Path) -> None:
    found: list[Any] = looked_at(
        "environment", lambda: environments("echo digest; exit 3", "true", [], folder=tmp_path, state=tmp_path)
    )
    assert [verdict.state for verdict in found] == ["red"]
    assert "what it says is not kept" in found[0].remedy
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert "digest;" not in json.dumps(found[0].remedy)
