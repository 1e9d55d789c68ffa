"""Waits for changes of the files of a registry, through watchfiles, or by comparing all files where that is denied.

Each folder is watched by itself and no symbolic link is followed, be it a loop or a link to the root of the file
system. Beside the registry, the folders around it are watched for `.gitignore`, and git's own for a commit
or checkout.
"""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

# Below watchfiles.watch, which starts to watch with its first wait: folders made before would be missed.
from watchfiles._rust_notify import RustNotify

from reconciler.core.manifest.layout import Entry, is_ignored
from reconciler.desired.source import strip_folder

_STEP: Final = 25
"""Milliseconds between two looks at the collected events; a save is complete after a step without another event."""
_LONGEST_BATCH: Final = 500
"""Milliseconds after which events are handed on although more arrive."""
_POLL_SECONDS: Final = 2.0
_AGAIN_SECONDS: Final = 1.0
_MANY: Final = 200
"""The number of events in a batch above which the kernel may have dropped some."""
_MOST_FOLDERS: Final = 50_000
_TRIES: Final = 3
_IGNORES: Final = ".gitignore"
_GIT_FILES: Final = frozenset({"HEAD", "index"})


class Noticed(NamedTuple):
    """Changes since the last wait: paths from the top, or `everything` if the paths are not known.

    `is_moved` tells that folders came or went, or git's checkout changed.
    """

    paths: frozenset[str] = frozenset()
    everything: bool = False
    is_moved: bool = False

    def __bool__(self) -> bool:
        return bool(self.paths) or self.everything

    def join(self, later: "Noticed") -> "Noticed":
        """Return the changes of both."""
        return Noticed(self.paths | later.paths, self.everything or later.everything, self.is_moved or later.is_moved)


NOTHING_NOTICED: Final = Noticed()
EVERYTHING: Final = Noticed(everything=True, is_moved=True)


class FolderEvents:
    """The changes below a registry's folder. `note` says why files are compared instead, None if they are not."""

    def __init__(self, top: Path, folder: str, *, is_polling: bool = False) -> None:
        self._top = top
        self._folder = folder
        self._root = top / folder
        self._notify: RustNotify | None = None
        self._folders: frozenset[str] = frozenset()
        self._look_again: float | None = None
        self.note: str | None = None
        self._is_polling = is_polling
        self._open()

    def close(self) -> None:
        """Stop watching."""
        if self._notify is not None:
            self._notify.close()
            self._notify = None

    def wait(self, seconds: float) -> Noticed:
        """Return the next changes, none after so many seconds. Raises KeyboardInterrupt on a signal."""
        if self._notify is None:
            time.sleep(min(seconds, _POLL_SECONDS))
            # A folder that was missing, or a limit that was raised.
            self._open()
            return Noticed(everything=True)
        limit = seconds if self._look_again is None else min(seconds, max(0.05, self._look_again - time.monotonic()))
        answer = self._notify.watch(_LONGEST_BATCH, _STEP, max(1, int(limit * 1000)), None)
        if answer == "signal":
            raise KeyboardInterrupt
        if isinstance(answer, str):
            return self._make_second_look()
        return self._read_events({path for _, path in answer})

    def _make_second_look(self) -> Noticed:
        if self._look_again is None or time.monotonic() < self._look_again:
            return NOTHING_NOTICED
        self._look_again = None
        return Noticed(everything=True)

    def _read_events(self, paths: Iterable[str]) -> Noticed:
        events = list(paths)
        noticed = NOTHING_NOTICED
        for path in events:
            noticed = noticed.join(self._read_event(path))
        if len(events) > _MANY:
            self._look_again = time.monotonic() + _AGAIN_SECONDS
            noticed = noticed.join(Noticed(everything=True))
        if noticed.is_moved and self._folders != frozenset(self._list_folders()):
            self._open()
        return noticed

    def _read_event(self, path: str) -> Noticed:
        name = path.rpartition("/")[2]
        if path in self._folders or (_is_folder(path) and self._is_inside(path)):
            return EVERYTHING
        if name == _IGNORES:
            return Noticed(everything=True)
        if not self._is_inside(path):
            return EVERYTHING if name in _GIT_FILES and path.startswith(f"{self._git_folder}/") else NOTHING_NOTICED
        inside = os.path.relpath(path, self._top)
        if is_ignored(Entry(inside, strip_folder(self._folder, inside))):
            return NOTHING_NOTICED
        return Noticed(frozenset({inside}))

    def _is_inside(self, path: str) -> bool:
        return path == str(self._root) or path.startswith(f"{self._root}/")

    @property
    def _git_folder(self) -> Path:
        """The folder of the checkout's HEAD and index; a linked work tree has a file that names it."""
        place = self._top / ".git"
        try:
            named = place.read_text("utf-8", "surrogateescape").removeprefix("gitdir:").strip()
        except OSError:
            return place
        return Path(os.path.normpath(self._top / named))

    # ---- Opening

    def _open(self) -> None:
        """Watch all folders that exist now. Folders that come meanwhile are found by a second listing."""
        if self._is_polling:
            self.note = f"as asked for, all files are compared every {_POLL_SECONDS:.0f} s"
            return
        for _ in range(_TRIES):
            folders = frozenset(self._list_folders())
            self.close()
            try:
                self._notify = RustNotify(sorted(folders), False, False, 0, False, False)  # noqa: FBT003  Positional alone.
            except FileNotFoundError:
                continue
            except (OSError, RuntimeError) as error:
                self.note = _explain(error)
                return
            self._folders, self.note = folders, None
            if folders == frozenset(self._list_folders()):
                return
        if self._notify is None:
            self.note = f"{self._root} is not there, or changes too fast to be watched; it is looked for"

    def _list_folders(self) -> Iterator[str]:
        around = [self._root, *self._root.parents]
        outside = [folder for folder in around[1:] if folder == self._top or self._top in folder.parents]
        for folder in (*outside, self._git_folder):
            if folder.is_dir():
                yield str(folder)
        level = [str(self._root)] if _is_folder(str(self._root)) else []
        count = 0
        while level and count < _MOST_FOLDERS:
            count += len(level)
            yield from level
            # An unreadable folder cannot be watched: reading its files tells.
            level = [path for folder in level for path in _list_below(folder) if os.access(path, os.R_OK)]


def _list_below(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as items:
            return [item.path for item in items if item.is_dir(follow_symlinks=False)]
    except OSError:
        # Gone since.
        return []


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114  Thousands at a checkout.


def _explain(error: Exception) -> str:
    return (
        f"the system denies watching more files ({error}), so all files are compared every {_POLL_SECONDS:.0f} s;"
        " raise fs.inotify.max_user_watches and fs.inotify.max_user_instances"
    )
