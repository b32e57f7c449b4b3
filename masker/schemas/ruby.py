"""The Ruby of schema files: calls with literal arguments, one after the other, some with a block. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""
    [ \t\r]*+(?:(?P<blank>\\\n|\Z) | (?P<comment>\#[^\n]*) | (?P<newline>\n|;)
  | (?P<heredoc><<[-~]?(?P<quote>['"`]?)(?P<tag>[A-Z_a-z]\w*)(?P=quote))
  | (?P<double>"(?:[^"\\]|\\.)*") | (?P<single>'(?:[^'\\]|\\.)*')
  | (?P<words>%[wiWI][\[\(\{](?P<listed>[^\]\)\}]*)[\]\)\}])
  | (?P<label>(?:[A-Za-z_]\w*[?!]?|"(?:[^"\\]|\\.)*"):(?![:\w"]))
  | (?P<symbol>:(?:[A-Za-z_]\w*[?!]?|"(?:[^"\\]|\\.)*"))
  | (?P<number>-?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w))
  | (?P<word>[A-Za-z_]\w*(?:(?:::|\.|&\.)[A-Za-z_]\w*[?!]?|\[\d+\.\d+\])*[?!]?)
  | (?P<sign>->|=>|[\[\](){},|]) | (?P<other>.))
    """,
    re.VERBOSE | re.DOTALL,
)

#: Tokens within which no line ends.
_OF_ONE_LINE = frozenset({"number", "word", "sign"})

_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "\0",
    "e": "\x1b",
    "s": " ",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}

_ESCAPE = re.compile(r"\\(u\{([0-9a-fA-F ]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{1,2})|\n|.)", re.DOTALL)

_OPENING, _CLOSING = frozenset("[({"), frozenset("])}")


#: A text by itself, as in the block of a trigger. No Ruby word is written so.
TEXT = "a text"
_TEXTS = frozenset({"text", "double", "single"})


class RubyError(Exception):
    """What is no call with literal arguments; *line* is where, and *name* what would be called, ``""`` where nothing
    is, `TEXT` for a text by itself."""

    def __init__(self, found: str, line: int) -> None:
        super().__init__(found)
        self.line = line
        self.name = ""


