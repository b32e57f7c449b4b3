"""Python programs that mask a PostgreSQL database, from PyPI, each in a virtual environment of its own.

Each is set up as fast as it goes while it still masks the twelve columns in its own way. Where a program takes SQL in
its rules, SQL is used only for what it has no way of its own for: else psql would be measured, which the plain UPDATE
does already.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.processes import run

#: Their names on PyPI and the releases that were measured.
RELEASES = {"pganonymize": "0.13.0", "pynonymizer": "2.5.0", "pg_anon": "1.12.0"}

_NAMES = ("あすか", "健太", "由美", "Emma", "Liam", "Olivia")
_BCRYPT_HASH = "$2a$12$K0ByB.6YI2/OYrB4fQOYLe6Tv0datUVf6VZ/2Jzwm879BW5K1cHey"
_DUMPED = "masked_by_pg_anon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Mask the users of the database at *url* whose id is *rows* at most. *bin_dir* has the server's own client
    programs."""

    url: str
    rows: int
    workers: int
    bin_dir: Path
    folder: Path  # of the virtual environments


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymizer:
    """*mask* says how many seconds it took. *most_rows* is how many it is timed on; the rest would take as long
    each."""

    name: str
    title: str
    mask: Callable[[Task], float]
    most_rows: int | None = None


def install(folder: Path, say: Callable[[str], None]) -> None:
    """Make the virtual environments that are not there yet."""
    for name, release in RELEASES.items():
        if missing(folder, name) is None:
            continue
        say(f"installing {name} {release}")
        venv.create(folder / name, with_pip=True, clear=True)
        # One without a wheel for this machine is left out by its line in the table, the others are measured.
        subprocess.run(
            [folder / name / "bin" / "pip", "install", "-q", f"{name}=={release}"],
            check=False,
            stdout=subprocess.DEVNULL,
        )


def missing(folder: Path | None, name: str) -> str | None:
    """Why *name* cannot run, or None."""
    if folder is None:
        return "no --rivals DIR was given"
    return (
        None
        if (folder / name / "bin" / name).exists()
        else f"{name} is not installed in {folder.name}/{name} (--install-rivals)"
    )


def _pganonymize(task: Task) -> float:
    """Row by row in Python, into a temporary table, then one UPDATE from it. Its `choice` and `set` cost less than its
    `fake`; the two addresses of type inet it cannot write."""
    providers: dict[str, object] = {
        "email": {"provider": {"name": "set", "value": "user"}, "format": "{pga_value}{id}@example.com"},
        "encrypted_password": {"provider": {"name": "set", "value": _BCRYPT_HASH}},
        "reset_password_token": {"provider": {"name": "md5"}},
        "first_name": _choice(_NAMES),
        "last_name": _choice(_NAMES),
        "last_name_kana": _choice(("カナ", "ハナ")),
        "phone": {"provider": {"name": "set", "value": "000"}, "format": "{pga_value}-{id}"},
        "postal_code": _choice(("000-0000", "000-0001")),
        "address": {"provider": {"name": "set", "value": "Address"}, "format": "{pga_value} {id}"},
        "birthday": {"provider": {"name": "fake.date_object"}},
    }
    schema = {
        "tables": [
            {
                "users": {
                    "primary_key": "id",
                    "search": f"id <= {task.rows}",
                    "fields": [{n: p} for n, p in providers.items()],
                }
            }
        ]
    }
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "schema.yml"
        rules.write_text(json.dumps(schema), encoding="utf-8")  # YAML reads JSON
        return _timed(
            task,
            "pganonymize",
            ["--schema", rules, *_address(task.url, "dbname", "user", "password", "host", "port")],
            folder,
        )


def _choice(values: Sequence[str]) -> dict[str, object]:
    return {"provider": {"name": "choice", "values": list(values)}}


def _pynonymizer(task: Task) -> float:
    """One UPDATE through psql that picks from a table of 150 made-up rows, a sub-select for each column."""
    columns = {
        "email": "unique_email",
        "encrypted_password": f"('{_BCRYPT_HASH}')",
        "reset_password_token": "(CASE WHEN reset_password_token IS NOT NULL THEN md5(random()::text) END)",
        "first_name": "first_name",
        "last_name": "last_name",
        "last_name_kana": "last_name",
        "phone": "phone_number",
        "postal_code": "postcode",
        "address": "street_address",
        "birthday": {"type": "fake_update", "fake_type": "date_of_birth"},
        "current_sign_in_ip": {"type": "fake_update", "fake_type": "ipv4_public", "sql_type": "inet"},
        "last_sign_in_ip": {"type": "fake_update", "fake_type": "ipv4_public", "sql_type": "inet"},
    }
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "strategy.yml"
        rules.write_text(json.dumps({"tables": {"users": {"columns": columns}}}), encoding="utf-8")
        names = {
            "host": "db-host",
            "port": "db-port",
            "dbname": "db-name",
            "user": "db-user",
            "password": "db-password",
        }
        address = [item for key, flag in names.items() for item in (f"--{flag}", str(conninfo_to_dict(task.url)[key]))]
        return _timed(
            task,
            "pynonymizer",
            ["--db-type", "postgres", "--only-step", "ANONYMIZE_DB", "--strategy", rules, *address],
            folder,
        )


