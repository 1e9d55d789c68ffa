"""Follows a branch of a repository: asks for its last commit, and fetches only if the commit is new."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.history.commit import Commit
from reconciler.core.manifest.contract import Contract
from reconciler.core.state.loop_report import Asked, Noted, Tell
from reconciler.desired.git.mirror import Mirror
from reconciler.desired.git.remote import RemoteGone
from reconciler.desired.git_files import GitTree
from reconciler.desired.load import load_registry_file
from reconciler.serving.branch_tip import BranchTip, TipBoard
from reconciler.serving.conditions import describe_surprise
from reconciler.serving.retry import back_off, spread

_FETCHES_BETWEEN_PACKING: Final = 100


class SourceLoop:
    """The loop that posts the head of a branch. `on_news` is called after each change of the head."""

    def __init__(
        self,
        mirror: Mirror,
        folder: str,
        contract: Contract,
        interval: float,
        board: TipBoard,
        on_news: Callable[[], None],
        tell: Tell,
    ) -> None:
        self._mirror = mirror
        self._folder = folder
        self._contract = contract
        self._interval = interval
        self._board = board
        self._on_news = on_news
        self._tell = tell
        self._fetches = 0
        self._failures = 0
        self._awake = threading.Event()
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Have the loop look now."""
        self._awake.set()

    def stop(self) -> None:
        """Have the loop end. The remote has a running call of git end."""
        self._stopping.set()
        self._awake.set()

    def run(self) -> None:
        """Run until `stop`."""
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                self.look()
            except Exception as error:  # noqa: BLE001  A thread that ended would follow nothing, unnoticed.
                self._failures += 1
                self._tell(Noted(describe_surprise(error), is_error=True))
            wait = back_off(self._failures) if self._failures else spread(self._interval)
            self._awake.wait(wait)

    def look(self) -> None:
        """Look at the repository once, and post what was found."""
        before = self._board.read()
        head = self._find_head(before)
        self._failures = self._failures + 1 if head.failure or head.gone else 0
        self._board.post(head)
        if self._board.read() != before:
            self._on_news()

    def _find_head(self, before: BranchTip) -> BranchTip:
        try:
            with self._told("ls-remote"):
                tip = self._mirror.find_tip()
            if before.commit and before.commit.id == tip:
                return before._replace(failure=None, gone=None)
            with self._told("fetch"):
                commit = self._mirror.fetch(tip)
            return BranchTip(commit, self._read_name(commit) or before.registry)
        except RemoteGone as error:
            return before._replace(failure=None, gone=str(error))
        except ToolregError as error:
            return before._replace(failure=str(error))
        finally:
            self._pack()

    def _read_name(self, commit: Commit) -> str | None:
        """Return the name in registry.yaml, None if the file is absent or invalid."""
        try:
            source = GitTree(self._mirror.open(), self._folder, commit.id)
            manifest = load_registry_file(source, self._contract)
        except ToolregError:
            return None
        return manifest.ref.name if manifest else None

    def _pack(self) -> None:
        if self._fetches < _FETCHES_BETWEEN_PACKING:
            return
        self._fetches = 0
        try:
            self._mirror.pack()
        except ToolregError as error:
            self._tell(Noted(f"the copy of the repository was not packed: {error}", is_error=True))

    @contextmanager
    def _told(self, request: str) -> Iterator[None]:
        began = time.monotonic()
        self._fetches += request == "fetch"
        try:
            yield
        except ToolregError as error:
            # The end of this process is no fault of the repository.
            if not self._stopping.is_set():
                result = "gone" if isinstance(error, RemoteGone) else "failed"
                self._tell(Asked(request, result, time.monotonic() - began, str(error)))
            raise
        self._tell(Asked(request, "ok", time.monotonic() - began))
