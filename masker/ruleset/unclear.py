"""What YAML reads as something else than what stands in a file: values that are not there, ``null`` where it says
nothing, numbers and truth values that are written as texts are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from masker.errors import Position, Problem
from masker.ruleset.complaints import inner_of, subject_of
from masker.ruleset.document import Document, Path


def unclear(document: Document, told: Collection[Position]) -> Iterator[Problem]:
    """A problem for each value of rules that means something else than it seems to. Of what stands at the positions
    *told* something else has been said."""
    for path, written in document.nulls.items():
        if document.value_position(path) in told or (written and _is_for_null(path)):
            continue
        found, hint = _null(path) if written else _nothing(path)
        yield Problem(subject_of(path, document), inner_of(path) + found, hint, document.key_position(path))
    for path in document.misread:
        position = document.value_position(path)
        what = misread(document, path, becomes_text=_becomes_text(path, document))
        if what is not None and position not in told:
            found, hint = what
            yield Problem(subject_of(path, document), inner_of(path) + found, hint, position)
    for path in document.folded:
        if path[-1] in _SQL and _has_line_comment(str(document.at(path))):
            found = "a comment with --, and YAML makes one line of its text, all of whose rest it is"
            position = document.value_position(path)
            yield Problem(subject_of(path, document), inner_of(path) + found, "write `|` before it", position)


#: Keys of expressions.
_SQL = frozenset({"rows", "where", "unless", "when", "sql"})

#: A whole number that others than YAML 1.2 read as octal, or that is a code.
_ZEROS = re.compile(r"[-+]?0[0-9_]+")


def _has_line_comment(text: str) -> bool:
    """Whether the expression *text* has a comment to the end of its line, and not only ``--`` in a literal, a name or a
    comment of the other form. What is no SQL at all is told elsewhere."""
    if "--" not in text:
        return False
    # The grammar is a library of its own, which rules without SQL do without.
    from masker.masks.sql.grammar import GrammarError, tokens

    try:
        return any(token.name == "SQL_COMMENT" for token in tokens(text))
    except GrammarError:
        return False


def misread(document: Document, path: Path, *, becomes_text: bool) -> tuple[str, str] | None:
    """What is wrong with the number or truth value at *path*, and what to write: wherever it *becomes_text*, and
    elsewhere with whole numbers that begin with a zero, such as 007. Nobody reads 1_000 otherwise."""
    value, written = document.at(path), document.misread[path]
    if not (becomes_text or _ZEROS.fullmatch(written)):
        return None
    read = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{written} is read as {read}", f'write "{written}", in quotes, if it is a text, or {read}'


def unclear_values(document: Document, empty: Iterable[Path], hint: str, *, become_text: bool) -> Iterator[Problem]:
    """A problem for each value of *document* that is misread, or where nothing stands: at *empty*, for which *hint*
    tells what to write."""
    for path in empty:
        yield Problem(_dotted(path), "nothing stands here", hint, document.key_position(path))
    for path in document.misread:
        if (what := misread(document, path, becomes_text=become_text)) is not None:
            yield Problem(_dotted(path), *what, document.value_position(path))


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _is_mask(path: Path) -> bool:
    """Whether a mask may stand at *path*, ``null`` among them."""
    match path:
        case ("tables", _, "columns", _):
            return True
        case ("tables", _, "columns", _, *_, last) | ("defaults", _, last):
            return last in {"of", "else", "mask"} or path[-2] in {"paths", "keys"}
        case ("defaults", _, *_, before, last):
            return last in {"of", "else", "mask"} or before in {"paths", "keys"}
        case _:
            return False


def _is_for_null(path: Path) -> bool:
    """Whether a ``null`` that is written at *path* says something."""
    return _is_mask(path) or path[-1] in {"undecided", "other"} or (path[0] == "facts" and len(path) > 1)


def _becomes_text(path: Path, document: Document) -> bool:
    """Whether a mask writes into the column what stands at *path*. Weights of a choice are numbers."""
    if path[0] not in {"tables", "defaults"}:
        return False
    return path[-1] == "value" or (
        path[-2] == "values" and (isinstance(path[-1], int) or document.at((*path[:-2], "mask")) == "map")
    )


def _nothing(path: Path) -> tuple[str, str]:
    if _is_mask(path):
        return (
            "nothing stands here, expected a mask",
            "write the mask, `keep`, or `null` if every value is to be NULL",
        )
    return "nothing stands here", "write its value, or leave the key out"


def _null(path: Path) -> tuple[str, str]:
    if path[-1] == "rows":
        return "null says nothing here", "write `rows: none` if no row is to be copied, or leave the key out"
    return "null says nothing here", "write its value, or leave the key out"
