"""Credentials and endpoints as people have them written down: what is wrong with them is told, never repeated where it
is secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.buckets.conftest import Pair
from tests.executable import Done, run

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _plan(pair: Pair, config: Path, *more: str, **environment: str) -> Done:
    return run(
        "sync",
        pair.source.s3,
        pair.target.s3,
        "--confirm",
        pair.target.name,
        "--endpoint-url",
        pair.proxy.url,
        "--client",
        pair.settings.client,
        "--state",
        pair.settings.state,
        *more,
        env={**_ENVIRONMENT, "AWS_CONFIG_FILE": str(config), **environment},
    )


@pytest.mark.parametrize("client", ["crt"])
@pytest.mark.parametrize(
    ("config", "environment", "said"),
    [
        ("credential_process = /no/such/program", {}, "/no/such/program: no such file"),
        ("credential_process = {folder}/config", {}, "config: permission denied"),
        ("credential_process = /bin/echo nothing", {}, "is no JSON"),
        ("credential_process = /bin/echo 'open", {}, "No closing quotation"),
        (
            "role_arn = arn:aws:iam::123456789012:role/x\nweb_identity_token_file = /no/such/token",
            {},
            "/no/such/token: no such file",
        ),
        ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/x"}, "Unsupported host"),
        (
            "",
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/no/such/token",
            },
            "/no/such/token: no such file",
        ),
    ],
    ids=["no program", "no right", "no JSON", "quotes", "no token", "host", "no token of a container"],
)
def test_what_names_credentials_and_has_none_is_told(
    pair: Pair, tmp_path: Path, config: str, environment: dict[str, str], said: str
) -> None:
    file = tmp_path / "config"
    file.write_text(f"[default]\n{config.format(folder=tmp_path)}\n")
    _plan(pair, file, **environment).expect(7, said, "check the credentials")


def test_credentials_that_cannot_be_renewed_midway(pair: Pair, tmp_path: Path) -> None:
    pair.source.fill({f"{n:02}": b"1" for n in range(40)})
    soon = f"{datetime.now(UTC) + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}"
    good = {"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": soon}
    program = tmp_path / "program"
    program.write_text(
        f"#!/bin/sh\necho >> {tmp_path}/calls\n[ $(wc -l < {tmp_path}/calls) -lt 30 ] && echo '{json.dumps(good)}'"
        " || echo canary\n"
    )
    program.chmod(0o755)
    file = tmp_path / "config"
    file.write_text(f"[default]\ncredential_process = {program}\n")
    _plan(pair, file).expect(7, "is no JSON", "check the credentials")
    assert len(pair.target.keys()) < 40


@pytest.mark.parametrize("client", ["crt"])
@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("http://name:sekret@127.0.0.1:1", 2, "has a name or a password in it"),
        ("http://127.0.0.1:99999", 2, "Port out of range"),
        ("ftp://127.0.0.1", 2, "no endpoint that can be connected to"),
        ("127.0.0.1:9000", 2, "https://host, or http://host:port"),
    ],
)
def test_endpoints_that_are_none(pair: Pair, tmp_path: Path, url: str, code: int, said: str) -> None:
    file = tmp_path / "config"
    file.write_text("[default]\n")
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    done = _plan(pair, file, "--endpoint-url", url, **keys).expect(code, said)
    assert "sekret" not in done.err + done.out


@pytest.mark.parametrize("client", ["crt"])
def test_an_endpoint_without_tls_is_not_taken_for_an_unknown_authority(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("[default]\n")
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    url = pair.proxy.url.replace("http:", "https:")
    done = _plan(pair, file, "--endpoint-url", url, **keys).expect(7, "does not speak TLS: .* http:// instead")
    assert "AWS_CA_BUNDLE" not in done.err


@pytest.mark.parametrize("client", ["crt"])
def test_a_password_that_an_answer_repeats_is_not(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("[default]\n")
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    proxies = {"HTTP_PROXY": "http://name:sekret@127.0.0.1:1", "NO_PROXY": ""}
    done = _plan(pair, file, **keys, **proxies).expect(7, "check HTTPS_PROXY")
    assert "sekret" not in done.err + done.out
