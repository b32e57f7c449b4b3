"""The lines of shell that the tutorial shows, run as they stand there; only the databases are the test's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.executable import ROOT, Done
from tests.shop import Shop, one


def lines(page: str) -> list[str]:
    """The commands of *page*'s console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_first_copy_goes_as_the_tutorial_shows(shop: Shop, tmp_path: Path) -> None:
    shown = lines("docs/start/first-copy.md")
    assert sum("masker copy" in line for line in shown) == 1
    (tmp_path / "config").mkdir()
    script = "\n".join(["set -e", f'masker() {{ "{sys.executable}" -m masker "$@"; }}', *shown])
    environment = os.environ | {
        "PRODUCTION_DATABASE_URL": shop.source,
        "PREVIEW_DATABASE_URL": shop.target,
        "PYTHONPATH": str(ROOT),
    }
    script = script.replace("--confirm preview", f"--confirm {shop.database}")
    done = subprocess.run(
        ["/bin/bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    Done(done.returncode, done.stdout, done.stderr).expect(0, "published", "0 failed")
    with shop.preview.connect(shop.target) as conn:
        # A draft keeps orders.code, whose name says nothing: it wants reading, as the tutorial says.
        left = one(conn, "SELECT count(*) FROM users WHERE concat(email, name, encrypted_password) ~* 'canary'")
    assert left == 0
