"""toolreg maintain."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from reconciler.cli.completing import complete_task
from reconciler.cli.databases import open_target
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import choose_palette, complain, note, put
from reconciler.cli.reading import choose_used_target, measure_terminal, print_lines
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.state.task import Outcome, Task, TaskStep, Work
from reconciler.database.connection import Connection
from reconciler.operating import maintenance
from reconciler.operating.exporting import EXPORT_TASK, add_export, describe_export, list_exports, run_export
from reconciler.operating.maintenance import UnknownTask
from reconciler.render import json_document, maintain_text
from reconciler.render.terminal import safe

_MOST: Final = 1_000_000


@click.command(cls=Command)
@click.argument("task", required=False, shell_complete=complete_task)
@click.option(
    "--list", "only_list", is_flag=True, help="List the tasks, with the last run of each and whether the task is due."
)
@click.option("--all", "run_all", is_flag=True, help="Run all tasks, and continue after a failed task.")
@click.option("--due", is_flag=True, help="With --all: only tasks that are due.")
@click.option("--dry-run", is_flag=True, help="Show the statements without running them.")
@click.option(
    "--to",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The folder for the Parquet files of export_partitions; with --all: export before days are dropped.",
)
@click.option(
    "--limit", type=click.IntRange(min=1, max=_MOST), metavar="N", help="Run only the first N statements of a task."
)
@database_option
@registry_option
@output_option("text", "json")
def maintain(
    task: str | None,
    only_list: bool,
    run_all: bool,
    due: bool,
    dry_run: bool,
    folder: Path | None,
    limit: int | None,
    database: str | None,
    registry: Path,
    output: str,
) -> int:
    """Run maintenance tasks: partitions, rollups, expired data, statistics.

    A task runs while agents write, and can be interrupted and run again. Exits with 1 if a task failed, and with 4 if
    all failures were temporary: the next run does the remaining work.

    \b
    Example:
        toolreg maintain --all --due
        toolreg maintain drop_expired_partitions --dry-run
        toolreg maintain export_partitions --to /srv/calls
    """
    if (task is not None) + only_list + run_all != 1:
        raise click.UsageError("say what to run: one TASK, or --all; toolreg maintain --list shows the tasks")
    if due and not run_all:
        raise click.UsageError("--due chooses from --all tasks")
    _require_folder(task, folder, run_all=run_all)
    with open_target(choose_used_target(database, registry)) as connect, connect() as conn:
        known = add_export(maintenance.list_tasks(conn), describe_export(conn))
        if only_list:
            _show_tasks(known, output)
            return ExitCode.DONE
        chosen = [_find_task(task, known)] if task else list(_choose_tasks(known, folder, due=due))
        if dry_run:
            _show_work(conn, chosen, folder, limit, output)
            return ExitCode.DONE
        return _run_tasks(conn, chosen, folder, limit, output)


def _require_folder(task: str | None, folder: Path | None, *, run_all: bool) -> None:
    """Raise UsageError for an export without --to, and for --to without an export."""
    is_export = task is not None and task.replace("-", "_") == EXPORT_TASK
    if is_export and folder is None:
        raise click.UsageError(f"{EXPORT_TASK} needs the folder of its files: --to FOLDER")
    if folder is not None and not is_export and not run_all:
        raise click.UsageError(f"--to belongs to {EXPORT_TASK}, or to --all")


def _choose_tasks(known: Sequence[Task], folder: Path | None, *, due: bool) -> Iterator[Task]:
    """Yield the tasks of --all: an export if it has a folder."""
    for task in known:
        if task.name == EXPORT_TASK:
            if folder:
                yield task
        elif task.is_due or not due:
            yield task


def _find_task(task: str, known: Sequence[Task]) -> Task:
    try:
        return maintenance.find_task(task, known)
    except UnknownTask as error:
        raise click.UsageError(str(error)) from error


def _show_tasks(known: Sequence[Task], output: str) -> None:
    if output == "json":
        put(json_document.render_json(maintain_text.make_tasks_document(known)))
    else:
        print_lines(maintain_text.render_tasks(known, measure_terminal(), choose_palette(sys.stdout)))


def _show_work(conn: Connection, chosen: Sequence[Task], folder: Path | None, limit: int | None, output: str) -> None:
    planned = [
        list_exports(conn, folder, limit).work
        if folder and task.name == EXPORT_TASK
        else maintenance.list_work(conn, task, limit)
        for task in chosen
    ]
    if output == "json":
        put(json_document.render_json(maintain_text.make_outcome_documents(map(Outcome, planned))))
    else:
        for work in planned:
            render = maintain_text.render_files if work.task.name == EXPORT_TASK else maintain_text.render_work
            print_lines(render(work))
    note("Dry run: nothing was written.")


def _run_tasks(conn: Connection, chosen: Sequence[Task], folder: Path | None, limit: int | None, output: str) -> int:
    """Run tasks in order, print their progress, and return the exit code."""
    outcomes = []
    for task in chosen:
        outcomes.append(_run_task(conn, task, folder, limit, output))
        if conn.closed:
            break
    if output == "json":
        put(json_document.render_json(maintain_text.make_outcome_documents(outcomes)))
    elif not chosen:
        note("Nothing is due.")
    return _choose_code([outcome.error for outcome in outcomes if outcome.error])


def _run_task(conn: Connection, task: Task, folder: Path | None, limit: int | None, output: str) -> Outcome:
    def tell(step: TaskStep) -> None:
        if step.error:
            _report_error(task, step.error)
        else:
            say(maintain_text.render_step(step))

    say = _print_lines if output == "text" else _skip_lines
    try:
        if folder and task.name == EXPORT_TASK:
            export = list_exports(conn, folder, limit)
            say([maintain_text.render_export_headline(export.work, choose_palette(sys.stdout))])
            return run_export(conn, export, tell)
        work = maintenance.list_work(conn, task, limit)
        say([maintain_text.render_task_headline(work, choose_palette(sys.stdout))])
        return maintenance.run_task(conn, work, tell)
    except ToolregError as error:
        _report_error(task, error)
        return Outcome(Work(task, (), 0), error=error)


def _report_error(task: Task, error: ToolregError) -> None:
    complain(f"{task.name}: {safe(str(error), 2000)}")


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        put(line)
    sys.stdout.flush()


def _skip_lines(_: Iterable[str]) -> None:
    """Skip the progress: JSON is printed whole, at the end."""


def _choose_code(errors: Sequence[ToolregError]) -> int:
    if not errors:
        return ExitCode.DONE
    return ExitCode.TEMPORARY if all(isinstance(error, TemporaryError) for error in errors) else ExitCode.FAILED
