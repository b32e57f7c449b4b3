"""``python -m masker`` and the command ``masker``."""

from __future__ import annotations

import signal

# While modules are being imported nothing has begun: Ctrl-C just ends the process.
signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """Run the command line and leave with its exit code."""
    from masker.cli import main as command_line

    command_line.main()


if __name__ == "__main__":
    main()
