"""Rules of masks that need arguments or serve no text, each with a column they serve."""

from __future__ import annotations

from typing import Any

SAMPLES: dict[str, tuple[Any, str]] = {
    "date_shift": ("date_shift", "value date"),
    "date_trunc": ({"mask": "date_trunc", "to": "month"}, "value date"),
    "date_noise": ("date_noise", "value date"),
    "birthdate": ("birthdate", "value date"),
    "noise": ({"mask": "noise", "ratio": "10%"}, "value int4"),
    "range": ({"mask": "range", "min": 0, "max": 9}, "value int4"),
    "bucket": ({"mask": "bucket", "step": 10}, "value int4"),
    "partial": ({"mask": "partial", "first": 1}, "value text"),
    "round": ({"mask": "round", "to": 10}, "value int4"),
}
