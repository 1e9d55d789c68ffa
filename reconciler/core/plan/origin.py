"""The origin of a desired state."""

from typing import Literal, Protocol

from reconciler.core.history.commit import Commit


class Origin(Protocol):
    """The origin of a desired state, as recorded in the database."""

    @property
    def name(self) -> Literal["commit", "worktree", "history"]:
        """The type of the origin."""

    @property
    def folder(self) -> str:
        """The registry's folder as written in paths, such as `registry`."""

    @property
    def commit(self) -> Commit | None:
        """The commit of the files: read from git, or checked out in the worktree; None outside git."""

    @property
    def environment(self) -> str | None:
        """The environment whose patches the content includes; None for the manifests as written."""
