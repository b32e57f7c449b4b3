"""Values that share a session setting: fields of one JSON document.

A database of thousands of tables has tens of thousands of seeds, and before PostgreSQL 16 a session sorts all the
settings it has anew for each that is added. So seeds share some hundreds of them. ``SETTING#FIELD`` names such a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

#: Between the name of a setting and that of a field.
FIELD = "#"


def packed(values: Mapping[str, str]) -> dict[str, str]:
    """*values* by name as the settings that a session is given, a document empty where all its fields are.

    >>> packed({"timezone": "UTC", "masker.seeds_3f#one": "1", "masker.seeds_3f#two": "2"})
    {'timezone': 'UTC', 'masker.seeds_3f': '{"one": "1", "two": "2"}'}
    """
    found: dict[str, str] = {}
    documents: dict[str, dict[str, str]] = {}
    for name, value in values.items():
        setting, _, field = name.partition(FIELD)
        if field:
            documents.setdefault(setting, {})[field] = value
        else:
            found[setting] = value
    return found | {
        setting: json.dumps(fields) if any(fields.values()) else "" for setting, fields in documents.items()
    }
