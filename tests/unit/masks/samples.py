"""Rules of masks that need arguments or serve no text, each with a column they serve."""

from __future__ import annotations

from typing import Any

SAMPLES: dict[str, tuple[Any, str]] = {
    "date_shift": ("date_shift", "value date"),
    "date_trunc": ({"mask": "date_trunc", "to": "month"}, "value date"),
    "date_noise": ("date_noise", "value date"),
    "birthdate": ("birthdate", "value date"),
    "geo": ({"mask": "geo", "part": "latitude", "within": "5 km"}, "value float8"),
    "regex_replace": ({"mask": "regex_replace", "pattern": "[0-9]+", "to": "0"}, "value text"),
    "choice": ({"mask": "choice", "values": ["a", "b"]}, "value text"),
    "map": ({"mask": "map", "values": {"a": "b"}, "other": "keep"}, "value text"),
    "encrypted": ({"mask": "encrypted", "of": "email"}, "value text"),
    "array": ({"mask": "array", "of": "token"}, "value _text"),
    "hstore": ({"mask": "hstore", "keys": {"a": "token"}, "other": "drop"}, "value hstore"),
    "template": ({"mask": "template", "template": "{id}"}, "value text"),
    "derived": ({"mask": "derived", "of": "id", "kind": "slug"}, "value text"),
    "noise": ({"mask": "noise", "ratio": "10%"}, "value int4"),
    "range": ({"mask": "range", "min": 0, "max": 9}, "value int4"),
    "bucket": ({"mask": "bucket", "step": 10}, "value int4"),
    "partial": ({"mask": "partial", "first": 1}, "value text"),
    "number_shape": ("number_shape", "value int4"),
    "round": ({"mask": "round", "to": 10}, "value int4"),
}
