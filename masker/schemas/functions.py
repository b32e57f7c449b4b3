"""Which functions of the file an expression calls, and whether they may read rows: as the catalog's reader judges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from masker.masks.sql.grammar import Tree, nodes
from masker.schemas.drafts import FunctionDraft

_WORD = re.compile(r"[\w$]+")

#: With one of these words in it, a text may read rows.
_READS = re.compile(r"\b(?:from|join|execute|perform|table|call)\b", re.IGNORECASE)


class Functions:
    """The functions of a file. One of another schema than pg_catalog is no function of the server's own."""

    def __init__(self, functions: Iterable[FunctionDraft]) -> None:
        known = [f for f in functions if not f.returns_trigger]
        self._names = {f.name for f in known}
        innocent = {f.name: f for f in known if f.text is not None and not _READS.search(f.text)}
        self._reading = {f.name for f in known if not f.is_compiled and (f.text is None or _READS.search(f.text))}
        while more := {
            name
            for name, f in innocent.items()
            if name not in self._reading and not self._reading.isdisjoint(_WORD.findall(f.text or ""))
        }:
            self._reading |= more

    def calls(self, tree: Tree) -> bool:
        """Whether *tree* calls functions, or operators, that are not the server's own."""
        return any(schema not in {None, "pg_catalog"} or name in self._names for schema, name in _called(tree))

    def reads(self, tree: Tree) -> bool:
        """Whether *tree* calls functions that may read rows."""
        return any(name in self._reading for _, name in _called(tree))


def _called(tree: Tree) -> Iterator[tuple[str | None, str]]:
    for kind, node in nodes(tree):
        names = node.get("funcname") if kind == "FuncCall" else node.get("name") if kind == "A_Expr" else None
        if names:
            parts = [name["String"]["sval"] for name in names]
            yield (parts[-2] if len(parts) > 1 else None), parts[-1]
