"""What each preset sends arrives as its service expects it; what may not be done is refused."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from masker.hooks.errors import HookFailed, HookRefused
from masker.hooks.event import Event, Stage
from masker.hooks.model import Hook, as_hook, missing
from masker.hooks.presets.preset import Preset
from masker.hooks.presets.webhook import signature
from tests.services import redis, web

RESULT = {
    "kind": "refresh",
    "copy": {"rows": 4_500_000, "masked_columns": 57, "checks": {"passed": 133}},
    "sync": {"pairs": [{}, {}]},
    "seconds": 192.4,
}


def event(stage: Stage = "published", **more: Any) -> Event:
    told: dict[str, Any] = {"result": RESULT if stage == "published" else {}}
    return Event(stage=stage, run="k3f9x0ab", command="refresh", target="app-preview", **{**told, **more})


def failure() -> Event:
    return event("failed", error="users.email: <b> & no rule", left="preview is as it was", exit_code=3)


def preset(name: str, **said: Any) -> Preset:
    found = Hook.model_validate(as_hook({name: said})).preset
    assert found is not None
    return found


def test_slack_gets_a_message_that_people_read_in_their_language() -> None:
    with web() as slack:
        for locale in ("en", "ja"):
            for told in (event(), failure(), event("before"), event("restored"), event(exit_code=8)):
                preset("slack", url=f"{slack.url}/hook", locale=locale).send(told)
    texts = [body["text"] for _, body in slack.said("POST")]
    assert texts[0] == (
        ":white_check_mark: app-preview is a new preview: 4,500,000 rows, 57 columns masked, 133 checks passed · 2"
        " buckets, 3 min 12 s\nrun k3f9x0ab"
    )
    assert texts[1] == (
        ":x: app-preview was not refreshed (exit 3): users.email: &lt;b&gt; &amp; no rule\npreview is as it was\nrun"
        " k3f9x0ab"
    )
    # Published, and not proved.
    assert texts[4] == (
        ":warning: app-preview is a new preview, and not proved (exit 8): its gate is shut\nrun k3f9x0ab"
    )
    assert texts[9].startswith(":warning: app-preview を更新しましたが、検証していません (exit 8)")
    assert texts[5] == (
        ":white_check_mark: app-preview を更新しました: 4,500,000 行・57 列をマスク・検査 133 件すべて合格・バケット 2"
        " 個・3 分 12 秒\nrun k3f9x0ab"
    )
    assert "更新に失敗しました (exit 3)" in texts[6]
    assert "現在の状態: preview is as it was" in texts[6]


def test_a_webhook_is_signed_over_time_and_body() -> None:
    with web() as other:
        preset("webhook", url=other.url, secret="s" * 32).send(failure())
        preset("webhook", url=other.url).send(event())
    signed, plain = other.arrived
    at, digest = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", signed.headers["X-Masker-Signature"]).groups()  # type: ignore[union-attr]
    assert digest == signature("s" * 32, at, signed.body)
    assert digest != signature("t" * 32, at, signed.body)
    assert (signed.json()["stage"], signed.json()["exit_code"], signed.headers["X-Masker-Event"]) == (
        "failed",
        3,
        "failed",
    )
    assert "X-Masker-Signature" not in plain.headers
    assert plain.json()["result"] == RESULT


def test_redis_is_flushed_unless_it_is_productions() -> None:
    with redis("a" * 40, "p w") as preview, redis("b" * 40) as production:
        url = preview.url.replace("p w", "p%20w")
        preset("redis", url=f"{url}/3", production=production.url).send(event())
        asked = [("INFO", section) for section in ("cluster", "server", "replication")]
        assert preview.commands == [("AUTH", "p w"), ("SELECT", "3"), *asked, ("FLUSHDB", "ASYNC")]
        assert production.commands == asked
        preview.run_id = production.run_id
        preview.commands.clear()
        with pytest.raises(HookRefused, match="is production's"):
            preset("redis", url=url, production=production.url).send(event())
        preview.run_id = None
        with pytest.raises(HookRefused, match="does not say its run_id"):
            preset("redis", url=url, production=production.url).send(event())
        with pytest.raises(HookFailed, match="refused AUTH") as failed:
            preset("redis", url=url.replace("p%20w", "wrong"), production=production.url).send(event())
        assert "canary" not in failed.value.message
        assert not any(command[0] == "FLUSHDB" for command in preview.commands)


def test_redis_of_productions_group_is_not_flushed() -> None:
    with redis("a" * 40) as preview, redis("b" * 40) as production, redis("c" * 40) as reader:
        both = preset("redis", url=preview.url, production=[reader.url, production.url])
        production.replid = "p" * 40
        for own, former in (("p" * 40, "0" * 40), ("q" * 40, "p" * 40)):  # the second one was promoted
            preview.replid, preview.former = own, former
            with pytest.raises(HookRefused, match="is production's"):
                preset("redis", url=preview.url, production=production.url).send(event())
            with pytest.raises(HookRefused, match="is production's"):
                both.send(event())
        preview.former = "0" * 40
        for server in (preview, production):
            server.in_cluster = True
            with pytest.raises(HookRefused, match="is a node of a cluster"):
                both.send(event())
            server.in_cluster = False
        production.replid = ""
        with pytest.raises(HookRefused, match="does not say its master_replid"):
            both.send(event())
        assert not any(command[0] == "FLUSHDB" for command in preview.commands)
        production.replid = "p" * 40
        both.send(event())
        assert preview.commands[-1] == ("FLUSHDB", "ASYNC")


def test_a_url_that_cannot_be_read_is_told_without_it() -> None:
    with pytest.raises(HookFailed, match="production's URL cannot be read") as failed:
        preset("redis", url="redis://x", production="redis://:canary@[x").send(event())
    assert "canary" not in failed.value.message
    with pytest.raises(HookFailed, match="its URL cannot be read"):
        preset("slack", url="https://[canary").send(event())
    with web() as other, pytest.raises(HookFailed, match="was not reached"):
        preset("fastly", service="abc", token="canary\nmore", api=other.url).send(event())


def test_what_comes_from_the_environment_may_end_with_a_newline() -> None:
    os.environ["MASKER_TEST_TOKEN"] = "t0ken\n"
    try:
        with web() as other:
            preset("fastly", service="abc", token={"env": "MASKER_TEST_TOKEN"}, api=other.url).send(event())
        assert other.arrived[0].headers["Fastly-Key"] == "t0ken"
    finally:
        del os.environ["MASKER_TEST_TOKEN"]


def test_a_token_is_not_sent_on_to_another_place() -> None:
    with web() as other, web() as away:
        other.answers["POST /service/abc/purge_all"] = 302
        other.places["/service/abc/purge_all"] = away.url
        with pytest.raises(HookFailed, match="answered 302"):
            preset("fastly", service="abc", token="f", api=other.url).send(event())
        assert away.arrived == []


def test_heroku_in_maintenance_is_not_taken_for_its_usual_state() -> None:
    with web() as heroku:
        heroku.answers = {"GET /apps/app-preview": {"maintenance": True}}
        with pytest.raises(HookRefused, match="is in maintenance already"):
            preset("heroku", app="app-preview", token="t", api=heroku.url).change(event("before"))
        assert heroku.said("PATCH") == []


def test_certificates_are_looked_at_unless_they_are_not_to_be(tmp_path: Path) -> None:
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"),
        ],
        capture_output=True,
    )
    if made.returncode:
        pytest.skip("openssl")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with redis("a" * 40, tls=context) as preview, redis("b" * 40, tls=context) as production:
        said = {"url": preview.url, "production": production.url}
        with pytest.raises(HookFailed, match=r"SSLCertVerificationError"):
            preset("redis", **said).send(event())
        preset("redis", **said, verify=False).send(event())
        assert preview.commands[-1] == ("FLUSHDB", "ASYNC")


def test_redis_needs_productions_url() -> None:
    with pytest.raises(ValueError, match="production"):
        preset("redis", url="redis://x")


def test_github_learns_the_state_of_the_commit() -> None:
    with web() as github:
        said = {"token": "t0ken", "repository": "acme/shop", "sha": "0123abc", "api": github.url}
        for told in (event("before"), event(), failure()):
            preset("github_status", **said).send(told)
    assert [path for path, _ in github.said("POST")] == ["/repos/acme/shop/statuses/0123abc"] * 3
    assert [body["state"] for _, body in github.said("POST")] == ["pending", "success", "failure"]
    assert github.arrived[0].headers["Authorization"] == "Bearer t0ken"
    assert all(len(body["description"]) <= 140 for _, body in github.said("POST"))


def test_heroku_is_put_back_as_it_was() -> None:
    with web() as heroku:
        heroku.answers = {
            "GET /apps/app-preview": {"maintenance": False},
            "GET /apps/app-preview/formation": [{"type": "web", "quantity": 2}, {"type": "worker", "quantity": 1}],
        }
        it = preset("heroku", app="app-preview", token="t", scale={"worker": 0}, api=heroku.url)
        change = it.change(event("before"))
        assert change == {"app": "app-preview", "maintenance": False, "scale": {"worker": 1}}
        it.send(event("before"))
        it.put_back(change)
        with pytest.raises(HookFailed, match="no dynos of kind clock"):
            preset("heroku", app="app-preview", token="t", scale={"clock": 0}, api=heroku.url).change(event("before"))
    off, on = [{"maintenance": value} for value in (False, True)]
    assert [body for _, body in heroku.said("PATCH")] == [
        on,
        {"updates": [{"type": "worker", "quantity": 0}]},
        {"updates": [{"type": "worker", "quantity": 1}]},
        off,
    ]


def test_deploys_and_purges_arrive() -> None:
    with web() as other:
        preset("rollbar", token="r", api=other.url).send(event())
        preset("sentry", token="s", organization="acme", release="v 1", api=other.url).send(event())
        preset("fastly", service="abc", token="f", api=other.url).send(event())
        preset("fastly", service="abc", token="f", keys=["users"], api=other.url).send(event())
    rollbar, sentry, fastly, keys = other.arrived
    assert (rollbar.path, rollbar.json()["status"], rollbar.headers["X-Rollbar-Access-Token"]) == (
        "/api/1/deploy",
        "succeeded",
        "r",
    )
    assert sentry.path == "/api/0/organizations/acme/releases/v%201/deploys/"
    assert (fastly.path, fastly.headers["Fastly-Key"]) == ("/service/abc/purge_all", "f")
    assert (keys.path, keys.json()) == ("/service/abc/purge", {"surrogate_keys": ["users"]})


def test_a_file_for_prometheus_keeps_when_a_run_last_ended_well(tmp_path: Path) -> None:
    file = tmp_path / "below" / "masker.prom"
    it = preset("prometheus", file=str(file))
    it.send(event())
    first = dict(re.findall(r'(?m)^(\w+)\{target="app-preview"\} (.*)$', file.read_text()))
    assert first["masker_last_run_rows"] == "4500000"
    assert first["masker_last_run_success"] == "1"
    it.send(failure())
    then = dict(re.findall(r'(?m)^(\w+)\{target="app-preview"\} (.*)$', file.read_text()))
    assert (then["masker_last_run_success"], then["masker_last_run_exit_code"]) == ("0", "3")
    assert then["masker_last_success_timestamp_seconds"] == first["masker_last_success_timestamp_seconds"]
    assert file.read_text().count("# TYPE masker_last_run_success gauge") == 1


def test_what_a_service_says_is_not_told() -> None:
    with web() as other:
        other.answers["POST /secret-path"] = 403
        with pytest.raises(HookFailed, match=r"127\.0\.0\.1 answered 403") as failed:
            preset("slack", url=f"{other.url}/secret-path").send(event())
    assert "secret-path" not in failed.value.message
    with pytest.raises(HookFailed, match="was not reached"):
        preset("slack", url=f"{other.url}/gone").send(event())


def test_what_the_environment_lacks_is_told_of_all_hooks() -> None:
    hooks = {
        "published": tuple(
            Hook.model_validate(as_hook(each))
            for each in (
                "true",
                {"slack": {"url": {"env": "SLACK"}}},
                {"redis": {"url": {"env": "A"}, "production": {"env": "B"}}},
                {"redis": {"url": {"env": "A"}, "production": [{"env": "A"}, {"env": "C"}]}},
            )
        )
    }
    found = [str(problem) for problem in missing(hooks, {"A": "redis://x"})]  # type: ignore[arg-type]
    assert found == [
        "hooks.published.slack.url   the environment variable SLACK is not set",
        "hooks.published.redis.production   the environment variable B is not set",
        "hooks.published.redis.production   the environment variable C is not set",
    ]


#: Each preset with its secrets, at *place*: an address where nobody answers, or one that says no.
_EACH: dict[str, Callable[[str], dict[str, Any]]] = {
    "slack": lambda place: {"url": f"{place}/canary"},
    "webhook": lambda place: {"url": f"{place}/canary", "secret": "canary" * 6},
    "redis": lambda place: {"url": f"redis://:canary@{place[7:]}", "production": f"redis://:canary@{place[7:]}"},
    "github_status": lambda place: {"token": "canary", "repository": "acme/shop", "sha": "0123abc", "api": place},
    "heroku": lambda place: {"app": "app-preview", "token": "canary", "api": place},
    "rollbar": lambda place: {"token": "canary", "api": place},
    "sentry": lambda place: {"token": "canary", "organization": "acme", "release": "v1", "api": place},
    "fastly": lambda place: {"service": "abc", "token": "canary", "api": place},
    "prometheus": lambda place: {"file": f"/dev/null/{place[7:]}.prom"},
}


def test_there_is_no_preset_that_is_not_tried_here() -> None:
    assert set(Hook.model_fields) - {"run", "time_limit"} == set(_EACH)


@pytest.mark.parametrize("name", _EACH)
def test_a_preset_that_cannot_be_done_says_so_and_tells_no_secret(name: str) -> None:
    with web() as service:
        refusing, gone = service.url, "http://127.0.0.1:1"
        service.refuses = 403
        for place in (refusing, gone):
            with pytest.raises(HookFailed, match=f"hook {name.partition('_')[0]}") as failed:
                preset(name, **_EACH[name](place)).send(event("before"))
            assert "canary" not in f"{failed.value.message} {failed.value.hint}"
