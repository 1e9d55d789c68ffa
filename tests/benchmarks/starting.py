"""Commands that have little to do: what is left is the start."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks.generate import generate
from tests.benchmarks.measure import TOOLREG, Row, of_command

_RUNS: Final = 15


def rows(folder: Path) -> Iterator[Row]:
    """Yield what starting costs."""
    top = generate(folder / "1", 1).top
    tool = next(str(path) for path in top.glob("registry/tools/*/*.yaml"))
    python = of_command(sys.executable, "-c", "pass", cwd=top, runs=_RUNS)
    click = of_command(sys.executable, "-c", "import click", cwd=top, runs=_RUNS)
    yield Row("  beside it: python -c 'import click'", click, python, "python -c pass")
    for words, goal in ((("--help",), 0.07), (("validate", tool), 0.13)):
        seconds = of_command(TOOLREG, *words, cwd=top, runs=_RUNS)
        yield Row(f"toolreg {words[0]}{' of one file' if words[1:] else ''}", seconds, python, "python -c pass", goal)
