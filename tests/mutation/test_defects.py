"""A run of masker that has a defect ends before it publishes, whichever of its parts is at fault."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.executable import run
from tests.mutation.conftest import RULES
from tests.mutation.defects import DEFECTS, GROUPS, Defect
from tests.servers import Server

_NUMBER = itertools.count(1)


_GROUPED = {name for group in GROUPS for name in group.name.split(" · ")}


@pytest.mark.parametrize(
    "defect",
    [*GROUPS, *(pytest.param(each, marks=pytest.mark.slow if each.name in _GROUPED else ()) for each in DEFECTS)],
    ids=str,
)
def test_a_planted_defect_ends_the_run(defect: Defect, library: str, preview: Server, tmp_path: Path) -> None:
    defect.plant(tmp_path)
    name = f"defective{next(_NUMBER)}"
    target = preview.url(name)
    done = run("copy", "--source", library, "--target", target, "--rules", RULES, "--confirm", name, folder=tmp_path)
    assert done.code in {3, 6, 8}, f"exit {done.code}\n{done.err}{done.out}"
    done.expect(done.code, *defect.findings)
    assert name not in preview.databases()


def test_without_a_defect_it_publishes(library: str, preview: Server, tmp_path: Path) -> None:
    Defect("none", (), ()).plant(tmp_path)
    target = preview.create_database()
    run(
        "copy",
        "--source",
        library,
        "--target",
        target,
        "--rules",
        RULES,
        "--confirm",
        target.rsplit("/", 1)[1],
        folder=tmp_path,
    ).expect(0)
