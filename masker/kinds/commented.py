"""The witness of comments: what was said of a column with COMMENT ON."""

from __future__ import annotations

import re
from collections.abc import Iterator

from masker.catalog.types import Column
from masker.kinds.kind import Kind
from masker.kinds.phrases import head_of
from masker.kinds.saying import Saying
from masker.kinds.vocabulary import PHRASES

_WITNESS = "comment"

_PERSONAL = re.compile(
    r"\b(?:sensitive|pii|personal(?:_data)?|confidential|private|gdpr)\s*[:=]\s*(?:true|yes|high|1)\b|\bpii\b"
    r"|personal data|personally identif|sensitive (?:data|information)|個人情報|要配慮|機微|機密|personenbezogen"
    r"|donn[ée]es? personnelle|datos? personal",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:sensitive|pii|personal(?:_data)?|confidential|private|gdpr)\s*[:=]\s*(?:false|no|none|low|0)\b"
    r"|\bno(?:t|n)?[ -]?pii\b"
    r"|not personal|個人情報(?:では|を含ま)ない",
    re.IGNORECASE,
)
_SECRET = re.compile(r"\b(?:secret|credential|encrypted|password)s?\b|秘密|暗号", re.IGNORECASE)

_SCRIPT = re.compile(r"[぀-ヿ㐀-鿿]")
_JAPANESE = sorted(
    (
        (phrase[0], kind)
        for phrase, kind in PHRASES.items()
        if len(phrase) == 1 and _SCRIPT.match(phrase[0]) and len(phrase[0]) > 1
    ),
    key=lambda found: -len(found[0]),
)
_FIRST = re.compile(r"[:：(（。.;；,、\n]")


def said_by_comment(column: Column) -> Iterator[Saying]:
    """What the comment on *column* says: that it is personal or not, or in its first words what it is."""
    comment = (column.comment or "").strip()
    if not comment:
        return
    if _HARMLESS.search(comment):
        yield Saying(_WITNESS, Kind.CODE, 0.93, "its comment says it is not personal")
        return
    first = _FIRST.split(comment, maxsplit=1)[0]
    found = next((kind for word, kind in _JAPANESE if word in first), None)
    if found is None and len(first) <= 40 and not _SCRIPT.search(first):
        head = head_of(first.replace(" ", "_"))
        found = (
            head.kind
            if head is not None and not head.obscured and len(head.phrase) >= min(2, len(first.split()))
            else None
        )
    if found is not None and found.is_personal:
        yield Saying(_WITNESS, found, 0.88, f"its comment says {found}")
    if _PERSONAL.search(comment):
        kind = Kind.SECRET if _SECRET.search(comment) else Kind.OTHER
        yield Saying(_WITNESS, kind, 0.8, "its comment says it is personal")