@dataclass(frozen=True, slots=True)
class Lambda:
    """``-> { "now()" }``: an expression of SQL."""

    sql: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A default that is no literal, as it is written: ``-::Float::INFINITY...::Float::INFINITY``."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """``name arguments, key: value do |block|`` at *line*; ``end`` is a call, too."""

    name: str
    line: int
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    has_block: bool = False


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def calls(text: str) -> Iterator[Call | RubyError]:
    """The calls of *text* in their order; an error stands for each statement that is none."""
    statement: list[_Token] = []
    depth, has_ended = 0, False
    for token in _tokens(text):
        if token.kind == "newline":
            # A statement goes on below where something is open, or the next line begins with a dot.
            has_ended = not depth and not (statement and statement[-1].text in {",", "=>", "."})
            continue
        if has_ended and statement and token.text != ".":
            yield _call(statement)
            statement, depth = [], 0
        has_ended = False
        depth += (token.text in _OPENING) - (token.text in _CLOSING) if token.kind == "sign" else 0
        statement.append(token)
    if statement:
        yield _call(statement)


def _tokens(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    pending: list[tuple[str, str, bool]] = []
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return
        # Groups within others end before them: the last to end is the alternative.
        kind = match.lastgroup or "other"
        found = match[kind]
        at = match.end()
        if kind == "heredoc":
            # What it holds begins on the next line, and the statement goes on behind its tag.
            end = re.compile(rf"^[ \t]*{match['tag']}[ \t]*$", re.MULTILINE)
            begin = text.find("\n", at) + 1
            stop = end.search(text, begin) if begin else None
            if stop is None:
                yield _Token("other", found, line)
                continue
            body = text[begin : stop.start()]
            yield _Token("text", body if match["quote"] == "'" else _unescaped(body), line)
            pending.append((body, text[stop.start() : stop.end()], True))
            text = text[:begin] + text[stop.end() + 1 :]
            continue
        if kind == "newline" and found == "\n":
            yield _Token("newline", found, line)
            line += 1
            for body, tag, _ in pending:
                line += body.count("\n") + tag.count("\n") + 1
            pending.clear()
        elif kind not in {"blank", "comment"}:
            yield _Token(kind, found, line)
            if kind not in _OF_ONE_LINE:
                line += found.count("\n")
        else:
            line += found.count("\n")


def _unescaped(body: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match[2]:
            return "".join(chr(int(code, 16)) for code in match[2].split())
        if match[3] or match[4]:
            return chr(int(match[3] or match[4], 16))
        return "" if match[1] == "\n" else _ESCAPES.get(match[1], match[1])

    return _ESCAPE.sub(replaced, body)


def _call(statement: list[_Token]) -> Call | RubyError:
    first = statement[0]
    try:
        return _Reader(statement).call()
    except RubyError as error:
        found = error
    except IndexError:
        found = RubyError("a statement that ends too early", first.line)
    if first.kind == "word":
        found.name = first.text
    elif first.kind in _TEXTS and len(statement) == 1:
        found.name = TEXT
    return found


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, _Token("end", "", tokens[-1].line)]
        self._at = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, *texts: str) -> bool:
        return self._next.kind in {"sign", "word"} and self._next.text in texts

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise RubyError(self._shown(), self._next.line)
        self._take()

    def _shown(self) -> str:
        first = self._tokens[0].text
        return f"{first} … {self._next.text}" if self._at and self._next.text else first

    def call(self) -> Call:
        first = self._take()
        if first.kind != "word":
            raise RubyError(TEXT if first.kind in _TEXTS else first.text, first.line)
        enclosed = self._is("(")
        if enclosed:
            self._take()
        arguments: list[Any] = []
        options: dict[str, Any] = {}
        while self._next.kind != "end" and not self._is(")", "do", "{"):
            if self._next.kind == "label":
                key = self._key(self._take().text)
                options[key] = self._default() if key == "default" else self._value()
            else:
                value = self._value()
                if self._is("=>"):
                    self._take()
                    options[str(value)] = self._value()
                else:
                    arguments.append(value)
            if not self._is(","):
                break
            self._take()
        if enclosed:
            self._expect(")")
        has_block = self._block()
        if self._next.kind != "end":
            raise RubyError(self._shown(), self._next.line)
        return Call(first.text, first.line, tuple(arguments), options, has_block)

    def _block(self) -> bool:
        if not self._is("do"):
            return False
        self._take()
        if self._is("|"):
            self._take()
            while not self._is("|"):
                self._take()
            self._take()
        return True

    @staticmethod
    def _key(label: str) -> str:
        body = label.removesuffix(":")
        return _unescaped(body[1:-1]) if body.startswith('"') else body

    def _default(self) -> Any:
        """A value, or what stands in its place up to the next option."""
        begin = self._at
        try:
            return self._value()
        except RubyError:
            self._at = begin
        depth = 0
        while self._next.kind != "end" and (depth or not self._is(",")):
            if self._next.kind == "sign":
                depth += (self._next.text in _OPENING) - (self._next.text in _CLOSING)
            self._take()
        return Computed("".join(token.text for token in self._tokens[begin : self._at]))

    def _value(self) -> Any:
        value = self._one()
        while isinstance(value, str) and self._next.kind in {"double", "single"}:
            value += self._one()
        return value

    def _one(self) -> Any:
        token = self._take()
        match token.kind:
            case "double":
                if re.search(r"(?<!\\)#\{", token.text):
                    raise RubyError("a text that is put together", token.line)
                return _unescaped(token.text[1:-1])
            case "single":
                return re.sub(r"\\(['\\])", r"\1", token.text[1:-1])
            case "text":
                return token.text
            case "words":
                return token.text[3:-1].split()
            case "symbol":
                return self._key(token.text[1:])
            case "number":
                number = token.text.replace("_", "")
                return int(number) if re.fullmatch(r"-?\d+", number) else Decimal(number)
        if token.kind == "word" and token.text in {"true", "false", "nil"}:
            return {"true": True, "false": False, "nil": None}[token.text]
        if token.text == "[":
            return self._list()
        if token.text == "{":
            return self._hash()
        if token.text == "->":
            return self._lambda()
        self._at -= 1
        raise RubyError(self._shown(), token.line)

    def _list(self) -> list[Any]:
        found: list[Any] = []
        while not self._is("]"):
            found.append(self._value())
            if self._is(","):
                self._take()
        self._take()
        return found

    def _hash(self) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while not self._is("}"):
            if self._next.kind == "label":
                key: Any = self._key(self._take().text)
            else:
                key = self._value()
                self._expect("=>")
            found[key] = self._value()
            if self._is(","):
                self._take()
        self._take()
        return found

    def _lambda(self) -> Lambda:
        if self._is("("):
            self._take()
            self._expect(")")
        self._expect("{")
        sql = self._value()
        self._expect("}")
        return Lambda(str(sql))
