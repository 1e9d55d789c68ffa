"""What commands print with: colour where it is wanted, and a stdout that says of itself that it failed."""

import codecs
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import click

from reconciler.core.errors import ToolregError
from reconciler.render.terminal import Paint, harmless


class StdoutLost(ToolregError):
    """What was to be printed could not be written."""


class _Stdout(io.TextIOWrapper):
    """A stdout that says of itself that it failed: an OSError might be anybody's."""

    def write(self, text: str, /) -> int:
        with _told_apart():
            return super().write(text)

    def flush(self) -> None:
        with _told_apart():
            super().flush()


class _Stderr(io.TextIOWrapper):
    """A stderr that may be lost: results and exit codes do not depend on who listens to the rest."""

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StdoutLost(f"stdout cannot be written: {error.strerror}") from error


def prepare_streams() -> None:
    """Let every text be printed, whatever the encoding, and nowhere where a stream was closed (`>&-`)."""
    codecs.register_error("as_json", _escaped)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  Open to the end.
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="as_json")
    if isinstance(plain := sys.stdout, io.TextIOWrapper):
        encoding, is_live = plain.encoding, plain.line_buffering
        sys.stdout = _Stdout(plain.detach(), encoding, "as_json", line_buffering=is_live)
    if isinstance(plain := sys.stderr, io.TextIOWrapper):
        encoding = plain.encoding
        sys.stderr = _Stderr(plain.detach(), encoding, "as_json", line_buffering=True)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Write what an encoding does not have as JSON would, so that JSON stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def palette(stream: TextIO) -> Paint:
    """Return colours for a stream: for a terminal, unless NO_COLOR is set (no-color.org); FORCE_COLOR asks for them."""
    if os.environ.get("NO_COLOR"):
        return Paint(wanted=False)
    return Paint(wanted=bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb"))


def put(text: str, *, nl: bool = True) -> None:
    """Print a result on stdout, without anything that a terminal or a runner of CI would obey."""
    click.echo(harmless(text), nl=nl)


def put_data(text: str) -> None:
    """Print data for a program on stdout as they are."""
    click.echo(text)


def complain(message: str) -> None:
    """Say on stderr what went wrong."""
    note(f"{palette(sys.stderr)('error', 'red')}: {message}")


def note(message: str) -> None:
    """Say on stderr what the user should know."""
    click.echo(harmless(message), err=True, color=True)
