"""toolreg apply."""

from dataclasses import replace
from pathlib import Path

import click

from reconciler.applying.files import Files
from reconciler.applying.reconcile import Attempt
from reconciler.assets import load_contract
from reconciler.cli.applying import carry_out, try_out, try_out_first
from reconciler.cli.binding import bind_attempt, choose_planned_environment, read_saved_plan, say_if_applied
from reconciler.cli.commands.plan import require_applicable, require_unblocked
from reconciler.cli.databases import choose_target, open_target
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import (
    allow_branch_option,
    choose_source,
    database_option,
    environment_option,
    expect_option,
    full_option,
    lock_timeout_option,
    max_deletes_option,
    max_usage_option,
    no_delete_option,
    output_option,
    override_suspend_option,
    plan_option,
    source_options,
    version_reuse_option,
    yes_option,
)
from reconciler.cli.progress import show_count
from reconciler.core.plan.consent import NO_CONSENT, Consent


@click.command(cls=Command)
@source_options
@environment_option
@database_option
@plan_option
@expect_option
@max_deletes_option
@max_usage_option
@version_reuse_option
@no_delete_option
@click.option("--allow-rewind", is_flag=True, help="Apply a commit that does not descend from the applied commit.")
@allow_branch_option
@override_suspend_option
@click.option("--switch-env", is_flag=True, help="Apply another environment than the one in the database.")
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there were changes, 0 if there were none.")
@yes_option
@lock_timeout_option
@full_option
@output_option("text", "json")
def apply(
    registry: Path,
    ref: str | None,
    worktree: bool,
    environment: str | None,
    database: str | None,
    plan_file: Path | None,
    expect: str | None,
    max_deletes: int | None,
    max_usage: int | None,
    allow_version_reuse: bool,
    no_delete: bool,
    allow_rewind: bool,
    allow_branch: bool,
    override_suspend: bool,
    switch_env: bool,
    dry_run: bool,
    detailed_exitcode: bool,
    yes: bool,
    lock_timeout: float,
    output: str,
) -> int:
    """Make the database match a commit, in a single transaction.

    Reads HEAD from git, another commit with --ref, or the files in the work tree with --worktree. Prints the plan,
    applies all changes or none, and records the revision. On a terminal, asks before it writes to a server other than
    the embedded one.

    \b
    Examples:
        toolreg apply --ref origin/main
        toolreg apply --env staging
    """
    shaping = Consent(max_deletes, delete=not no_delete, max_usage=max_usage, version_reuse=allow_version_reuse)
    planned = read_saved_plan(plan_file, ref, shaped=worktree or shaping != NO_CONSENT)
    if planned:
        worktree, shaping = planned.from_worktree, planned.consent
        environment = choose_planned_environment(planned, environment)
    source = choose_source(registry, ref if ref or worktree else "HEAD", worktree=worktree, environment=environment)
    target = choose_target(database, registry)
    consent = shaping._replace(
        rewind=allow_rewind, suspended=override_suspend, branch=allow_branch, environment=switch_env
    )
    files = Files(source, load_contract(), consent)
    if dry_run and target.was_never_used and not (planned or expect):
        proposal = try_out_first(files, output)
        require_unblocked(proposal)
        return ExitCode.CHANGES if proposal.plan and detailed_exitcode else ExitCode.DONE
    with open_target(target) as connect, show_count("files read") as advance:
        attempt = bind_attempt(Attempt(replace(files, progress=advance)), planned, expect)
        if dry_run:
            proposal = try_out(connect, attempt, output, advance.close)
            (require_applicable if planned or expect else require_unblocked)(proposal)
        else:
            proposal = carry_out(connect, target, attempt, lock_timeout, output, advance.close, yes=yes)
    say_if_applied(proposal, source, planned, expect)
    return ExitCode.CHANGES if proposal.plan and detailed_exitcode else ExitCode.DONE
