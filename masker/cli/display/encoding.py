"""Output where not every character can be written: a terminal or a pipe that is not UTF-8."""

from __future__ import annotations

import codecs
import io
import json
from typing import IO

_HANDLER = "masker.spelled"

#: Signs of our own, in ASCII.
_SIGNS = {
    "✓": "ok",
    "✗": "FAILED",
    "→": "->",
    "…": "...",
    "·": "-",
    "•": "*",
    "–": "-",
    "—": "-",
    "×": "x",
    "µ": "u",
    "━": "=",
}


def spell_out(stream: IO[str]) -> None:
    """Have *stream* write what its encoding lacks in ASCII: signs by their like, letters as JSON has them,
    ``\\u5c71``."""
    codecs.register_error(_HANDLER, _spelled)
    if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
        stream.reconfigure(errors=_HANDLER)


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(
        _SIGNS.get(sign) or json.dumps(sign)[1:-1] for sign in error.object[error.start : error.end]
    ), error.end
