"""toolreg watch as a process: from the end of a save to the verdict in its output, debounce included."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.generate import tools
from tests.benchmarks.measure import Row
from tests.builders import Repository

_GOALS = {10_000: 0.2}
_NOWHERE = "postgresql://127.0.0.1:1/none"
_SAVES = 15


def rows(repository: Repository, size: int) -> Iterator[Row]:
    """Yield the times of a valid save, and of a save that breaks a file and the next that mends it."""
    path = tools(repository)[size // 3]
    before = path.read_text("utf-8")
    command = [sys.executable, "-m", "reconciler", "watch", "-o", "json", "--database", _NOWHERE]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=repository.top, stdout=subprocess.PIPE, text=True) as process:
        try:
            _read_verdict(process)
            yield Row(f"watch {size:,} files: first verdict", time.perf_counter() - began)
            versions = (re.sub(r"(?m)^  version: .*$", f"  version: 8.{number}.0", before) for number in range(_SAVES))
            valid = [_save(process, path, text) for text in versions]
            broken = [_save(process, path, text) for _ in range(_SAVES) for text in ("spec: [", before)]
            for work, times in (("valid save", valid), ("broken or mended save", broken)):
                yield Row(f"watch {size:,} files: {work}, median", median(times), goal=_GOALS.get(size))
                yield Row(f"watch {size:,} files: {work}, slowest", max(times), goal=_GOALS.get(size))
        finally:
            process.terminate()
            path.write_text(before, "utf-8")


def _save(process: "subprocess.Popen[str]", path: Path, text: str) -> float:
    # The verdict of the save before may be followed by its plan.
    time.sleep(0.5)
    path.write_text(text, "utf-8")
    began = time.perf_counter()
    _read_verdict(process)
    return time.perf_counter() - began


def _read_verdict(process: "subprocess.Popen[str]") -> None:
    assert process.stdout
    while json.loads(process.stdout.readline())["type"] != "verdict":
        pass
