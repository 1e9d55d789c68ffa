"""Runs the command line: python -m reconciler, and the command toolreg.

Imports next to nothing before signals and errors of loading are provided for.
"""

import signal
import sys


def main() -> None:
    """Run the command line and exit."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Nothing was begun yet, so there is nothing to undo and nothing to say.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from reconciler.cli import main as run  # noqa: PLC0415
    except (OSError, ImportError, MemoryError) as error:
        sys.exit(f"error: toolreg cannot be loaded: {error}")
    try:
        run()
    except KeyboardInterrupt:
        # While the last one was being told, or the command line was being left: nothing is to be undone or said.
        sys.exit(130)


if __name__ == "__main__":
    main()
