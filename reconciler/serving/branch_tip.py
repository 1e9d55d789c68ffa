"""The head of the followed branch, handed from the thread that asks git to the threads of the targets."""

import threading
from typing import NamedTuple

from reconciler.core.history.commit import Commit


class BranchTip(NamedTuple):
    """The last known commit of the branch, None before the first fetch.

    `registry` is the name in its registry.yaml, None if unreadable. `gone` says that the branch or the repository does
    not exist, `failure` that the remote did not answer; both are messages.
    """

    commit: Commit | None = None
    registry: str | None = None
    gone: str | None = None
    failure: str | None = None


class TipBoard:
    """The place of the current head."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head = BranchTip()

    def post(self, head: BranchTip) -> None:
        """Replace the head."""
        with self._lock:
            self._head = head

    def read(self) -> BranchTip:
        """Return the head."""
        with self._lock:
            return self._head
