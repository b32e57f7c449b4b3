"""Rule files that are deeper or longer than any rule: refused with a reason and a place, before they cost a second."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.unit.ruleset.files import refused

_BASE = "version: 1\ntables:\n"

HOSTILE = {
    "20,000 brackets": (f"version: 1\ntables: {'[' * 20_000}", "a.yml:2:58   YAML: more than 50 levels"),
    "5,000 braces": (f"version: 1\ntables: {'{a: ' * 5000}{'}' * 5000}", "a.yml:2:202   YAML: more than 50 levels"),
    "1,500 levels": ("".join(f"{' ' * level}a:\n" for level in range(1500)), "a.yml:50:50   YAML: more than 50 levels"),
    "3,000 levels": (
        "".join(f"{' ' * level}a:\n" for level in range(3000)),
        "a.yml:1:1   a.yml: more than 2,097,152 bytes",
    ),
    "5,000 levels on one line": ("a:\n" + "- " * 5000 + "x", "a.yml:2:99   YAML: more than 50 levels"),
    "20 MB of tables": (
        _BASE + "".join(f"  t{n}: {{columns: {{a: keep, b: email}}}}\n" for n in range(500_000)),
        "a.yml:1:1   a.yml: more than 2,097,152 bytes",
    ),
    "a comment of 50 MB": (f"{_BASE}#{'x' * 50_000_000}\n", "a.yml:1:1   a.yml: more than 2,097,152 bytes"),
    "1 MB of a list": (f"version: 1\ninclude: [{'a,' * 500_000}]", "a.yml:1:1   a.yml: 500,002 lines and values"),
    "1 MB of lines": (
        f"version: 1\n{'- a' + chr(10) * 1}" + "- a\n" * 250_000,
        "a.yml:1:1   a.yml: 250,002 lines and values",
    ),
    "aliases of aliases": (
        "a0: &a0 [x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
        "more than 200,000 values",
    ),
    "a chain of 3,000 aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 3000)),
        "more than 50 levels",
    ),
    "a number of 5,000 digits": (f"version: {'9' * 5000}\n", "a.yml:1:10   version: a number of 5,000 digits"),
    "a path of 400 steps": (
        f"{_BASE}  t: {{columns: {{d: {{mask: json, other: drop, paths: {{$.a{'.a' * 399}: token}}}}}}}}\n",
        "a path of 400 steps, expected 30 at most",
    ),
}


#: Seconds of this thread: what is looked through without a limit takes minutes.
_ONCE = 10


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_no_one_writes_by_hand_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    text, found = HOSTILE[kind]
    began = time.thread_time()
    told = refused(tmp_path, text)
    assert any(found in line for line, _ in told), told[:3]
    assert time.thread_time() - began < _ONCE


def test_merged_aliases_of_merged_aliases_are_read_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 {k0: x}", *(f"a{n}: &a{n} {{k{n}: x, <<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40))]
    began = time.thread_time()
    assert any("a39: there is no such key" in line for line, _ in refused(tmp_path, "\n".join(lines)))
    assert time.thread_time() - began < _ONCE


def test_a_merged_mapping_gives_what_it_merged_itself_after_its_own(tmp_path: Path) -> None:
    text = (
        "version: 1\ntables:\n  a: &a {columns: {x: keep}}\n  b: &b {<<: *a, rows: none}\n  c: {<<: *b, strategy:"
        " batches}\n  d: {<<: *b, rows: all}\n"
    )
    assert refused(tmp_path, text) == []
