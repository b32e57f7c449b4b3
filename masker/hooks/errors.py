"""How hooks fail."""

from __future__ import annotations

from masker.errors import Refused, VerifyFailed


class HookFailed(VerifyFailed):
    """A hook has said no, or has not come to its end."""

    code = "hook-failed"


class HookRefused(Refused):
    """A hook is not to be done as it is set up."""

    code = "hook-refused"
