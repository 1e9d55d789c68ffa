"""Prints for commands: chooses colour, keeps output harmless, and reports failed writes to stdout."""

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
    """Stdout could not be written."""


class _Stdout(io.TextIOWrapper):
    """A stdout that raises StdoutLost after a failed write: an OSError could come from any file."""

    def write(self, text: str, /) -> int:
        with _mark_lost_stdout():
            return super().write(text)

    def flush(self) -> None:
        with _mark_lost_stdout():
            super().flush()


class _Stderr(io.TextIOWrapper):
    """A stderr that ignores failed writes: results and exit codes do not depend on messages being read."""

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


@contextmanager
def _mark_lost_stdout() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StdoutLost(f"stdout cannot be written: {error.strerror}") from error


def prepare_streams() -> None:
    """Make both streams print any text in any encoding, and discard the output of a closed stream (`>&-`)."""
    codecs.register_error("as_json", _escape_as_json)
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


def _escape_as_json(error: UnicodeError) -> tuple[str, int]:
    """Escape characters missing from the encoding as JSON does, which keeps JSON valid."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def choose_palette(stream: TextIO) -> Paint:
    """Return the colours of a stream: on a terminal or with FORCE_COLOR, unless NO_COLOR is set (no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return Paint(wanted=False)
    return Paint(wanted=bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb"))


def put(text: str, *, nl: bool = True) -> None:
    """Print a result on stdout, with commands to terminals and CI runners made harmless."""
    click.echo(harmless(text), nl=nl)


def put_data(text: str) -> None:
    """Print data for a program on stdout, unchanged."""
    click.echo(text)


def complain(message: str) -> None:
    """Print an error on stderr."""
    note(f"{choose_palette(sys.stderr)('error', 'red')}: {message}")


def note(message: str) -> None:
    """Print a message to the user on stderr."""
    click.echo(harmless(message), err=True, color=True)
