"""Runs the command line: python -m reconciler, and the command toolreg.

Imports next to nothing until interrupts and import errors are handled.
"""

import gc
import signal
import sys


def main() -> None:
    """Run the command line and exit."""
    # By default, the garbage collector runs after 700 new objects: a hundred times in vain while modules are imported.
    gc.set_threshold(50_000)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # No work has begun: exit at once, without a message.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from reconciler.cli import main as run  # noqa: PLC0415
    except (OSError, ImportError, MemoryError) as error:
        sys.exit(f"error: toolreg cannot be loaded: {error}")
    try:
        run()
    except KeyboardInterrupt:
        # A second Ctrl-C, during the message about the first or during exit: no work is left to undo.
        sys.exit(130)
    finally:
        # The end of the process frees all memory: without this, the interpreter would first look for cycles.
        gc.freeze()


if __name__ == "__main__":
    main()