def _pg_anon(task: Task) -> float:
    """A masked dump of users alone, restored into an empty database, which takes the other's name. Its functions are
    made beforehand."""
    fields = {
        "email": "md5(email) || '@example.com'",
        "encrypted_password": f"'{_BCRYPT_HASH}'",
        "reset_password_token": "md5(reset_password_token)",
        "first_name": "anon_funcs.random_in(array['あすか', '健太', 'Emma'])",
        "last_name": "anon_funcs.random_in(array['藤井', '佐藤', 'Brown'])",
        "last_name_kana": "anon_funcs.random_in(array['カナ', 'ハナ'])",
        "phone": "anon_funcs.random_phone('090')",
        "postal_code": "anon_funcs.random_zip()",
        "address": "md5(address)",
        "birthday": "anon_funcs.dnoise(birthday, interval '30 days')",
        "current_sign_in_ip": "'192.0.2.1'::inet",
        "last_sign_in_ip": "'192.0.2.2'::inet",
    }
    names = {"host": "--db-host", "port": "--db-port", "user": "--db-user", "password": "--db-user-password"}
    options = conninfo_to_dict(task.url)
    address = [item for key, flag in names.items() for item in (flag, str(options[key]))]
    connections = ["--db-connections", str(task.workers), "--disable-checks"]
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(task.url, dbname="postgres", autocommit=True) as admin,
    ):
        rules, only, dump = Path(folder) / "rules.py", Path(folder) / "only.py", Path(folder) / "dump"
        rules.write_text(
            repr({"dictionary": [{"schema": "public", "table": "users", "fields": fields}]}), encoding="utf-8"
        )
        only.write_text(repr({"tables": [{"schema": "public", "table": "users"}]}), encoding="utf-8")
        _timed(task, "pg_anon", ["init", "--db-name", str(options["dbname"]), *address], folder)
        admin.execute(f"DROP DATABASE IF EXISTS {_DUMPED} WITH (FORCE)".encode())
        admin.execute(f"CREATE DATABASE {_DUMPED} TEMPLATE template0".encode())
        common: list[str | Path] = [*address, *connections, "--partial-tables-dict-file", only]
        source: list[str | Path] = [
            "--db-name",
            str(options["dbname"]),
            "--prepared-sens-dict-file",
            rules,
            "--output-dir",
            dump,
            "--pg-dump",
            task.bin_dir / "pg_dump",
        ]
        target: list[str | Path] = [
            "--db-name",
            _DUMPED,
            "--input-dir",
            dump,
            "--pg-restore",
            task.bin_dir / "pg_restore",
        ]
        elapsed = _timed(task, "pg_anon", ["dump", *source, *common], folder)
        elapsed += _timed(task, "pg_anon", ["restore", *target, *common], folder)
        admin.execute(f'DROP DATABASE "{options["dbname"]}" WITH (FORCE)'.encode())
        admin.execute(f'ALTER DATABASE {_DUMPED} RENAME TO "{options["dbname"]}"'.encode())
    return elapsed


def _timed(task: Task, name: str, arguments: Sequence[str | Path], folder: str) -> float:
    """Seconds of one run of *name* in *folder*, where it may leave what it likes. Raises Failed if it fails."""
    paths = {"PATH": f"{task.bin_dir}{os.pathsep}{os.environ['PATH']}", "HOME": folder}
    return run([task.folder.resolve() / name / "bin" / name, *arguments], paths, folder).elapsed_s


def _address(url: str, *keys: str) -> list[str]:
    options = conninfo_to_dict(url)
    return [item for key in keys for item in (f"--{key}", str(options[key]))]


ANONYMIZERS = (
    Anonymizer(name="pganonymize", title="pganonymize, 10 columns", mask=_pganonymize, most_rows=20_000),
    Anonymizer(name="pynonymizer", title="pynonymizer", mask=_pynonymizer),
    Anonymizer(name="pg_anon", title="pg_anon, a masked dump of users restored", mask=_pg_anon),
)
