"""YAML that holds Ruby: config/database.yml and config/storage.yml, read without running any of it."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_SAID = re.compile(r"<%=-?\s*(.*?)\s*-?%>", re.DOTALL)
_DONE = re.compile(r"[ \t]*<%(?!=).*?%>[ \t]*", re.DOTALL)
_VARIABLE = re.compile(r"""\bENV(?:\.fetch\(|\[)\s*["'](\w+)["']""")
_RAILS_ENV = re.compile(r"\ARails\.env(?:\.to_s)?\Z")

#: What stands for Ruby that is not run. No YAML has a meaning for it.
_UNKNOWN = re.compile(r"RUBY\((\w*)\)")


def read_yaml(text: str, environment: str) -> Any:
    """The values of *text*, an application's file of settings, as they are for *environment* (``production``).

    What Ruby would say is a text that :func:`is_known` denies and :func:`variable_of` reads. Raises ValueError where it
    is no YAML without its Ruby.
    """

    def value(found: re.Match[str]) -> str:
        if _RAILS_ENV.match(found[1]):
            return environment
        variable = _VARIABLE.search(found[1])
        return f"RUBY({variable[1] if variable else ''})"

    try:
        return YAML(typ="safe", pure=True).load(_DONE.sub("", _SAID.sub(value, text)))
    except YAMLError as error:
        raise ValueError(str(getattr(error, "problem", "") or "it is no YAML")) from None


def is_known(value: Any) -> bool:
    """Whether *value* stands in the file, rather than being made by Ruby.

    >>> is_known("app-production"), is_known("RUBY(BUCKET)")
    (True, False)
    """
    return not (isinstance(value, str) and _UNKNOWN.search(value))


def variable_of(value: Any) -> str | None:
    """The environment variable that *value* is taken from, None if it is none.

    >>> variable_of("RUBY(BUCKET)")
    'BUCKET'
    """
    found = _UNKNOWN.search(value) if isinstance(value, str) else None
    return (found[1] or None) if found else None
