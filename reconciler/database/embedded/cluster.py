"""Makes the data folder: atomically, and synced to the disk before the first use."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from reconciler.database.embedded import account
from reconciler.database.embedded.account import Account
from reconciler.database.embedded.binaries import Programs
from reconciler.database.embedded.faults import EmbeddedError

_CLEAN = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""The environment of PostgreSQL's programs: no PG* variable, and no locale missing on this machine."""

_BUILTIN_LOCALES = 17
_SYNC_METHODS = 17
_SMALL = ["--wal-segsize=1", "--set=min_wal_size=2MB", "--set=max_wal_size=256MB"]
"""An idle write-ahead log has two segments of 1 MB; the default size would take 32 MB in each state folder."""

_PACKAGE = Path(__file__).parents[2]
_CREATE_DATABASE = "sql/migrate/create_embedded_database.sql"


def make_cluster(data: Path, programs: Programs, alive: int) -> None:
    """Make a cluster with the database and the superuser `toolreg`.

    The cluster is made under another name, synced, and then renamed: a data folder is never incomplete, and the
    remains of a killed command are removed. Nothing is synced before the end, which halves the time. The programs
    inherit the lock `alive`: no command begins again while an orphan of a killed command still writes.
    """
    new = data.with_name("data.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    try:
        _fill(_Scene(new, programs, account.maker(), alive))
        account.server().own_tree(new)
        new.rename(data)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


@dataclass(frozen=True, slots=True)
class _Scene:
    """The common arguments of all programs that make a cluster."""

    new: Path
    programs: Programs
    maker: Account
    alive: int

    def run(self, name: str, *arguments: str, stdin: str = "") -> None:
        """Run a program as the maker, in the new folder. Raises EmbeddedError with the end of its output."""
        done = subprocess.run(  # noqa: S603  A program of the wheel, with arguments of our own.
            [self.programs.path(name), *arguments],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            cwd=self.new,
            env=_CLEAN,
            user=self.maker.uid,
            group=self.maker.gid,
            extra_groups=self.maker.groups,
            umask=0o077,
            pass_fds=[self.alive],
            start_new_session=True,  # Ctrl-C reaches toolreg alone, which ends the program.
        )
        if done.returncode:
            raise EmbeddedError(
                f"{name} could not make the data of the embedded server in {self.new.parent}."
                " Mend the cause, or set TOOLREG_STATE_DIR to another folder:",
                done.stdout,
            )


def _fill(scene: _Scene) -> None:
    scene.maker.own(scene.new)
    place = scene.maker.place(scene.new)
    # Trust: the only access is the socket, in a folder that only its owner can enter.
    basics = ["--username=toolreg", "--auth=trust", "--encoding=UTF8", "--no-instructions", "--no-sync"]
    scene.run("initdb", "-D", place, *basics, *_SMALL, *_make_locale_options(scene.programs.major))
    single = ["--single", "-F", "-j", "-c", "exit_on_error=true"]
    scene.run("postgres", *single, "-D", place, "template1", stdin=_read_statement())
    scene.run("initdb", "-D", place, "--sync-only", *_make_sync_options(scene.programs.major))


def _make_locale_options(major: int) -> list[str]:
    """Return options to sort by code point and know the case of all of Unicode, the same on every machine."""
    return ["--locale=C", *(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] * (major >= _BUILTIN_LOCALES))]


def _make_sync_options(major: int) -> list[str]:
    return ["--sync-method=syncfs"] if major >= _SYNC_METHODS and sys.platform == "linux" else []


def _read_statement() -> str:
    """Read the statement from the wheel, or from a checkout with sql/ beside the package."""
    paths = (top / _CREATE_DATABASE for top in (_PACKAGE, _PACKAGE.parent))
    return next(path for path in paths if path.is_file()).read_text(encoding="utf-8")
