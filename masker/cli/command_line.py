"""What stands in the command line for all to see: it is shown by ``ps`` to everybody on the machine, the environment and files are not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

#: Options that take a database's URL, and where else it is looked for.
_VARIABLES = {"--source": "MASKER_SOURCE", "--target": "MASKER_TARGET", "--database": "MASKER_TARGET"}

_SECRETS = frozenset({"password", "sslpassword", "su_password"})


def warning(arguments: Sequence[str]) -> str | None:
    """A line for stderr where *arguments* hold a password, in the form that ``--log-format`` asks for; None where they do not."""
    shown = list(dict.fromkeys(option for option, value in _options(arguments) if option in _VARIABLES and _has_password(value)))
    if not shown:
        return None
    by = " and ".join(dict.fromkeys(_VARIABLES[option] for option in shown))
    text = f"everybody on this machine can read the password of {' and '.join(shown)} in the list of processes: give it by {by}, masker.yml or a service file"
    match next((value for option, value in _options(arguments) if option == "--log-format"), "pretty"):
        case "json":
            return json.dumps({"at": "note", "text": text}, ensure_ascii=False)
        case "logfmt":
            return f'at=note text="{text}"'
    return f"note: {text}"


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
