"""Prints the remarks of a command in the format of a CI system."""

import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from reconciler.cli.output import note, put, put_data
from reconciler.core.review import LONGEST_COMMENT, Remark, Review
from reconciler.desired.source import Source
from reconciler.render.terminal import safe

FORMATS: Final = ("markdown", "github", "sarif", "junit", "gitlab", "rdjson")
_LINE_END: Final = re.compile("\r\n|\r|\n")
# GitHub drops a summary of more than 1 MiB (docs.github.com, Workflow commands). A character has up to 4 bytes.
_LONGEST_SUMMARY: Final = 250_000

Comment = Callable[[int], str]
"""Renders a comment of at most so many characters."""


def make_review(
    command: str, source: Source, remarks: Iterable[Remark], subjects: Iterable[str], summary: str, output: str
) -> Review:
    """Return the review of a command, with the lines of its remarks if the format counts bytes."""
    # Imports 40 modules, which most commands do not need.
    from importlib.metadata import version  # noqa: PLC0415

    told = tuple(remarks)
    lines = _read_lines(source, told) if output == "rdjson" else {}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return Review(command, version("toolreg"), summary, told, tuple(subjects), now, lines)


def put_review(review: Review, output: str, comment: Comment | None = None) -> None:
    """Print a review in a format. `comment` renders Markdown of its own for the command.

    On GitHub, the step summary gets the whole as Markdown, too.
    """
    if output not in {"markdown", "github"}:
        put(_load_format(output).render(review))
        return
    render_comment = comment or partial(_load_format("markdown").render, review)
    if output == "markdown":
        put(render_comment(LONGEST_COMMENT))
        return
    # The lines are commands to the runner, each made of escaped parts.
    put_data(_load_format("github").render(review))
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        _write_summary(Path(path), render_comment(_LONGEST_SUMMARY))


def _load_format(name: str) -> ModuleType:
    # Most runs need none of the formats.
    return import_module(f"reconciler.render.formats.{name}")


def _write_summary(path: Path, text: str) -> None:
    """Append to the step summary of GitHub. A failure is told, and changes no exit code."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        note(f"The step summary {safe(str(path))} cannot be written: {error.strerror}.")


def _read_lines(source: Source, remarks: Iterable[Remark]) -> dict[tuple[str, int], str]:
    wanted = {(remark.path, remark.line) for remark in remarks}
    paths = {path for path, _ in wanted}
    entries = [entry for entry in source.list_entries() if entry.path in paths] if paths else []
    found: dict[tuple[str, int], str] = {}
    for entry, (_, data) in zip(entries, source.read(entries), strict=True):
        lines = _LINE_END.split(data.decode("utf-8", "replace"))
        found |= {(entry.path, number): text for number, text in enumerate(lines, 1) if (entry.path, number) in wanted}
    return found
