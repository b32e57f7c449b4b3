"""SQL laid out over lines, for people: what it means stays as it is."""

from __future__ import annotations

from masker.masks.sql.grammar import tokens

_BREAKS = frozenset({"WHEN", "ELSE", "END_P", "FROM", "WHERE"})

_OPENING, _CLOSING = frozenset({"ASCII_40", "ASCII_91"}), frozenset({"ASCII_41", "ASCII_93"})


def laid_out(sql: str) -> str:
    """*sql* with a new line before each branch of a CASE and each FROM of a query, indented as deep as they are nested.
    Raises GrammarError.

    >>> print(laid_out("CASE WHEN a THEN b ELSE (SELECT c FROM d) END"))
    CASE
      WHEN a THEN b
      ELSE (SELECT c
        FROM d)
    END
    """
    text = sql.encode("utf-8", "surrogateescape")
    parts: list[str] = []
    # What is open: a CASE, the parentheses of a query, or of anything else.
    opened: list[str] = []
    at, before = 0, ""
    for token in tokens(sql):
        word = text[token.start : token.end].decode("utf-8", "surrogateescape")
        if before in _OPENING and token.name == "SELECT":
            opened[-1] = "SELECT"
        depth = sum(each != "(" for each in opened)
        innermost = opened[-1] if opened else ""
        breaks = token.name in _BREAKS and innermost == ("CASE" if token.name not in {"FROM", "WHERE"} else "SELECT")
        if breaks:
            parts.append("\n" + "  " * (depth - (token.name == "END_P")))
        else:
            parts.append(text[at : token.start].decode("utf-8", "surrogateescape"))
        if token.name == "CASE":
            opened.append("CASE")
        elif token.name in _OPENING:
            opened.append("(")
        elif opened and token.name in {"END_P", *_CLOSING}:
            opened.pop()
        parts.append(word)
        at, before = token.end, token.name
    return "".join(parts)
