"""The file that a signature is kept in: ``masking.yml.sig`` beside the first rule file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from masker.errors import Problem, RuleErrors
from masker.ruleset.files import read_text, write_text
from masker.signing.decisions import Decisions

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """*by* whom and when (*at*, ISO 8601 in UTC), over which *files* (their names and SHA-256) and *decisions*.

    *ssh* is an armored SSH signature of :meth:`payload`, None where it is only recorded.
    """

    by: str
    at: str
    files: Mapping[str, str]
    decisions: Decisions
    ssh: str | None = None

    def signed(self) -> dict[str, Any]:
        return {
            "version": _VERSION,
            "by": self.by,
            "at": self.at,
            "files": dict(self.files),
            "decisions": {table: dict(decided) for table, decided in self.decisions.items()},
        }

    def payload(self) -> bytes:
        """What a key signs."""
        return json.dumps(self.signed(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signature_path(rules: Sequence[Path]) -> Path:
    """Where the signature of *rules* is kept."""
    return rules[0].with_name(f"{rules[0].name}.sig")


def file_digests(rules: Sequence[Path]) -> dict[str, str]:
    """The SHA-256 of each file by its name. Raises RuleErrors."""
    found = {path.name: read_text(path) for path in rules}
    if problems := [text for text in found.values() if isinstance(text, Problem)]:
        raise RuleErrors(problems)
    return {name: hashlib.sha256(str(text).encode()).hexdigest() for name, text in found.items()}


def write_signature(path: Path, signature: Signature) -> str | None:
    """Write it, whole or not at all. Returns why it could not be done, None if it was."""
    document = {"signed": signature.signed(), "ssh": signature.ssh}
    return write_text(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def read_signature(path: Path) -> Signature | None:
    """The signature at *path*, None where there is none. Raises RuleErrors for what is no signature."""
    if not path.exists():
        return None
    text = read_text(path, most=64 * 1024 * 1024)
    problem = text if isinstance(text, Problem) else None
    if isinstance(text, str):
        try:
            document = json.loads(text)
            signed = document["signed"]
            if signed["version"] == _VERSION:
                return Signature(
                    by=str(signed["by"]),
                    at=str(signed["at"]),
                    files=dict(signed["files"]),
                    decisions={table: dict(each) for table, each in signed["decisions"].items()},
                    ssh=document.get("ssh"),
                )
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        problem = Problem(str(path), "this is no signature of rules", "write it anew: masker rules sign")
    raise RuleErrors([problem] if problem is not None else [])
