"""toolreg reconcile."""

import os
import queue
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

import click

from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.logging import write_log
from reconciler.cli.options import environment_option
from reconciler.core.errors import ToolregError
from reconciler.core.state.loop_report import Noted, Tell
from reconciler.core.state.reconciler import Condition, LoopState
from reconciler.database.embedded import format_conninfo
from reconciler.database.target import Target
from reconciler.serving.conditions import STANDING_BY
from reconciler.serving.destination import Destination
from reconciler.serving.service import Service, make_mirror
from reconciler.serving.settings import ReconcilerSettings, load_settings, resolve_secret
from reconciler.serving.surroundings import Surroundings
from reconciler.state_folder import find_user_state

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
_SIGNAL_SECONDS: Final = 1.0
_CODES: Final = {"Refused": ExitCode.REFUSED, "OnHold": ExitCode.REFUSED}


@click.command(cls=Command)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="TOOLREG_CONFIG",
    show_envvar=True,
    help="File with settings (YAML). Options and variables override its values.",
)
@click.option(
    "--repo", envvar="TOOLREG_REPO", show_envvar=True, metavar="URL", help="Repository: a URL of git, or a path."
)
@click.option("--branch", envvar="TOOLREG_BRANCH", show_envvar=True, help="Branch to follow. [default: main]")
@click.option(
    "--folder",
    envvar="TOOLREG_FOLDER",
    show_envvar=True,
    help="Folder with registry.yaml in the repository. [default: registry]",
)
@environment_option
@click.option(
    "--interval",
    envvar="TOOLREG_INTERVAL",
    show_envvar=True,
    metavar="DURATION",
    help="Time between two looks at the repository. [default: 60s]",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    envvar="TOOLREG_TARGET",
    show_envvar=True,
    metavar="NAME=URL",
    help="Database to keep, URL or env:VARIABLE; repeatable. Default: the database of all other commands.",
)
@click.option(
    "--allow-rewind",
    is_flag=True,
    default=None,
    envvar="TOOLREG_ALLOW_REWIND",
    show_envvar=True,
    help="Follow the branch to commits that do not descend from the applied commit.",
)
@click.option(
    "--listen",
    envvar="TOOLREG_LISTEN",
    show_envvar=True,
    metavar="HOST:PORT",
    help="Answer /webhook, /livez, /readyz and /metrics. Default: no port.",
)
@click.option(
    "--webhook-secret-file",
    "webhook_secret_files",
    multiple=True,
    type=click.Path(path_type=Path),
    envvar="TOOLREG_WEBHOOK_SECRET_FILE",
    show_envvar=True,
    metavar="FILE",
    help="Secret by which webhooks are signed; repeatable, for a rotation. Without one, webhooks are refused.",
)
@click.option(
    "--notify",
    envvar="TOOLREG_NOTIFY",
    show_envvar=True,
    metavar="URL",
    help="Send a CloudEvent to URL, or env:VARIABLE, for each applied, failed, refused or drifted state.",
)
@click.option(
    "--notify-secret-file",
    type=click.Path(path_type=Path),
    envvar="TOOLREG_NOTIFY_SECRET_FILE",
    show_envvar=True,
    metavar="FILE",
    help="Secret to sign these events with (Standard Webhooks).",
)
@click.option("--once", is_flag=True, envvar="TOOLREG_ONCE", show_envvar=True, help="Look and apply once, then exit.")
def reconcile(config: Path | None, once: bool, **given: Any) -> int:  # noqa: ANN401  The options, passed on by name.
    """Keep databases equal to a branch, until stopped.

    Follows a branch of a repository, and applies its last commit to each target through all guards. Waits after a
    temporary failure; does not retry a commit whose content failed. Several processes may run: one works, the others
    stand by. SIGTERM ends it within 5 s, SIGHUP reads the settings again, SIGUSR1 has it look now.

    \b
    Example:
        toolreg reconcile --repo https://git.example.com/tools.git --branch main
    """
    received: queue.SimpleQueue[int] = queue.SimpleQueue()
    with _handled_signals(received):
        load = partial(load_settings, config, _make_values(given))
        setup = _set_up(load())
        if once:
            return _report_once(setup.service.run_once(lambda: not received.empty()))
        _serve_until_stopped(setup, received, load)
    return ExitCode.DONE


