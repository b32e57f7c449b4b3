"""Endings of file names that tell a kind of file, and so nobody's name."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from masker.masks.sql.formula import formula

_ENDINGS = (
    "7z", "aac", "ai", "avi", "avif", "bmp", "bz2", "css", "csv", "doc", "docx", "dwg", "eml", "eps", "epub", "flac",
    "gif", "gz", "heic", "heif", "htm", "html", "ico", "ics", "jp2", "jpe", "jpeg", "jpg", "js", "json", "key", "log",
    "m4a", "m4v", "md", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "msg", "odp", "ods", "odt", "ogg", "pdf", "php",
    "png", "ppt", "pptx", "ps", "psd", "rar", "rb", "rtf", "svg", "tar", "tgz", "tif", "tiff", "ts", "tsv", "txt",
    "vcf", "wav", "webm", "webp", "wma", "wmv", "xls", "xlsm", "xlsx", "xml", "yaml", "yml", "zip",
)  # fmt: skip

#: Characters of an ending, its point included.
LONGEST_ENDING = max(map(len, _ENDINGS)) + 1


def ending(name: exp.Expression) -> exp.Expression:
    """The ending of *name*, its point included, in lower case; empty where it is none of those known."""
    # Looked up by length: a pattern of all of them takes twenty times as long.
    branches = [f"WHEN {_last(size)} IN ({_listed(size)}) THEN {_last(size)}" for size in (4, 5, 3)]
    return formula(
        f"CASE WHEN strpos(right({{v}}, {LONGEST_ENDING}), '.') = 0 THEN '' {' '.join(branches)} ELSE '' END", v=name
    )


def by_ending(name: exp.Expression, make: Callable[[exp.Expression | None, int], exp.Expression]) -> exp.Expression:
    """What *make* makes of the ending of *name*, as :func:`ending` has it, and its characters; of none where it has
    none. Told by length, so that nothing is computed twice."""
    none = make(None, 0)
    branches = []
    holes = {"none": none}
    for size in (4, 5, 3):
        found = formula(_last(size), v=name)
        holes[f"made{size}"] = make(found, size)
        branches.append(f"WHEN {_last(size)} IN ({_listed(size)}) THEN {{made{size}}}")
    has_none = f"strpos(right({{v}}, {LONGEST_ENDING}), '.') = 0"
    return formula(f"CASE WHEN {has_none} THEN {{none}} {' '.join(branches)} ELSE {{none}} END", v=name, **holes)


def _last(size: int) -> str:
    """The last characters in lower case: those of ASCII, which takes a quarter of the time of a language's rules."""
    return f'lower(right({{v}}, {size}) COLLATE pg_catalog."C")'


def _listed(size: int) -> str:
    return ", ".join(f"'.{known}'" for known in _ENDINGS if len(known) == size - 1)
