"""The list of commands. A command is imported only when it runs, since the imports are slow."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from reconciler.cli.output import put
from reconciler.core.errors import ToolregError
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.render.diagnostics import render_error_json

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Final = {
    "init": "Make a registry repository, or add missing files to one.",
    "new": "Write the manifest of a new resource.",
    "validate": "Check every manifest, without a database.",
    "fmt": "Format manifests: order of keys, indentation, blank lines.",
    "lint": "Show unwise and dangerous content of manifests.",
    "check": "Show what changed tools break for their callers.",
    "owners": "List the teams that own resources, with their folders.",
    "plan": "Show the changes that apply would make.",
    "watch": "Validate and plan the work tree anew at each save, until Ctrl-C.",
    "apply": "Make the database match a commit, in a single transaction.",
    "reconcile": "Keep databases equal to a branch, until stopped.",
    "suspend": "Pause all applies until toolreg resume, or until a given time.",
    "resume": "End a suspension.",
    "rollback": "Make the database match an earlier revision.",
    "migrate": "Bring the database to the current storage schema.",
    "status": "Show the applied revision, drift and pending migrations.",
    "drift": "Show drift between the database and the applied state, or repair it.",
    "adopt": "Write the manifest of a resource found only in the database.",
    "get": "List resources, or show a single resource.",
    "describe": "Show all details of a resource.",
    "history": "Show revisions, or the versions of a resource.",
    "events": "Print the changes of applied revisions, as they are applied.",
    "diff": "Show the differences between two revisions.",
    "blame": "Show which commit set each field of a resource.",
    "query": "List the views and functions of schema api, or run a query.",
    "explain": "Explain a rule, or a field of a manifest.",
    "schema": "Print the JSON Schema of a kind, or write all schemas for editors.",
    "doctor": "Check the database, git and the registry, and advise on repairs.",
    "maintain": "Run maintenance tasks: partitions, rollups, expired data, statistics.",
    "db": "Run the embedded PostgreSQL server.",
    "completion": "Print the completion script of a shell.",
}


class PipeClosed(Exception):
    """The reader of stdout closed the pipe."""


class Command(click.Command):
    """A command that with -o json prints errors as JSON on stdout, too."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's signature.
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ToolregError as error:
            if ctx.params.get("output") == "json" and not error.is_shown:
                put(render_error_json(error))
            raise


class Group(click.Group):
    """A group that suggests a similar command for an unknown name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the named command. Raises click.UsageError for an unknown name."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            ctx.fail(f"there is no command {quoted(args[0])}; {did_you_mean(args[0], names)}")
        return super().resolve_command(ctx, args)


class Commands(Group):
    """A group with a module per command, of the same name."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's signature.
        """Run the named command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would handle the error itself, and exit as after a failure.
            raise PipeClosed from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature.
        """Return the names in their order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature.
        """Import and return a command, None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"reconciler.cli.commands.{cmd_name}"), cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        """Return the commands and options that begin with a word, without importing any command."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415  Needed by a shell only.

        names = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
