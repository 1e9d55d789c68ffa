"""Runs the parts of a reconciler: one thread that follows git, and one per target."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reconciler.assets import load_contract
from reconciler.core.errors import ToolregError
from reconciler.core.state.loop_report import Tell
from reconciler.core.state.reconciler import Condition, LoopState
from reconciler.desired.git.mirror import Mirror
from reconciler.desired.git.remote import Remote
from reconciler.serving.branch_tip import TipBoard
from reconciler.serving.destination import Destination, Following
from reconciler.serving.lease import make_holder
from reconciler.serving.settings import ReconcilerSettings
from reconciler.serving.source_loop import SourceLoop
from reconciler.serving.target_loop import TargetLoop

_SETTLED: Final = frozenset({"Retrying", "DatabaseAway", "InternalError"})
_ONCE_SECONDS: Final = 0.05
_STOP_SECONDS: Final = 4.8


class Service:
    """A reconciler. `destinations` are the databases to keep."""

    def __init__(
        self, settings: ReconcilerSettings, state_folder: Path, destinations: Sequence[Destination], tell: Tell
    ) -> None:
        contract = load_contract()
        self._stopping = threading.Event()
        mirror = make_mirror(settings, state_folder, self._stopping.is_set)
        remote = mirror.remote
        folder = settings.folder.strip("/")
        folder = "" if folder == "." else folder
        environment = settings.environment
        self._board = TipBoard()
        self.source = SourceLoop(mirror, folder, contract, settings.seconds, self._board, self._wake_targets, tell)
        following = Following(
            " ".join([remote.url, remote.branch, *filter(None, (folder, environment and f"({environment})"))]),
            str(mirror.folder),
            folder,
            contract.digest,
            settings.allow_rewind,
            environment,
            settings.seconds,
            _make_counter(mirror),
        )
        holder = make_holder()
        self.targets = tuple(
            TargetLoop(destination, following, self._board, holder, self.source.wake, tell)
            for destination in destinations
        )

    def wake(self) -> None:
        """Have the repository looked at now, by whichever process holds the lease of each target."""
        for target in self.targets:
            target.want()

    def read_readiness(self) -> dict[str, bool]:
        """Return whether each target was equal to the branch once."""
        return {target.destination.name: target.read_readiness() for target in self.targets}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run during the block."""
        threads = [threading.Thread(target=part.run, daemon=True) for part in self._parts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop(threads)

    def run_once(self, is_interrupted: Callable[[], bool]) -> dict[str, LoopState]:
        """Look once, apply to each target if due, and return how each ended, or how far each came."""
        with self.running():
            while not all(map(_is_settled, self.targets)) and not is_interrupted():
                time.sleep(_ONCE_SECONDS)
            return {target.destination.name: target.state for target in self.targets}

    @property
    def _parts(self) -> tuple[SourceLoop | TargetLoop, ...]:
        return (self.source, *self.targets)

    def _stop(self, threads: Sequence[threading.Thread]) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        self._stopping.set()
        for part in self._parts:
            part.stop()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for target in self.targets:
            target.kill_children()

    def _wake_targets(self) -> None:
        for target in self.targets:
            target.wake()


def make_mirror(
    settings: ReconcilerSettings, state_folder: Path, is_stopping: Callable[[], bool] = lambda: False
) -> Mirror:
    """Return the copy of the repository to follow, in the user's state folder."""
    return Mirror(state_folder / "mirrors", Remote.parse(settings.repo, settings.branch, is_stopping))


def _is_settled(target: TargetLoop) -> bool:
    state = target.state
    return (
        state.condition is not Condition.RECONCILING
        or state.reason in _SETTLED
        or (state.reason == "WaitingForSource" and state.message is not None)
    )


def _make_counter(mirror: Mirror) -> Callable[[str, str], int | None]:
    def count(applied: str, head: str) -> int | None:
        try:
            return mirror.open().count_commits(applied, head)
        except ToolregError:
            return None

    return count
