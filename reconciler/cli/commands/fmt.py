"""toolreg fmt."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import choose_source, make_relative_path, registry_option
from reconciler.cli.output import choose_palette, complain, note, put
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import Entry, find_file_kind, is_manifest, is_patch, split_environment
from reconciler.desired.source import Source
from reconciler.exchange.rewriting import replace_file
from reconciler.formatting.canonical import Unformatted, format_manifest
from reconciler.render import diagnostics
from reconciler.render.terminal import safe


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--check", "is_check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@registry_option
def fmt(paths: tuple[Path, ...], is_check: bool, registry: Path) -> int:
    """Format manifests: order of keys, indentation, blank lines.

    Keys get the order of the schema's properties; inside a tool's JSON Schemas, examples and maps of free keys the
    order stays, since models read it. Comments and quotes stay. Formatting changes no plan. Without a PATH, formats
    all manifests of the registry.

    \b
    Example:
        toolreg fmt --check registry/tools/payments
    """
    source, known = choose_source(registry, None, worktree=True), load_contract()
    entries = [*_select(source, paths, known)]
    changed, failed = [], 0
    for entry, (_, data) in zip(entries, source.read(entries), strict=True):
        split = split_environment(entry.inside)
        kind = find_file_kind(split[1] if split else entry.inside, known)
        result = format_manifest(data, kind.key_order if kind else None)
        if isinstance(result, Unformatted):
            failed += 1
            _tell_reason(source, entry, result)
        elif result.encode() != data:
            changed.append(entry)
            if not is_check:
                replace_file(source.top / entry.path, data, result.encode())
    for entry in changed:
        put(safe(os.path.relpath(source.top / entry.path), 2000))
    what = "would be formatted: toolreg fmt" if is_check and changed else "formatted"
    note(f"{len(entries)} file{'' if len(entries) == 1 else 's'}, {len(changed)} {what}")
    return ExitCode.FAILED if failed or (changed and is_check) else ExitCode.DONE


def _select(source: Source, paths: Iterable[Path], known: Contract) -> Iterator[Entry]:
    """Yield the manifests and patches below the paths.

    Raises click.UsageError for a path without any file of the registry.
    """
    entries = source.list_entries()
    places = [(path, make_relative_path(source.top, path)) for path in paths]
    for path, place in places:
        if not any(_is_below(entry.path, place) for entry in entries):
            raise click.UsageError(f"{path} is no file or folder of the registry {source.folder or '.'}")
    for entry in entries:
        is_asked = not places or any(_is_below(entry.path, place) for _, place in places)
        if is_asked and (is_manifest(entry, known) or is_patch(entry, known)):
            yield entry


def _is_below(path: str, place: str) -> bool:
    return place in (".", path) or path.startswith(f"{place}/")


def _tell_reason(source: Source, entry: Entry, reason: Unformatted) -> None:
    path = os.path.relpath(source.top / entry.path)
    for flaw in reason.problems:
        problem = Diagnostic(path, flaw.line, flaw.column, flaw.rule, flaw.message)
        note(diagnostics.render_diagnostic(problem, choose_palette(sys.stderr)))
    if not reason.problems:
        complain(f"{safe(path, 2000)} was left as it is: {reason.why}")
