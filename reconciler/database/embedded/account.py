"""The user of the server. PostgreSQL refuses to run as root, which therefore runs the server as another user."""

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

from reconciler.database.embedded.faults import EmbeddedError

SERVER_UID = 60932
"""Owns the data of root's embedded servers, and no other file on the machine.

Not `nobody`, a user shared by other programs. Taken from a range that neither Debian nor systemd hands out (systemd's
UIDS-GIDS.md: 60706 to 61183 are unused), and below 65536, to exist in the usual containers too.
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The user of a PostgreSQL program; None stands for the current user."""

    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """The supplementary groups: none for another user, unchanged for the current user."""
        return None if self.uid is None else []

    def own(self, path: Path) -> None:
        """Give a file or an empty folder to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_tree(self, top: Path) -> None:
        """Give a folder and all its contents to this user."""
        if self.uid is None:
            return
        for folder, folders, files in os.walk(top):
            for name in folders + files:
                self.own(Path(folder, name))
        self.own(top)

    def place(self, data: Path) -> str:
        """Return the name of the data folder for a program of this user that runs in the folder.

        Under a folder that only root may enter, such as /root, no path leads another user to the data. The kernel's
        link to the current folder does, without a check of the folders above; no permissions change.
        """
        return str(data) if self.uid is None or sys.platform != "linux" else "/proc/self/cwd"


def server() -> Account:
    """Return the user of the server."""
    return Account(SERVER_UID, SERVER_UID) if os.geteuid() == 0 else Account()


def maker() -> Account:
    """Return the user of initdb, which insists on a user with a name other than root."""
    if os.geteuid() != 0:
        _require_name(os.geteuid())
        return Account()
    named = sorted((entry for entry in pwd.getpwall() if entry.pw_uid), key=lambda entry: entry.pw_name != "nobody")
    if not named:
        raise EmbeddedError("initdb cannot run as root, and this machine has no other user. Add one, such as nobody")
    return Account(named[0].pw_uid, named[0].pw_gid)


def require_own(folder: Path) -> None:
    """Refuse a folder of another user: its owner could redirect our writes, above all those of root."""
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise EmbeddedError(
            f"{folder} belongs to user {owner}, and you are user {os.geteuid()}."
            " Run toolreg as its owner, or set TOOLREG_STATE_DIR to a folder of your own"
        )


def _require_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedError(
            f"you are user {uid}, who has no name on this machine (/etc/passwd), and initdb refuses to work for such"
            " a user. Give it a name, run as a user who has one, or use --database or DATABASE_URL"
        ) from error
