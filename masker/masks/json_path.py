"""Paths into documents: how they are written, and the steps they take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Steps of a path. The expression that masks a leaf is nested as deep.
_MOST_STEPS = 30

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_STEP = re.compile(
    rf"\.\*\*\.(?:(?P<deep>{_NAME})|\"(?P<odd_deep>[^\"]+)\")|(?P<every>\.\*(?!\*))|\.(?P<key>{_NAME})"
    r"|\.\"(?P<odd>[^\"]+)\"|(?P<list>\[\*\])"
    rf"|\[\?(?:(?P<by>{_NAME})|\"(?P<odd_by>[^\"]+)\")==?(?:\"(?P<quoted>[^\"\]]+)\"|(?P<is>[^\"'\]=]+))\]"
)
_PLAIN = re.compile(rf"{_NAME}\Z")


@dataclass(frozen=True, slots=True)
class Every:
    """What stands under each key of an object, whatever they are."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The elements of a list that have *value* under *key*."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Anywhere:
    """What stands under *key*, however deep."""

    key: str


#: A key of an object, None for each element of a list, and what leads to more.
Step = str | None | Every | Chosen | Anywhere

Steps = tuple[Step, ...]


def json_steps(path: str) -> Steps:
    """The steps of a path.

    >>> json_steps('$.sns[*].handle'), json_steps('$.by_id.*.mail')
    (('sns', None, 'handle'), ('by_id', Every(), 'mail'))
    >>> json_steps('$.contacts[?kind=phone].value'), json_steps('$.**.email')
    (('contacts', Chosen(key='kind', value='phone'), 'value'), (Anywhere(key='email'),))
    """
    if not path.startswith("$") or path == "$":
        raise ValueError(f'{path!r} is no path: expected $.name, $.list[*].name or $."odd name"')
    steps: list[Step] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(
                f'{path!r} is no path from character {at + 1} on: expected .name, ."odd name", .*, [*], [?name=value]'
                " or, at its beginning, .**.name"
            )
        steps.append(_step(match))
        at = match.end()
    if len(steps) > _MOST_STEPS:
        raise ValueError(f"a path of {len(steps)} steps, expected {_MOST_STEPS} at most")
    if len(steps) > 1 and any(isinstance(step, Anywhere) for step in steps):
        raise ValueError(f"{path!r}: ** leads to one key wherever it stands, expected $.**.name and nothing else")
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    if match["every"]:
        return Every()
    if match["list"]:
        return None
    if deep := match["deep"] or match["odd_deep"]:
        return Anywhere(deep)
    if by := match["by"] or match["odd_by"]:
        return Chosen(by, match["quoted"] or match["is"].strip())
    return match["key"] or match["odd"]


def written_step(step: Step) -> str:
    """A step as it stands in a rule file."""
    match step:
        case None:
            return "[*]"
        case Every():
            return ".*"
        case Chosen(key, value):
            return f'[?{key if _PLAIN.match(key) else _quoted(key)}="{value}"]'
        case Anywhere(key):
            return f".**.{key if _PLAIN.match(key) else _quoted(key)}"
    return f".{step}" if _PLAIN.match(step) else f".{_quoted(step)}"


def _quoted(key: str) -> str:
    return f'"{key}"'


def written(steps: Iterable[Step]) -> str:
    """The path of *steps* as it stands in a rule file.

    >>> written(('sns', None, 'odd name', Every(), Chosen('kind', 'x')))
    '$.sns[*]."odd name".*[?kind="x"]'
    """
    return "$" + "".join(map(written_step, steps))


def node_path(path: str) -> str:
    """What a leaf's identity goes by inside its document.

    >>> node_path('$.sns[*].handle')
    '.sns[*].handle'
    """
    return "".join(map(node_step, json_steps(path)))


def node_step(step: Step) -> str:
    """One step of that."""
    return f".{step}" if isinstance(step, str) else written_step(step)


def quarrels(paths: Iterable[str]) -> Iterator[str]:
    """What is wrong with *paths* together: a value that two of them lead to, of which one would be forgotten."""
    steps = {path: json_steps(path) for path in paths}
    for path, found in steps.items():
        if isinstance(found[0], Anywhere) and not all(isinstance(other[0], Anywhere) for other in steps.values()):
            yield f"{path}: ** leads to whatever other paths do, expected such paths alone"
            return
    beside: dict[Steps, set[Step]] = {}
    for found in steps.values():
        for at, step in enumerate(found):
            beside.setdefault(found[:at], set()).add(step)
    for before, found_there in beside.items():
        keys = {step for step in found_there if isinstance(step, str)}
        chosen = {step for step in found_there if isinstance(step, Chosen)}
        if keys and Every() in found_there:
            yield f"{written((*before, Every()))}: it leads to {min(keys)} too, which another path names; name each key"
        if chosen and None in found_there:
            yield f"{written((*before, None))}: it leads to what [?…] has chosen too; choose all, or none"
        if len({step.key for step in chosen}) > 1:
            yield f"{written(before)}: [?…] by several keys may choose one element twice; choose by one key"
