"""Dumps of a verified preview go to a private bucket alone; what is restored of them opens the gate only if it is what
the sealed manifest says."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from masker.demo.installation import find_postgres
from tests.buckets.storage import CREDENTIALS, Bucket, MotoServer
from tests.executable import Done, eventually, run, start
from tests.servers import database_of
from tests.shop import USERS, Shop, one

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in CREDENTIALS.items():
            patched.setenv(name, value)
        server = MotoServer()
        yield server
        server.stop()


def test_a_dump_is_restored_by_masker_and_by_pg_restore_and_accepted_only_as_it_was(
    shop: Shop, moto: MotoServer, tmp_path: Path
) -> None:
    store, pair = Bucket(moto.url), Bucket(moto.url)
    key = tmp_path / "key"
    key.write_text(KEY)
    settings = tmp_path / "masker.yml"
    settings.write_text(
        "version: 1\nhistory: runs\n"
        f"buckets: [{{source: s3://app-production, target: s3://{pair.name}}}]\nkey: {{file: {key}}}\n"
        f"dumps: {{store: 's3://{store.name}/preview', endpoint_url: '{moto.url}', region: us-east-1}}\n"
    )

    accept = ("dump", "accept", "--latest", "-c", settings)

    def dump(command: str, *more: str | Path, target: str = shop.target, **env: str) -> Done:
        return run("dump", command, "-c", settings, *more, env={"MASKER_TARGET": target, **CREDENTIALS, **env})

    with shop.preview.connect(shop.target) as conn:
        conn.execute("DROP TABLE settled")
    dump("create").expect(9, "carries no marker", "verified preview")
    dump("create", "--if-verified").expect(0, "nothing is dumped")
    shop.copy("--key-file", key).expect(0)

    # Its marker has no seal, which a restore would give it.
    with shop.preview.connect(shop.target) as conn:
        conn.execute("CREATE TABLE public.sealed AS SELECT record FROM masker.run")
        conn.execute("UPDATE masker.run SET record = record - 'seal'")
        dump("create").expect(9, "is not sealed, and a key was given")
        conn.execute("UPDATE masker.run SET record = (SELECT record FROM sealed)")
        conn.execute("DROP TABLE sealed")

    # Others may read it, or it is a pair's.
    store.client.put_bucket_acl(Bucket=store.name, ACL="public-read")
    dump("create").expect(9, "its ACL lets everybody in", "private bucket")
    store.client.put_bucket_acl(Bucket=store.name, ACL="private")
    everybody: dict[str, object] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{store.name}/*",
    }
    everybody["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    store.client.put_bucket_policy(Bucket=store.name, Policy=policy)
    dump("create").expect(9, "its policy lets everybody read, if only on a condition")
    store.client.delete_bucket_policy(Bucket=store.name)
    dump("create", "--store", f"s3://{pair.name}/dumps").expect(9, "its bucket is one of a pair")
    assert not store.client.list_objects_v2(Bucket=store.name).get("Contents")

    made = dump("create", "--if-verified", "--json").expect(0).json()
    assert made["rows"] > USERS
    assert "canary" not in json.dumps(made)
    dump("list").expect(0, made["dump"])
    dump("restore", target=shop.preview.create_database()).expect(2, "which dump is meant")

    # By masker: over what stands there, which has to be named.
    laptop = shop.preview.create_database()
    with psycopg.connect(laptop, autocommit=True) as conn:
        conn.execute("CREATE TABLE own (id integer)")
    dump("restore", "--latest", target=laptop).expect(9, "--confirm")
    dump("restore", "--latest", "--confirm", database_of(laptop), target=laptop).expect(0, "its gate is open")
    run("verify", "--gate", "--target", laptop, "--key-file", key).expect(0)
    shop.expect_masked(laptop)
    with psycopg.connect(laptop) as conn:
        assert conn.execute("SELECT to_regclass('own')").fetchone() == (None,)

    noted = run("runs", "-c", settings, "--json").expect(0).json()["runs"]
    done = {(each["of"], each["subject"], each["rows"]) for each in noted if each["status"] == "done"}
    assert done == {(f"dump {command}", made["dump"], made["rows"]) for command in ("create", "restore")}
    assert {each["of"] for each in noted if each["status"] == "refused"} == {"dump create", "dump restore"}
    run("runs", "-c", settings).expect(0, f"dump restore +done .*: {made['dump']}")

    # By pg_restore: as it was dumped, with one row otherwise, without masker's schema.
    archive = tmp_path / "data.dump"
    store.client.download_file(store.name, f"preview/{made['dump']}/data.dump", str(archive))
    restored = {}
    for how, more in (("whole", []), ("changed", []), ("bare", ["--exclude-schema=masker"])):
        restored[how] = shop.preview.create_database()
        program = find_postgres()[shop.preview.major] / "pg_restore"
        command = [str(program), "--no-owner", "--no-privileges", *more, "--dbname", restored[how], str(archive)]
        subprocess.run(command, check=True, env={**os.environ, "PGPASSWORD": ""})
    run("verify", "--gate", "--target", restored["whole"]).expect(8)
    with psycopg.connect(restored["changed"], autocommit=True) as conn:
        conn.execute("UPDATE users SET role = role || '!' WHERE id = 1")
        conn.execute("DROP INDEX IF EXISTS index_orders_on_user_id")
    dump("accept", "--latest", target=restored["changed"]).expect(8, "fail +proof: users")
    dump("accept", "--latest", target=restored["bare"]).expect(8, "schema masker has to be restored")
    for how in ("changed", "bare"):
        run("verify", "--gate", "--target", restored[how]).expect(8)
    # What is another run's source, or protected, gets no marker.
    dump("accept", "--latest", target=restored["whole"], MASKER_SOURCE=restored["whole"]).expect(9, "the same database")
    for statement in ("SET masker.protected TO 'on'", "RESET masker.protected"):
        with psycopg.connect(restored["whole"], autocommit=True) as conn:
            conn.execute(f"ALTER DATABASE {database_of(restored['whole'])} {statement}".encode())
        if statement.startswith("SET"):
            dump("accept", "--latest", target=restored["whole"]).expect(9, "it is protected")
    # Somebody writes while it is looked at: what is accepted is what stands there afterwards.
    with psycopg.connect(restored["whole"]) as writer:
        writer.execute("UPDATE users SET role = role || '!' WHERE id = 1")
        with start(*accept, env={"MASKER_TARGET": restored["whole"], **CREDENTIALS}) as started:
            eventually(lambda: _waits(shop, restored["whole"]))
            writer.commit()
            started.wait().expect(8, "fail +proof: users")
    with psycopg.connect(restored["whole"], autocommit=True) as conn:
        conn.execute("UPDATE users SET role = rtrim(role, '!') WHERE id = 1")
    dump("accept", made["dump"], target=restored["whole"]).expect(0, "its gate is open")
    run("verify", "--gate", "--target", restored["whole"], "--key-file", key).expect(0)
    run("verify", "--no-source", "--target", restored["whole"], "--key-file", key).expect(0, "0 failed, 0 not run")

    # The manifest is sealed, and so is what it says of the file.
    at = f"preview/{made['dump']}/manifest.json"
    manifest = json.loads(store.client.get_object(Bucket=store.name, Key=at)["Body"].read())
    manifest["run"] = "aaaaaaaa"
    store.client.put_object(Bucket=store.name, Key=at, Body=json.dumps(manifest).encode())
    dump("accept", "--latest", target=laptop).expect(9, "sealed with another key, or altered")
    assert [one["dump"] for one in dump("list", "--json").expect(0).json()["unread"]] == [made["dump"]]

    # Retention: the newest stay that can be trusted, what cannot, and what is no dump.
    older = dump("create", "--json").expect(0).json()["dump"]
    time.sleep(1)  # a dump's name has the second in it
    newest = dump("create", "--json").expect(0).json()["dump"]
    stranger, unfinished = "20990101T000000Z-aaaaaaaa", "20190101T000000Z-aaaaaaaa"
    for name in (f"{stranger}/data.dump", f"{stranger}/manifest.json", f"{unfinished}/data.dump", "notes.txt"):
        store.client.put_object(Bucket=store.name, Key=f"preview/{name}", Body=b"x")
    pruned = dump("prune", "--keep", "1", "--json").expect(0).json()
    assert (pruned["deleted"], pruned["kept"]) == ([older, unfinished], [newest])
    assert [one["dump"] for one in pruned["unread"]] == [stranger, made["dump"]]
    left = {entry["Key"].split("/")[1] for entry in store.client.list_objects_v2(Bucket=store.name)["Contents"]}
    assert left == {"notes.txt", stranger, newest, made["dump"]}


def _waits(shop: Shop, url: str) -> bool:
    with shop.preview.connect(url) as conn:
        return (
            one(
                conn,
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'ShareLock' AND relation ="
                " 'users'::regclass)",
            )
            is True
        )
