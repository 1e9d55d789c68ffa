"""Where a desired state comes from."""

from typing import Literal, Protocol

from reconciler.core.history.commit import Commit


class Origin(Protocol):
    """Where a desired state comes from, as the database records it."""

    @property
    def name(self) -> Literal["commit", "worktree", "history"]:
        """What it is."""

    @property
    def folder(self) -> str:
        """The registry's folder as it is written in paths, `registry` for instance."""

    @property
    def commit(self) -> Commit | None:
        """The commit that is read, or that the files were checked out from; None outside git."""
