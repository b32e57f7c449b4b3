"""``first_name``: a given name."""

from __future__ import annotations

from typing import Literal

from masker.masks.genders import Given
from masker.masks.names import Name, OneName


class FirstName(Name, Given):
    """A given name."""

    mask: Literal["first_name"] = "first_name"


FIRST_NAME = OneName("given").mask(FirstName, "圭介, ケイスケ, Keisuke")
