"""Turns every error into a message on stderr and an exit code. No other module does."""

import os
import signal
import sys
from collections.abc import Callable
from enum import IntEnum
from types import FrameType
from typing import NoReturn

import click

from reconciler.cli.group import PipeClosed
from reconciler.cli.output import StdoutLost, choose_palette, complain, note, put
from reconciler.core.errors import InvalidRegistry, Refused, TemporaryError, ToolregError
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.render import diagnostics
from reconciler.render.terminal import safe


class ExitCode(IntEnum):
    """The exit codes of all commands."""

    DONE = 0
    FAILED = 1
    CHANGES = 2
    REFUSED = 3
    TEMPORARY = 4
    USAGE = 64
    # 128 + signal, as shells report a process ended by a signal.
    INTERRUPTED = 128 + signal.SIGINT
    PIPE_CLOSED = 128 + signal.SIGPIPE
    TERMINATED = 128 + signal.SIGTERM


class _Terminated(KeyboardInterrupt):
    """SIGTERM arrived. As after Ctrl-C, unfinished work is undone and the user is told."""


def run_and_report(run: Callable[[], object]) -> int:
    """Run a command, report its error, and return the exit code."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _raise_terminated)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _resend_signal
    try:
        return _run_command(run)
    except (OSError, ImportError, MemoryError) as error:
        # The machine denies a basic resource: a working directory, a file descriptor, memory.
        complain(safe(_describe_denial(error), 2000))
        return ExitCode.FAILED
    except KeyboardInterrupt as error:
        # A second signal arrived during the report of the first.
        let_signals_end()
        return ExitCode.TERMINATED if isinstance(error, _Terminated) else ExitCode.INTERRUPTED


def let_signals_end() -> None:
    """Let signals end the process from now on: no work is left to undo."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _run_command(run: Callable[[], object]) -> int:
    try:
        result = run()
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        put(help_wanted.format_message())
        return ExitCode.DONE
    except click.UsageError as error:
        # The message quotes arguments and PostgreSQL.
        click.UsageError(safe(error.format_message(), 2000), error.ctx).show()
        return ExitCode.USAGE
    except click.ClickException as error:
        click.ClickException(safe(error.format_message(), 2000)).show()
        return ExitCode.FAILED
    except (click.Abort, KeyboardInterrupt) as error:
        # click raises Abort from KeyboardInterrupt.
        is_terminated = isinstance(error.__cause__ or error, _Terminated)
        complain("terminated" if is_terminated else "interrupted")
        return ExitCode.TERMINATED if is_terminated else ExitCode.INTERRUPTED
    except (BrokenPipeError, PipeClosed):
        _discard_stdout()
        return ExitCode.PIPE_CLOSED
    except StdoutLost as error:
        _discard_stdout()
        complain(str(error))
        return ExitCode.FAILED
    except ToolregError as error:
        _report_error(error)
        return _choose_code(error)
    return result if isinstance(result, int) else ExitCode.DONE


def _describe_denial(error: OSError | ImportError | MemoryError) -> str:
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{where}; see the limits and the folders that this process may use"
    return f"{error or 'out of memory'}; see the limits of this process (ulimit -a)"


def _discard_stdout() -> None:
    # Python would report the error again when closing stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _raise_terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def _resend_signal(lost: "sys.UnraisableHookArgs") -> None:
    """Resend a signal that arrived in a destructor: Python prints and drops an exception raised by the handler."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    from threading import Timer  # noqa: PLC0415

    number = signal.SIGTERM if isinstance(lost.exc_value, _Terminated) else signal.SIGINT
    # A moment later, after the destructor returned.
    timer = Timer(0.01, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()


def _choose_code(error: ToolregError) -> ExitCode:
    match error:
        case Refused():
            return ExitCode.REFUSED
        case TemporaryError():
            return ExitCode.TEMPORARY
        case _:
            return ExitCode.FAILED


def _report_error(error: ToolregError) -> None:
    if isinstance(error, InvalidRegistry):
        _show_diagnostics(error.diagnostics)
        return
    for message in error.messages:
        complain(safe(message, 2000))
    for line in error.details:
        note(f"  {safe(line, 2000)}")


def _show_diagnostics(problems: tuple[Diagnostic, ...]) -> None:
    paint = choose_palette(sys.stderr)
    for diagnostic in problems:
        note(diagnostics.render_diagnostic(diagnostic, paint))
    count = len(problems)
    complain(f"the registry has {count} problem{'s' if count > 1 else ''}; toolreg validate shows them, too")
