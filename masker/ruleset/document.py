"""A YAML text as plain values, with the place of every key and value in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from masker.errors import Position, Problem

Path = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"

#: A rule for every column of the largest schema is far below; aliases of aliases of aliases are not.
_MOST_NODES = 200_000

#: Bytes of a file, and line ends, commas and brackets in it. What is longer is no rule file, and would take minutes to
#: parse.
MOST_BYTES = 2 * 1024 * 1024
_MOST_MARKS = 100_000
_MARKS = "\n,[{"

#: Levels of mappings and lists in each other. A rule inside of a document's path has nine.
_DEEPEST = 50

#: Digits of a number. Python refuses to read much longer ones.
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Document:
    """The *value* of a text: dicts (keys as they are written), lists, strings, numbers, booleans and None.

    *keys* and *values* give the position of a mapping's key and of any value by its path from the top, *nulls* the
    texts that are read as None: empty where nothing stands. *misread* are those of numbers and truth values that are
    not written as they are read, such as 007; *folded* the paths of texts whose lines YAML made one.
    """

    file: str
    value: Any
    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)
    nulls: dict[Path, str] = field(default_factory=dict)
    misread: dict[Path, str] = field(default_factory=dict)
    folded: set[Path] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def key_position(self, path: Path) -> Position:
        """Where the key stands that *path* ends in; for an element of a list, where the element begins."""
        return self.keys.get(path) or self.value_position(path)

    def value_position(self, path: Path) -> Position:
        """Where the value at *path* begins, or what it would stand in if there is none."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Position(self.file, 1, 1))

    @property
    def empty(self) -> list[Path]:
        """Where in the file a value belongs and nothing stands."""
        return [path for path, written in self.nulls.items() if path and not written]

    def at(self, path: Path) -> Any:
        """What stands at *path*, None if nothing does."""
        value = self.value
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value


def read_document(text: str, file: str, form: str = "begin it with `version: 1`") -> Document:
    """*text* parsed. What is no YAML at all, duplicate keys and unknown tags are the document's problems; its value
    then is partial. *form* is what to write into a file that holds nothing."""
    if reason := _too_long(text):
        return Document(file, None, problems=[too_long(file, reason)])
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        return _refused(file, error)
    except YAMLError as error:
        before = text[: getattr(error, "position", 0) or 0]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Document(
            file,
            None,
            problems=[
                Problem("YAML", "a control character is not allowed here", "remove it", Position(file, line, column))
            ],
        )
    if root is None:
        found = Problem(file, "the file holds nothing", form, Position(file, 1, 1))
        return Document(file, None, problems=[found])
    document = Document(file, None)
    value = _Conversion(document, yaml).convert(root, (), ())
    return replace(document, value=value)


def too_long(file: str, found: str) -> Problem:
    """What is said of a file that no one has written by hand; *found* says how long it is."""
    return Problem(
        file,
        found,
        "put the rules into several files, or decide columns that are alike by a pattern, under `defaults:`",
        Position(file, 1, 1),
    )


def _too_long(text: str) -> str | None:
    if len(text) > MOST_BYTES:
        return f"{len(text):,} characters, expected {MOST_BYTES:,} at most"
    marks = sum(text.count(mark) for mark in _MARKS)
    return f"{marks:,} lines and values, expected {_MOST_MARKS:,} at most" if marks > _MOST_MARKS else None


