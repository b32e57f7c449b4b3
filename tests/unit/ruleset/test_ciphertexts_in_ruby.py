"""Ciphertexts are read by Ruby itself, whose libraries read them in a preview."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from masker.masks.encrypted import Ciphertext
from masker.masks.locales import LOCALES
from masker.ruleset.ciphertexts import ciphertexts, digester, texts
from masker.ruleset.gem_ciphertexts import gem_ciphertexts

_SCRIPT = Path(__file__).with_name("read_ciphertexts.rb")
_KEY = bytes(range(32))
_MASTER, _OWN = bytes(range(100, 132)), "k" * 32


def _ruby() -> str:
    """Ruby with OpenSSL."""
    ruby = shutil.which("ruby")
    if ruby is None or subprocess.run([ruby, "-e", "require 'openssl'"], capture_output=True).returncode != 0:
        pytest.skip("Ruby with OpenSSL is not installed (Debian package ruby)")
    return ruby


@pytest.mark.parametrize("locale", ["en_US", "ja_JP"])
def test_ruby_reads_the_ciphertexts_of_each_library(locale: str) -> None:
    ruby, spoken = _ruby(), LOCALES[locale]
    plain = Ciphertext.model_validate({"of": "full_name", "count": 30, "digest": "SHA256"})
    boxed = Ciphertext.model_validate(
        {"library": "lockbox", "of": "email", "count": 30, "key_table": "people", "key_attribute": "email"}
    )
    paired = Ciphertext.model_validate(
        {"library": "attr_encrypted", "of": "full_name", "count": 30, "keys": {"key": {"env": "K"}}}
    )
    ivs = paired.model_copy(update={"part": "iv"})
    given = {
        "active_record": {
            "password": "preview key",
            "salt": "preview salt",
            "stored": ciphertexts(plain, "preview key", "preview salt", spoken, _KEY),
        },
        "lockbox": {
            "master": _MASTER.hex(),
            "table": "people",
            "attribute": "email",
            "stored": gem_ciphertexts(boxed, _MASTER, spoken, _KEY),
        },
        "attr_encrypted": {
            "key": _OWN,
            "stored": [
                *zip(*(gem_ciphertexts(rule, _OWN.encode(), spoken, _KEY) for rule in (paired, ivs)), strict=True)
            ],
        },
    }
    read = subprocess.run([ruby, str(_SCRIPT)], input=json.dumps(given), capture_output=True, text=True, check=True)
    assert json.loads(read.stdout) == {
        name: [*texts(rule, spoken, digester(rule, spoken, _KEY))]
        for name, rule in (("active_record", plain), ("lockbox", boxed), ("attr_encrypted", paired))
    }
