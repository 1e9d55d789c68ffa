"""The list of commands. Each is imported only when it runs, since what they import is slow."""

from importlib import import_module
from typing import Any, Final

import click

from reconciler.cli.output import put
from reconciler.core.errors import ToolregError
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.render.diagnostics import error_document

COMMANDS: Final = {
    "validate": "Check every manifest, without a database.",
    "plan": "Show what apply would change.",
    "apply": "Make the database match a commit, whole or not at all.",
    "suspend": "Pause all applies until toolreg resume, or until a given time.",
    "resume": "End a suspension.",
    "rollback": "Make the database match an earlier revision.",
    "migrate": "Bring the database to the current storage schema.",
    "status": "Show what is applied, what drifted and what is pending.",
    "drift": "Show what is not as it was applied, or put it right.",
    "adopt": "Write the file of a resource that is only in the database.",
    "get": "List resources, or show one.",
    "describe": "Show everything that is known of one resource.",
    "history": "Show revisions, or the versions of one resource.",
    "diff": "Show what differs between two revisions.",
    "blame": "Show which commit set each field of a resource.",
    "query": "List the views and functions of schema api, or run one.",
    "explain": "Show what a rule means, and how to mend what breaks it.",
    "doctor": "Check the database, git and the registry, and say what to do.",
    "maintain": "Run maintenance tasks: partitions, rollups, what has expired, statistics.",
    "db": "Run the embedded PostgreSQL server.",
}


class PipeClosed(Exception):
    """Nobody reads the output any more."""


class Command(click.Command):
    """A command whose errors are JSON, too, where its results would be: then they go to stdout as well."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's signature.
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ToolregError as error:
            if ctx.params.get("output") == "json" and not error.is_shown:
                put(error_document(error))
            raise


class Group(click.Group):
    """A group that suggests a command for a name that it does not have."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named. Raises click.UsageError where there is none of that name."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            ctx.fail(f"there is no command {quoted(args[0])}; {did_you_mean(args[0], names)}")
        return super().resolve_command(ctx, args)


class Commands(Group):
    """A group whose commands stand in modules of their own name."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's signature.
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would take it for itself, and exit as if something had failed.
            raise PipeClosed from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature.
        """Return the names, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature.
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"reconciler.cli.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
