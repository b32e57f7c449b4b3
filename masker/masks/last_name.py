"""``last_name``: a family name."""

from __future__ import annotations

from typing import Literal

from masker.masks.names import Name, OneName


class LastName(Name):
    """A family name."""

    mask: Literal["last_name"] = "last_name"


LAST_NAME = OneName("family").mask(LastName, "小寺, コデラ, Kodera")
