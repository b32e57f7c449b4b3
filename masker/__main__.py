"""``python -m masker`` and the command ``masker``."""

from __future__ import annotations

import gc
import os
import signal

# While modules are being imported nothing has begun: Ctrl-C just ends the process.
signal.signal(signal.SIGINT, signal.SIG_DFL)


#: New objects after which the garbage collector looks for cycles among them, and after how many such looks it goes
#: through those that are older. Rows and listings make millions of objects and no cycles, a plan of thousands of tables
#: keeps nearly all that it makes; to look as often as by default (700 and 10) takes a tenth of a run and a quarter.
_COLLECT_AFTER, _OLDER_AFTER = 20_000, 50


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_COLLECT_AFTER, _OLDER_AFTER)
    # Arrow's own allocator keeps what was freed; for small batches the system's is as fast and takes 8 MB less.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from masker.cli import main as command_line

    command_line.main()


if __name__ == "__main__":
    main()
