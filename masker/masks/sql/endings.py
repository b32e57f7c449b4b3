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


#: Characters of endings, their points included, the most usual first.
_SIZES = (4, 5, 3)


def ending(name: exp.Expression) -> exp.Expression:
    """The ending of *name*, its point included, in lower case; empty where it is none of those known."""
    branches = [f"WHEN {_is_known(size)} THEN {_last(size)}" for size in _SIZES]
    return formula(f"CASE {' '.join(branches)} ELSE '' END", v=name)


def by_ending(name: exp.Expression, make: Callable[[exp.Expression | None, int], exp.Expression]) -> exp.Expression:
    """What *make* makes of the ending of *name*, as :func:`ending` has it, and its characters; of none where it has
    none. Told by length, so that nothing is computed twice."""
    made = {f"made{size}": make(formula(_last(size), v=name), size) for size in _SIZES}
    branches = [f"WHEN {_is_known(size)} THEN {{made{size}}}" for size in _SIZES]
    return formula(f"CASE {' '.join(branches)} ELSE {{none}} END", v=name, none=make(None, 0), **made)


def _is_known(size: int) -> str:
    """Whether so many characters at the end are a known ending: looked up where a point stands, since that takes a
    third of the time; a pattern of all endings takes twenty times as long."""
    listed = ", ".join(f"'.{known}'" for known in _ENDINGS if len(known) == size - 1)
    return f"{{v}} COLLATE pg_catalog.\"C\" LIKE '%.{'_' * (size - 1)}' AND {_last(size)} IN ({listed})"


def _last(size: int) -> str:
    """The last characters in lower case: those of ASCII, which takes a quarter of the time of a language's rules."""
    return f'lower(right({{v}}, {size}) COLLATE pg_catalog."C")'
