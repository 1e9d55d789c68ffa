"""The embedded server: its first start, a later one, and its end."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from reconciler.database import embedded
from reconciler.database.embedded import account, binaries
from tests.benchmarks.measure import Row, once

_RUNS: Final = 5
_INITDB: Final = "initdb alone"


def rows() -> Iterator[Row]:
    """Yield what the server costs a command that needs it."""
    first, later, stop, floor = [], [], [], []
    for _ in range(_RUNS):
        with tempfile.TemporaryDirectory() as scratch:
            state = Path(scratch, "state")
            first.append(once(lambda: embedded.start(state)))  # noqa: B023  It runs at once.
            stop.append(once(lambda: embedded.stop(state)))  # noqa: B023
            later.append(once(lambda: embedded.start(state)))  # noqa: B023
            stop.append(once(lambda: embedded.stop(state)))  # noqa: B023
            floor.append(once(lambda: _initdb(Path(scratch, "floor"))))
    least = median(floor)
    yield Row("embedded server, first start", median(first), least, _INITDB, 1.2)
    yield Row("embedded server, later start", median(later), None, "", 0.06)
    yield Row("embedded server, stop", median(stop), None, "", 0.03)


def _initdb(data: Path) -> None:
    programs = binaries.make_reachable(binaries.locate(), account.server())
    maker = account.maker()
    data.mkdir(mode=0o700)
    maker.own(data)
    options = ("--username=toolreg", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
    subprocess.run(
        [programs.path("initdb"), "-D", maker.place(data), *options],
        cwd=data,
        user=maker.uid,
        group=maker.gid,
        extra_groups=maker.groups,
        check=True,
        capture_output=True,
    )
