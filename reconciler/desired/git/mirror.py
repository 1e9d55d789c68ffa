"""A bare copy of a branch with its whole history, kept in the user's state folder.

Whole: a partial clone asks the remote for every blob, and a shallow one cannot tell the ancestry of commits. A damaged
copy is made anew.
"""

import fcntl
import hashlib
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from reconciler.core.errors import ToolregError
from reconciler.core.history.commit import Commit
from reconciler.core.quote import quoted
from reconciler.desired.git.process import GitCutOff, GitError, Limit, ask_git, format_complaint, run_git
from reconciler.desired.git.remote import FETCH_SECONDS, Remote, RemoteAway
from reconciler.desired.git.repository import Repository

_LONG_ID: Final = 64
_LOCK_PAUSE: Final = 0.1


class Mirror:
    """A copy of a remote branch in a folder below `parent`, named after the URL."""

    def __init__(self, parent: Path, remote: Remote) -> None:
        digest = hashlib.sha256(f"{remote.url}\n{remote.branch}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
        readable = re.sub(r"[^a-z0-9]+", "-", remote.url.lower().removesuffix(".git"))[-32:].strip("-")
        self._parent = parent
        self.remote = remote
        self.folder = parent / f"{readable}-{digest}.git"

    def find_tip(self) -> str:
        """Return the id of the branch's last commit at the remote. Raises as `Remote.find_tip` does."""
        with _explain_os_errors(self._parent):
            self._parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.remote.find_tip(self._parent)

    def fetch(self, tip: str) -> Commit:
        """Bring the branch here and return its last commit: `tip`, which the remote named, or a later one.

        Raises RemoteAway, GitCutOff or GitError.
        """
        with _explain_os_errors(self._parent), self._hold_lock():
            held = self._read_branch()
            if held and held.id == tip:
                return held
            if held is None or not self._update():
                self._make_anew(tip)
            return self.open().read_commit(self.remote.ref)

    def open(self) -> Repository:
        """Return the repository of the copy. Raises GitError if it cannot be read."""
        repository = Repository.around(self.folder)
        if repository is None:
            raise GitError(f"there is no copy of the repository in {quoted(str(self.folder))}")
        return repository

    def pack(self) -> None:
        """Have git pack its objects if there are many, without removing any: an applied commit may be on no branch."""
        with _explain_os_errors(self._parent), self._hold_lock():
            settings = {"gc.autoDetach": "false", "gc.pruneExpire": "never", "gc.reflogExpire": "never"}
            limit = Limit(FETCH_SECONDS, self.remote.is_stopping)
            answer = ask_git(self.folder, "gc", "--auto", "--quiet", settings=settings, limit=limit)
            if answer.code != 0:
                raise answer.failure

    def _make_anew(self, tip: str) -> None:
        fresh, old = self.folder.with_suffix(".new"), self.folder.with_suffix(".old")
        for folder in (fresh, old):
            shutil.rmtree(folder, ignore_errors=True)
        algorithm = "sha256" if len(tip) == _LONG_ID else "sha1"
        run_git(self._parent, "init", "--bare", "--quiet", f"--object-format={algorithm}", "--template=", str(fresh))
        self._fetch_into(fresh)
        if self.folder.exists():
            self.folder.rename(old)
        fresh.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def _fetch_into(self, folder: Path) -> None:
        options = (
            "--quiet",
            "--force",
            "--no-tags",
            "--no-auto-gc",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
        )
        refspec = f"{self.remote.ref}:{self.remote.ref}"
        answer = self.remote.ask(folder, "fetch", *options, "--", self.remote.url, refspec, seconds=FETCH_SECONDS)
        if answer.code != 0:
            raise RemoteAway(format_complaint(answer.said))

    def _update(self) -> bool:
        """Fetch into the copy; return False if the copy may be damaged, which a fetch into a new copy tells."""
        try:
            self._remove_locks()
            self._fetch_into(self.folder)
            held = self._read_branch()
        except (RemoteAway, GitError):
            return False
        return held is not None

    def _read_branch(self) -> Commit | None:
        """Return the last commit of the copy of the branch; None without a readable copy."""
        if not self.folder.exists():
            return None
        try:
            repository = self.open()
            held = repository.read_commit(self.remote.ref)
            return held if repository.has(held.id) else None
        except ToolregError:
            return None

    def _remove_locks(self) -> None:
        """Remove the lock files of a killed git: no other git writes here while the lock of this copy is held."""
        for path in (*self.folder.glob("*.lock"), *(self.folder / "refs").rglob("*.lock")):
            path.unlink(missing_ok=True)

    @contextmanager
    def _hold_lock(self) -> Iterator[None]:
        """Hold the lock of this copy, which other processes of the machine may use, too."""
        with open(self.folder.with_suffix(".lock"), "ab") as file:  # noqa: PTH123  A descriptor for flock.
            deadline = time.monotonic() + FETCH_SECONDS
            # Not flock's own wait, which a process that is stopped with the lock would prolong without end.
            while not _try_lock(file):
                if self.remote.is_stopping() or time.monotonic() > deadline:
                    raise GitCutOff(
                        "another process fetches into the copy of the repository, and does not end; try again"
                    )
                time.sleep(_LOCK_PAUSE)
            yield


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _explain_os_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GitError(
            f"the copy of the repository cannot be kept in {quoted(str(folder))}: {error.strerror};"
            " TOOLREG_STATE_DIR names another folder"
        ) from error
