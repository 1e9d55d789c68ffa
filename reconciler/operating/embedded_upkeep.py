"""Maintains the database of an embedded server: python -m reconciler.operating.embedded_upkeep FOLDER.

Failures are recorded with each task, and `toolreg doctor` tells them.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.database.target import Target
from reconciler.operating.maintenance import run_due

_NICENESS: Final = 10


def main(folder: Path) -> None:
    """Run the tasks that are due. The server stays up meanwhile."""
    os.nice(_NICENESS)
    with suppress(ToolregError), Target(None, folder).open() as connect, connect() as conn:
        run_due(conn, lambda _: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
