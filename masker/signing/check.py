"""The rules of a run held against what was signed of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from masker.errors import ManyProblems, Problem, Refused
from masker.notes import Note
from masker.ruleset.types import Resolution
from masker.signing.decisions import Changes, changes, decisions
from masker.signing.file import Signature, file_digests, read_signature, signature_path
from masker.signing.ssh import ssh_fault

#: Changes that a note lists one by one.
_MOST = 5


class NotSigned(ManyProblems, Refused):
    """What the rules of a run decide and nobody has signed."""

    exit_code = Refused.exit_code
    code = Refused.code

    def told_as_note(self) -> str:
        """What a plan tells of it, which refuses nothing."""
        first = self.problems[0]
        more = f", and {len(self.problems) - 1} more" if len(self.problems) > 1 else ""
        return f"a run would be refused: {first.subject}: {first.found}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A *signature*, whether it is *proven*, and what has become of the rules since."""

    file: Path
    signature: Signature
    is_proven: bool
    changes: Changes
    has_other_text: bool

    @property
    def text(self) -> str:
        """By whom, when, and how that is known."""
        how = "proven by an SSH signature" if self.is_proven else "recorded, not proven"
        return f"signed by {self.signature.by} on {self.signature.at[:10]}: {how}"

    def notes(self) -> Sequence[Note]:
        """What a plan tells of it."""
        since = [*self.changes.changed, *self.changes.new, *self.changes.others]
        parts = [f"{subject}: {told}" for subject, told in since[:_MOST]]
        if len(since) > _MOST:
            parts.append(f"and {len(since) - _MOST} more")
        if not since and self.has_other_text:
            parts = ["the files' text has changed since, and no decision has"]
        return [
            Note(
                subject=str(self.file),
                text=f"{self.text}{'; since then ' if since else '; ' if parts else ''}{'; '.join(parts)}",
            )
        ]

    def record(self) -> Mapping[str, Any]:
        """What a marker says of it."""
        return {
            "by": self.signature.by,
            "at": self.signature.at,
            "proven": self.is_proven,
            "unsigned": [subject for subject, _ in (*self.changes.changed, *self.changes.new)],
        }


def signed_rules(
    rules: Sequence[Path], resolution: Resolution, *, required: bool, signers: Path | None
) -> tuple[Signed | None, NotSigned | None]:
    """The signature of *rules*, None where there is none, and why a run under *resolution* is refused: a signature is
    *required*, as it is wherever *signers* are given, and is none of theirs, or does not cover what is decided. Raises
    RuleErrors and UsageError for what cannot be looked at."""
    required = required or signers is not None
    if not rules:
        return None, None
    path, sign = signature_path(rules), "--by NAME" if signers is None else "--by NAME --ssh-key KEY"
    signature = read_signature(path)
    if signature is None:
        missing = Problem(
            str(path), "there is no signature, and one is required", f"masker rules sign {rules[0]} {sign}"
        )
        return None, _refused([missing], ()) if required else None
    fault = None
    if signers is not None:
        fault = (
            "it has no SSH signature"
            if signature.ssh is None
            else ssh_fault(signers, signature.by, signature.ssh, signature.payload())
        )
    found = Signed(
        file=path,
        signature=signature,
        is_proven=signers is not None and fault is None,
        changes=changes(signature.decisions, decisions(resolution, signature.decisions)),
        has_other_text=dict(signature.files) != file_digests(rules),
    )
    if fault is not None:
        unproven = Problem(str(path), f"{signers} does not prove that {signature.by} has signed it ({fault})")
        return found, _refused([unproven], ())
    unsigned = [*found.changes.changed, *found.changes.new]
    if not (required and unsigned):
        return found, None
    hint = f"have {signature.by}, or whoever answers for it, sign it: masker rules sign {rules[0]} {sign}"
    return found, _refused([Problem(subject, told, hint) for subject, told in unsigned], found.changes.others)


def _refused(problems: Sequence[Problem], others: Sequence[tuple[str, str]]) -> NotSigned:
    count = len(problems)
    error = NotSigned(
        f"rules: {count} thing{'s' if count != 1 else ''} that nobody has signed, nothing was started", problems
    )
    if others:
        error.aftermath = "\n".join(
            ["changed besides, and no reason to refuse:", *(f"    {s}: {t}" for s, t in others)]
        )
    return error
