"""toolreg check of a pull request that touches ten tools, and the judges on pairs of real changes."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Final

from reconciler.core.schema.dialect import DEFAULT, read_dialect
from reconciler.rules.compatibility.judges import Judges
from tests.benchmarks.generate import tools
from tests.benchmarks.measure import TOOLREG, Row, command, median_of, of_command
from tests.builders import Repository

_GOAL: Final = 0.5
_CHANGED: Final = 10
_RUNS: Final = 9
_PAIRS: Final = Path(__file__).parents[3] / "shared" / "corpora" / "contract-pairs.jsonl"
_GOALS: Final = {"median": 0.0001, "99 of 100": 0.03}


def rows(repository: Repository, size: int) -> Iterator[Row]:
    """Yield the cost of checking ten changed tools among many, as a command."""
    for path in tools(repository)[:_CHANGED]:
        content = path.read_text("utf-8").replace("type: string", "type: [string, 'null']", 1)
        path.write_text(
            re.sub(r"version: (\d+)[.\d]+", lambda found: f"version: {int(found[1]) + 1}.0.0", content), "utf-8"
        )
    top = repository.top
    floor = median_of(lambda: command("git", "diff", "--stat", "HEAD", cwd=top), _RUNS)
    seconds = of_command(TOOLREG, "check", "--against", "HEAD", cwd=top, runs=_RUNS)
    repository.git("checkout", "-q", "--", "registry")
    yield Row(f"check {_CHANGED} changed tools among {size:,}", seconds, floor, "git diff", _GOAL)


def pairs() -> Iterator[Row]:
    """Yield the cost of judging a pair, for the pairs of the corpus where it lies beside the project."""
    if not _PAIRS.is_file():
        return
    times = []
    with Judges() as judges:
        for line in _PAIRS.read_text("utf-8").splitlines():
            pair = json.loads(line)
            sides = (pair["old"], pair["new"]) if pair["direction"] == "input" else (pair["new"], pair["old"])
            dialects = [read_dialect(side) if isinstance(side, dict) else DEFAULT for side in sides]
            began = time.perf_counter()
            judges.judge(sides[0], dialects[0], sides[1], dialects[1])
            times.append(time.perf_counter() - began)
    hundredths = quantiles(times, n=100)
    for name, seconds in (("median", hundredths[49]), ("99 of 100", hundredths[98])):
        yield Row(f"judge a pair of schemas, {name}", seconds, goal=_GOALS[name])
