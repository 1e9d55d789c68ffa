"""toolreg completion."""

import sys

import click
from click.shell_completion import get_completion_class

from reconciler.cli.group import Command
from reconciler.cli.output import note, put_data
from reconciler.core.errors import ToolregError

_PLACES = {
    "bash": "~/.local/share/bash-completion/completions/toolreg",
    "zsh": "~/.zfunc/_toolreg",
    "fish": "~/.config/fish/completions/toolreg.fish",
}


@click.command(cls=Command)
@click.argument("shell", type=click.Choice([*_PLACES]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    Completes commands, options, kinds, names of resources, queries, maintenance tasks, rules and fields. Needs bash 4.4
    or newer, zsh or fish.

    \b
    Examples:
        toolreg completion bash > ~/.local/share/bash-completion/completions/toolreg
        toolreg completion zsh > ~/.zfunc/_toolreg
        toolreg completion fish > ~/.config/fish/completions/toolreg.fish
    """
    script = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if script is None:
        raise ToolregError(f"there is no completion for {shell}")
    put_data(script(root, {}, "toolreg", "_TOOLREG_COMPLETE").source())
    if sys.stdout.isatty():
        note(f"Write this to {_PLACES[shell]} and open a new shell.")
