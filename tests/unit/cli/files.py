"""Settings files as tests write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def settings_file(folder: Path, **sections: Any) -> Path:
    """masker.yml in *folder*: JSON is YAML."""
    path = folder / "masker.yml"
    path.write_text(json.dumps({"version": 1, **sections}), encoding="utf-8")
    return path
