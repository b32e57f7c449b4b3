"""The tutorial on rules, every shell line of it run as it stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.executable import ROOT, run

_PAGE = ROOT / "docs" / "start" / "rules.md"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def _commands() -> Iterator[tuple[str, int, list[str]]]:
    """Each line with a prompt, the exit code it says, and the lines of output that stand below it."""
    for block in _blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *shown = part.rstrip("\n").split("\n")
            told = re.search(r"\s+# exit (\d)$", line)
            yield line[: told.start()] if told else line, int(told[1]) if told else 0, shown


def test_the_tutorial_goes_from_nothing_to_a_signed_file(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "schema.rb").write_text(_blocks("ruby")[0])
    lines = list(_commands())
    assert len(lines) > 10
    for line, code, shown in lines:
        if line.startswith("masker "):
            done = run(*shlex.split(line)[1:], folder=tmp_path)
            assert done.code == code, f"{line}: exit {done.code}\n{done.err}{done.out}"
            said = " ".join((done.out + done.err).split())
            for text in filter(None, map(str.strip, shown)):
                words = ".*?".join(r"\s".join(map(re.escape, part.split())) for part in text.split("…"))
                assert re.search(words, said), f"{line} does not say {text!r}:\n{done.out}{done.err}"
        else:
            subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)  # noqa: S607
    assert (tmp_path / "masking.yml.sig").is_file()