class _Composer(Composer):
    """Ends the reading where nesting is deeper than a rule can be, before the interpreter's own stack ends."""

    _depth = 0

    def compose_node(self, parent: Any, index: int) -> Any:
        if self._depth == _DEEPEST:
            mark = self.parser.peek_event().start_mark
            raise ComposerError(None, None, f"more than {_DEEPEST} levels of mappings and lists in each other", mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _refused(file: str, error: MarkedYAMLError) -> Document:
    mark = error.problem_mark or error.context_mark
    position = Position(file, mark.line + 1, mark.column + 1) if mark is not None else Position(file, 1, 1)
    return Document(file, None, problems=[Problem("YAML", *_said(error), position)])


def _said(error: MarkedYAMLError) -> tuple[str, str | None]:
    """What the parser found, in words, and what to do about it."""
    problem = error.problem or "cannot be read"
    if "another document" in problem:
        return "a second document begins here, expected one", "put the rules into one document, or into two files"
    if "'\\t'" in problem:
        return "a tab, expected spaces", "indent with spaces"
    if "mapping values are not allowed" in problem:
        return (
            "a second colon, expected a value",
            "put the value in quotes if it holds a colon, or check the indentation",
        )
    if "undefined alias" in problem:
        return problem, "put the value in quotes if it begins with *, or define the anchor before"
    if "levels of mappings" in problem:
        return problem, "check the indentation and the brackets"
    if "cannot start any token" in problem:
        return problem, "put the value in quotes"
    found = problem.replace("<", "").replace(">", "")
    if error.context and error.context_mark is not None:
        began = error.context.removeprefix("while ").replace("parsing", "reading").replace("scanning", "reading")
        return (
            f"{found}, {began}",
            (
                f"it begins at line {error.context_mark.line + 1}, column {error.context_mark.column + 1}; check the"
                " indentation, brackets and quotes"
            ),
        )
    return found, None


class _Conversion:
    """Turns nodes into values and notes their places."""

    def __init__(self, document: Document, yaml: YAML) -> None:
        self._document = document
        self._constructor = yaml.constructor
        self._nodes = 0

    def convert(self, node: Node, path: Path, inside: tuple[int, ...]) -> Any:
        self._document.values[path] = self._position(node)
        if self._is_full(path, node):
            return None
        if id(node) in inside:
            self._complain(path, "an alias inside of what it stands for", "write the value out", node)
            return None
        if len(inside) == _DEEPEST:
            self._complain(
                path, f"more than {_DEEPEST} levels of mappings and lists in each other", "use fewer aliases", node
            )
            return None
        inside = (*inside, id(node))
        if not isinstance(node, ScalarNode) and str(node.tag).removeprefix(_TAG) not in {"map", "seq"}:
            tag = str(node.tag).removeprefix(_TAG)
            self._complain(path, f"the tag {tag} means nothing here", "leave it out", node)
        match node:
            case MappingNode():
                return {
                    key: self.convert(value, (*path, key), inside) for key, value in self._pairs(node, path, inside)
                }
            case SequenceNode():
                return [self.convert(value, (*path, at), inside) for at, value in enumerate(node.value)]
            case _:
                return self._scalar(node, path)

    def _is_full(self, path: Path, node: Node) -> bool:
        """Counts *node*. Whether there are more values than a file may hold, which is said once."""
        self._nodes += 1
        if self._nodes == _MOST_NODES:
            self._complain(path, f"more than {_MOST_NODES:,} values", "use fewer aliases", node)
        return self._nodes >= _MOST_NODES

    def _pairs(self, node: MappingNode, path: Path, inside: tuple[int, ...]) -> Iterator[tuple[str, Node]]:
        """Keys and values, merged ones (``<<``) last and only where the mapping does not say otherwise."""
        merged: list[MappingNode] = []
        own: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._complain(
                    path, "a key is a list or a mapping, expected a name", "write it on one line without `?`", key
                )
            elif key.tag == _TAG + "merge":
                merged += self._merged(value, path)
            elif key.value in own:
                first = self._document.keys[(*path, key.value)]
                self._complain(
                    (*path, key.value), "written twice", f"it stands at {first} already; keep one of the two", key
                )
            else:
                own[key.value] = value
                self._document.keys[(*path, key.value)] = self._position(key)
        yield from own.items()
        waiting = merged[::-1]
        seen = set(inside)
        while waiting:
            mapping = waiting.pop()
            if id(mapping) in inside:
                self._complain(path, "an alias inside of what it stands for", "write the value out", mapping)
            if id(mapping) in seen or self._is_full(path, mapping):
                continue
            seen.add(id(mapping))
            further: list[MappingNode] = []
            for key, value in mapping.value:
                if not isinstance(key, ScalarNode):
                    continue
                if key.tag == _TAG + "merge":
                    further += self._merged(value, path)
                elif key.value not in own:
                    self._document.keys[(*path, key.value)] = self._position(key)
                    own[key.value] = value
                    yield key.value, value
            waiting += further[::-1]

    def _merged(self, value: Node, path: Path) -> list[MappingNode]:
        nodes = value.value if isinstance(value, SequenceNode) else [value]
        for node in nodes:
            if not isinstance(node, MappingNode):
                self._complain(
                    (*path, "<<"), "expected a mapping to merge, or a list of them", "as in `<<: *anchor`", node
                )
        return [node for node in nodes if isinstance(node, MappingNode)]

    def _scalar(self, node: Node, path: Path) -> Any:
        match str(node.tag).removeprefix(_TAG):
            case "null":
                self._document.nulls[path] = node.value
                if not node.value and path in self._document.keys:
                    # For the parser it begins where the next key does, lines below.
                    self._document.values[path] = self._document.keys[path]
                return None
            case "bool":
                return self._read(path, node, self._constructor.construct_yaml_bool(node))
            case "int" | "float" if len(node.value) > _LONGEST_NUMBER:
                self._complain(
                    path,
                    f"a number of {len(node.value):,} digits",
                    "put the value in quotes if it is meant as text",
                    node,
                )
                return None
            case "int":
                return self._read(path, node, self._constructor.construct_yaml_int(node))
            case "float":
                return self._read(path, node, float(self._constructor.construct_yaml_float(node)))
            case "str" | "timestamp" | "value" | "merge":
                if _is_folded(node):
                    self._document.folded.add(path)
                return node.value
            case tag:
                self._complain(
                    path, f"the tag {tag} means nothing here", "leave it out, or put the value in quotes", node
                )
                return None

    def _read(self, path: Path, node: Node, value: float) -> float:
        if node.value != (str(value).lower() if isinstance(value, bool) else str(value)):
            self._document.misread[path] = node.value
        return value

    def _position(self, node: Node) -> Position:
        return Position(self._document.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _complain(self, path: Path, found: str, hint: str, node: Node) -> None:
        subject = ".".join(str(p) for p in path if p not in {"tables", "columns"}) or "YAML"
        self._document.problems.append(Problem(subject, found, hint, self._position(node)))


def _is_folded(node: Node) -> bool:
    """Whether *node* is a text of several lines of which YAML makes one."""
    if not isinstance(node, ScalarNode) or node.style == "|":
        return False
    lines = node.end_mark.line - node.start_mark.line
    # The first line of a block is that of its sign, and the mark at its end is on the line after it.
    return bool(lines > 2 if node.style == ">" else lines > 0)
