"""Renders what a plan says beside its changes: probable renames and the teams touched."""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.plan.probable_renames import ProbableRename
from reconciler.core.pointer import Json
from reconciler.render.terminal import PLAIN, Paint, safe
from reconciler.render.yaml import render_yaml

_MOST_RENAMES: Final = 20
_MOST_TEAMS: Final = 20


def render_probable_renames(renames: Sequence[ProbableRename], paint: Paint = PLAIN) -> Iterator[str]:
    """Yield a line per probable rename, with the line of YAML that makes it a rename."""
    for rename in renames[:_MOST_RENAMES]:
        yield paint(
            f"  ! {safe(str(rename.after))} is probably {safe(str(rename.before))} under another name; to keep its id,"
            f" history and logs, add to metadata in {safe(rename.path, 2000)}: {format_moved_from(rename)}",
            "yellow",
        )
    if len(renames) > _MOST_RENAMES:
        yield paint(f"  ! {len(renames) - _MOST_RENAMES:,} more are probably renames; -o json lists all", "yellow")


def format_moved_from(rename: ProbableRename) -> str:
    """Return the line of YAML for the manifest of the new name."""
    return safe(render_yaml({"movedFrom": rename.before.name}).rstrip("\n"), 2000)


def make_rename_document(rename: ProbableRename) -> dict[str, Json]:
    """Return the JSON document of a probable rename."""
    return {
        "kind": rename.after.kind,
        "name": rename.after.name,
        "formerName": rename.before.name,
        "path": rename.path,
        "add": format_moved_from(rename),
    }


def render_teams(teams: Sequence[str]) -> Iterator[str]:
    """Yield a line with the teams touched, none without a team."""
    more = f" and {len(teams) - _MOST_TEAMS:,} more" if len(teams) > _MOST_TEAMS else ""
    if teams:
        yield f"Teams: {', '.join(safe(team) for team in teams[:_MOST_TEAMS])}{more}"