class _Setup(NamedTuple):
    """A service that can run once, with the settings that it was made of."""

    settings: ReconcilerSettings
    surroundings: Surroundings
    service: Service


def _set_up(settings: ReconcilerSettings) -> _Setup:
    """Return what the settings describe. Raises ToolregError for a variable or file that is absent."""
    surroundings = Surroundings(settings, write_log)
    return _Setup(settings, surroundings, _make_service(settings, surroundings.tell))


def _serve_until_stopped(
    setup: _Setup, received: "queue.SimpleQueue[int]", load: Callable[[], ReconcilerSettings]
) -> None:
    """Run a service, and after each SIGHUP the next one; if the next one cannot start, the one before again."""
    before: ReconcilerSettings | None = None
    following: _Setup | None = setup
    while following:
        settings = following.settings
        try:
            following = _serve(following, received, load)
            before = settings
        except ToolregError as error:
            if before is None:
                raise
            _tell_failed_reload(error)
            following, before = _set_up(before), None


def _serve(setup: _Setup, received: "queue.SimpleQueue[int]", load: Callable[[], ReconcilerSettings]) -> _Setup | None:
    """Run a service until stopped: return the next one after SIGHUP, None after another signal."""
    with setup.surroundings.open(setup.service), setup.service.running():
        while True:
            match _take_signal(received):
                case signal.SIGUSR1:
                    setup.service.wake()
                case signal.SIGHUP:
                    try:
                        return _set_up(load())
                    except ToolregError as error:
                        _tell_failed_reload(error)
                case _:
                    return None


def _take_signal(received: "queue.SimpleQueue[int]") -> int:
    """Wait for the next signal. Wakes up now and then: the kernel may interrupt another thread than this one.

    Python calls the handler in this thread, which an endless wait would never let run.
    """
    while True:
        with suppress(queue.Empty):
            return received.get(timeout=_SIGNAL_SECONDS)


def _tell_failed_reload(error: ToolregError) -> None:
    write_log(Noted(f"the settings stay as they were: {error}", is_error=True))


def _make_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given options by the names of the settings."""
    values = {name: value for name, value in given.items() if value not in (None, ())}
    if targets := values.get("targets"):
        values["targets"] = [_parse_target(text) for text in targets]
    return values


def _parse_target(text: str) -> dict[str, str]:
    name, equals, database = text.partition("=")
    if not equals or not database:
        raise click.UsageError(f"--target: expected NAME=URL, but found a text without {'a URL' if equals else '='}")
    return {"name": name, "database": database}


def _make_service(settings: ReconcilerSettings, tell: Tell) -> Service:
    destinations = [_make_destination(name, target) for name, target in _list_targets(settings)]
    return Service(settings, find_user_state(os.environ), destinations, tell)


def _list_targets(settings: ReconcilerSettings) -> Iterator[tuple[str, Target]]:
    path = Path(settings.repo)
    # An embedded server belongs to the registry's folder, or else to the copy of the repository.
    registry = path / settings.folder if path.is_dir() else make_mirror(settings, find_user_state(os.environ)).folder
    if not settings.targets:
        yield "default", Target.choose(None, registry, os.environ)
    for target in settings.targets:
        yield target.name, Target.choose(resolve_secret(target.database, f"target {target.name}"), registry, os.environ)


def _make_destination(name: str, target: Target) -> Destination:
    conninfo = format_conninfo(target.folder) if target.conninfo is None else target.conninfo
    origin = f"target {name}"
    return Destination(name, conninfo, origin, replace(target, origin=origin).open)


def _report_once(states: Mapping[str, LoopState]) -> ExitCode:
    codes = [_choose_code(state) for state in states.values()]
    return max(codes, key=[ExitCode.DONE, ExitCode.TEMPORARY, ExitCode.REFUSED, ExitCode.FAILED].index)


def _choose_code(state: LoopState) -> ExitCode:
    if state.condition is Condition.READY and state.reason != STANDING_BY.reason:
        return ExitCode.DONE
    if state.condition is not Condition.STALLED:
        return ExitCode.TEMPORARY
    return _CODES.get(state.reason.partition(":")[0], ExitCode.FAILED)


@contextmanager
def _handled_signals(received: "queue.SimpleQueue[int]") -> Iterator[None]:
    """Put signals into a queue, from which the main thread takes them."""

    def put(number: int, _frame: FrameType | None) -> None:
        received.put(number)

    before = {number: signal.signal(number, put) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
