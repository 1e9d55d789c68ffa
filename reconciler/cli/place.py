"""Finds the registry of the current folder, upward to the top of the repository, as git finds a repository."""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from reconciler.core.manifest.layout import REGISTRY_FILE, REGISTRY_FOLDER


def find_registry(here: Path) -> Path:
    """Return the nearest registry of a folder and of the folders above, relative to the folder.

    Without a registry, returns the place for one: at the top of the repository, which may hold a registry in a commit.
    """
    folders = [*_list_folders(here)]
    nearest = (folder for folder in folders if (folder / REGISTRY_FOLDER / REGISTRY_FILE).is_file())
    any_folder = (folder for folder in (here, folders[-1]) if (folder / REGISTRY_FOLDER).is_dir())
    folder = next(chain(nearest, any_folder, folders[-1:]))
    return Path(os.path.relpath(folder / REGISTRY_FOLDER, here))


def _list_folders(here: Path) -> Iterator[Path]:
    """Yield a folder and all folders above, up to the top of the repository; outside of git the folder alone."""
    above = [here, *here.parents]
    top = next((folder for folder in above if (folder / ".git").exists()), here)
    yield from above[: above.index(top) + 1]
