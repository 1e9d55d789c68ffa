"""How a command ends: every error becomes a message on stderr and an exit code, here and nowhere else."""

import os
import signal
import sys
from collections.abc import Callable
from enum import IntEnum
from types import FrameType
from typing import NoReturn

import click

from reconciler.cli.group import PipeClosed
from reconciler.cli.output import StdoutLost, complain, note, palette, put
from reconciler.core.errors import InvalidRegistry, Refused, TemporaryError, ToolregError
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.render import diagnostics
from reconciler.render.terminal import safe


class ExitCode(IntEnum):
    """What the exit code of a command means."""

    DONE = 0
    FAILED = 1
    CHANGES = 2
    REFUSED = 3
    TEMPORARY = 4
    USAGE = 64
    # As a shell reports a process that a signal ended.
    INTERRUPTED = 128 + signal.SIGINT
    PIPE_CLOSED = 128 + signal.SIGPIPE
    TERMINATED = 128 + signal.SIGTERM


class _Terminated(KeyboardInterrupt):
    """SIGTERM came. As with Ctrl-C, what was begun is undone and said."""


def exit_code_of(run: Callable[[], object]) -> int:
    """Run a command, say what went wrong, and return the code to exit with."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _send_again
    try:
        return _exit_code_of(run)
    except (OSError, ImportError, MemoryError) as error:
        # The machine denies what every command needs: a folder to be in, a file more, memory.
        complain(safe(_denied(error), 2000))
        return ExitCode.FAILED
    except KeyboardInterrupt as error:
        # The next signal, while the first was being told.
        let_signals_end()
        return ExitCode.TERMINATED if isinstance(error, _Terminated) else ExitCode.INTERRUPTED


def let_signals_end() -> None:
    """Have a signal end the process from now on, for there is nothing left to undo."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _exit_code_of(run: Callable[[], object]) -> int:
    try:
        result = run()
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        put(help_wanted.format_message())
        return ExitCode.DONE
    except click.UsageError as error:
        # It repeats what was given, also in the words of PostgreSQL.
        click.UsageError(safe(error.format_message(), 2000), error.ctx).show()
        return ExitCode.USAGE
    except click.ClickException as error:
        click.ClickException(safe(error.format_message(), 2000)).show()
        return ExitCode.FAILED
    except (click.Abort, KeyboardInterrupt) as error:
        # click raises Abort from it.
        is_terminated = isinstance(error.__cause__ or error, _Terminated)
        complain("terminated" if is_terminated else "interrupted")
        return ExitCode.TERMINATED if is_terminated else ExitCode.INTERRUPTED
    except (BrokenPipeError, PipeClosed):
        _give_up_stdout()
        return ExitCode.PIPE_CLOSED
    except StdoutLost as error:
        _give_up_stdout()
        complain(str(error))
        return ExitCode.FAILED
    except ToolregError as error:
        _tell(error)
        return _code(error)
    return result if isinstance(result, int) else ExitCode.DONE


def _denied(error: OSError | ImportError | MemoryError) -> str:
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{where}; see the limits and the folders that this process may use"
    return f"{error or 'out of memory'}; see the limits of this process (ulimit -a)"


def _give_up_stdout() -> None:
    # Python would complain again when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def _send_again(lost: "sys.UnraisableHookArgs") -> None:
    """Send a signal again that came inside a destructor: what its handler raises there, Python prints and forgets."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    from threading import Timer  # noqa: PLC0415

    number = signal.SIGTERM if isinstance(lost.exc_value, _Terminated) else signal.SIGINT
    # A moment later, when the destructor is left.
    timer = Timer(0.01, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()


def _code(error: ToolregError) -> ExitCode:
    match error:
        case Refused():
            return ExitCode.REFUSED
        case TemporaryError():
            return ExitCode.TEMPORARY
        case _:
            return ExitCode.FAILED


def _tell(error: ToolregError) -> None:
    if isinstance(error, InvalidRegistry):
        _show(error.diagnostics)
        return
    for message in error.messages:
        complain(safe(message, 2000))
    for line in error.details:
        note(f"  {safe(line, 2000)}")


def _show(found: tuple[Diagnostic, ...]) -> None:
    paint = palette(sys.stderr)
    for diagnostic in found:
        note(diagnostics.line(diagnostic, paint))
    count = len(found)
    complain(f"the registry has {count} problem{'s' if count > 1 else ''}; toolreg validate shows them, too")
