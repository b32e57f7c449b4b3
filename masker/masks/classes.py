"""What Active Record calls the classes of tables, where nobody says it: ``users`` is User, ``admin_users`` AdminUser or
Admin::User."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_IRREGULAR = {"people": "person", "men": "man", "women": "woman", "children": "child", "mice": "mouse", "oxen": "ox"}

_UNCHANGED = frozenset({"equipment", "information", "rice", "money", "species", "series", "fish", "sheep", "news"})

#: Endings of many, and of one, the longest first; what ends otherwise is one already.
_ENDINGS = (
    ("statuses", "status"),
    ("aliases", "alias"),
    ("analyses", "analysis"),
    ("matrices", "matrix"),
    ("indices", "index"),
    ("vertices", "vertex"),
    ("movies", "movie"),
    ("buses", "bus"),
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("zzes", "zz"),
    ("lves", "lf"),
    ("ies", "y"),
    ("oes", "o"),
    ("ss", "ss"),
    ("us", "us"),
    ("s", ""),
)


def singular(word: str) -> str:
    """One of many, as far as Rails' rules go.

    >>> [singular(word) for word in ("users", "categories", "people", "addresses", "statuses", "news")]
    ['user', 'category', 'person', 'address', 'status', 'news']
    """
    if word in _UNCHANGED:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return next((f"{word.removesuffix(many)}{one}" for many, one in _ENDINGS if word.endswith(many)), word)


def classes_of(table: str) -> tuple[str, ...]:
    """The classes whose rows may be in *table*: its words as one name, and each beginning of them as modules.

    >>> classes_of("admin_users")
    ('AdminUser', 'Admin::User')
    """
    *words, last = table.lower().split("_")
    words = [*(word for word in words if word), singular(last)]
    camel = ["".join(part.capitalize() for part in words)]
    camel += [
        f"{''.join(map(str.capitalize, words[:at]))}::{''.join(map(str.capitalize, words[at:]))}"
        for at in range(1, len(words))
    ]
    return tuple(camel)


def tables_by_class(tables: Iterable[str], said: Mapping[str, str]) -> Mapping[str, str]:
    """Table by class: what is *said*, and for all others the convention. A class that two tables may be of is none's.

    >>> tables_by_class(["users", "accounts"], {"Person": "users"})
    {'Account': 'accounts', 'User': 'users', 'Person': 'users'}
    """
    found: dict[str, str | None] = {}
    for written in sorted(tables):
        for name in classes_of(written.rpartition(".")[2].strip('"')):
            found[name] = None if name in found else written
    return {name: table for name, table in found.items() if table is not None} | dict(said)
