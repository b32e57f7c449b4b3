"""The command line as it was typed, before it is parsed: what it asks of the log, and what stands in it for all to see.

``ps`` shows it to everybody on the machine, the environment and files it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

#: Options that take a database's URL, and where else it is looked for.
_VARIABLES = {"--source": "MASKER_SOURCE", "--target": "MASKER_TARGET", "--database": "MASKER_TARGET"}

_SECRETS = frozenset({"password", "sslpassword", "su_password"})


def option(arguments: Sequence[str], name: str) -> str | None:
    """What option *name* is given, the last time, None if it is not."""
    return next((value for option, value in reversed(list(_options(arguments))) if option == name), None)


def warning(arguments: Sequence[str]) -> str | None:
    """A sentence where *arguments* hold a password; None where they do not."""
    shown = list(
        dict.fromkeys(option for option, value in _options(arguments) if option in _VARIABLES and _has_password(value))
    )
    if not shown:
        return None
    by = " and ".join(dict.fromkeys(_VARIABLES[option] for option in shown))
    return (
        f"everybody on this machine can read the password of {' and '.join(shown)} in the list of processes: give it by"
        f" {by}, masker.yml or a service file"
    )


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options with what follows them, by ``=`` or as the next argument."""
    for argument, following in zip(arguments, [*arguments, ""][1:], strict=True):
        name, equals, value = argument.partition("=")
        if name.startswith("--"):
            yield name, value if equals else following


def _has_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.password) or any(name in _SECRETS and value for name, value in parse_qsl(parts.query))
    except ValueError:
        return "@" in url
