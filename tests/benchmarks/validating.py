"""toolreg validate on a whole registry, from nothing, as a command."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
import yaml
from yaml import _yaml

from reconciler.assets import load_contract
from tests.benchmarks.generate import tools
from tests.benchmarks.measure import TOOLREG, Row, command, median_of, of_command, once
from tests.builders import Repository

_GOALS = {10_000: 2.2}
_UNCHANGED_GOALS = {10_000: 0.2, 100_000: 1.0}
# A command line holds so many paths, and their peer takes seven milliseconds a file.
_MOST_FOR_CHECK_JSONSCHEMA = 1_000
_MOST_FOR_NPM = 10_000
_CHANGED = 10
_TOKENS = "reading and tokenising them, one process"


def rows(repository: Repository, size: int) -> Iterator[Row]:
    """Yield what validating every file costs, from nothing and again, beside the peers that are installed."""
    runs = 3 if size > max(_GOALS) else 5
    paths = sorted(repository.top.glob("registry/**/*.yaml"))
    floor = median_of(lambda: [_yaml.CParser(path.read_bytes()).raw_scan() for path in paths], runs)
    with _state() as state:
        cold = median(_cold(repository.top, state) for _ in range(runs))
        again = of_command(TOOLREG, "validate", cwd=repository.top, runs=runs)
    yield Row(f"validate {size:,} files", cold, floor, _TOKENS, _GOALS.get(size))
    yield Row(f"validate {size:,} unchanged files", again, floor, _TOKENS, _UNCHANGED_GOALS.get(size))
    yield from _pull_request(repository, size)
    yield from _kubeconform(repository.top, floor, runs)
    yield from _check_jsonschema(repository.top, size, floor)
    yield from _npm_peers(repository.top, size, floor)


@contextmanager
def _state() -> Iterator[Path]:
    """Keep the verdicts of this run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOOLREG_STATE_DIR", folder)
        yield Path(folder)


def _cold(top: Path, state: Path) -> float:
    shutil.rmtree(state / "verdicts", ignore_errors=True)
    return once(lambda: command(TOOLREG, "validate", cwd=top))


def _pull_request(repository: Repository, size: int) -> Iterator[Row]:
    """Yield what a pull request costs that changes ten tools."""
    base = repository.git("rev-parse", "HEAD")
    paths = tools(repository)[:_CHANGED]
    for path in paths:
        path.write_text(re.sub(r"(?m)^  version: .*$", "  version: 9.9.9", path.read_text(), count=1))
    repository.commit("Change ten tools")
    try:
        for words in (("validate",), ("check",), ("plan",), ("plan", "-o", "markdown")):
            seconds = of_command(TOOLREG, *words, "--ref", "HEAD", "--against", base, cwd=repository.top, runs=5)
            yield Row(f"{' '.join(words)} --against, {_CHANGED} of {size:,} changed", seconds)
    finally:
        repository.git("reset", "-q", "--hard", base)


def _npm_peers(top: Path, size: int, floor: float) -> Iterator[Row]:
    """Yield what the envelope of the tools costs the validators of npm, run on JSON."""
    if size > _MOST_FOR_NPM:
        return
    schema = _bundled(top) / "tool.json"
    with tempfile.TemporaryDirectory() as folder:
        for path in tools(Repository(top)):
            Path(folder, f"{path.stem}.json").write_text(json.dumps(yaml.load(path.read_bytes(), yaml.CSafeLoader)))
        if program := shutil.which("jsonschema"):
            seconds = of_command(program, "validate", "--fast", str(schema), folder, cwd=top, runs=3)
            yield Row(
                "  beside it: @sourcemeta/jsonschema, the envelopes of the tools, as JSON", seconds, floor, _TOKENS
            )
        if program := shutil.which("ajv"):
            words = ("validate", "--spec=draft2020", "--strict=false", "-c", "ajv-formats", "-s", str(schema))
            seconds = of_command(program, *words, "-d", f"{folder}/*.json", cwd=top, runs=3)
            yield Row("  beside it: ajv-cli, the envelopes of the tools, as JSON", seconds, floor, _TOKENS)


def missing_peers() -> list[str]:
    """Return the peers that are not installed."""
    return [name for name in ("kubeconform", "check-jsonschema", "jsonschema", "ajv") if shutil.which(name) is None]


def _kubeconform(top: Path, floor: float, runs: int) -> Iterator[Row]:
    if program := shutil.which("kubeconform"):
        schemas = _bundled(top)
        location = f"{schemas}/{{{{ .ResourceKind }}}}.json"
        words = (program, "-n", "2", "-schema-location", location, "registry/tools", "registry/services")
        seconds = of_command(*words, "registry/nodes", cwd=top, runs=runs)
        yield Row("  beside it: kubeconform, the envelope alone", seconds, floor, _TOKENS)


def _check_jsonschema(top: Path, size: int, floor: float) -> Iterator[Row]:
    program = shutil.which("check-jsonschema")
    if program and size <= _MOST_FOR_CHECK_JSONSCHEMA:
        schemas = _bundled(top)
        tools = [str(path) for path in sorted(top.glob("registry/tools/**/*.yaml"))]
        seconds = of_command(program, "--schemafile", f"{schemas}/tool.json", *tools, cwd=top, runs=1)
        yield Row("  beside it: check-jsonschema, the envelopes of the tools", seconds, floor, _TOKENS)


def _bundled(top: Path) -> Path:
    """Write the schemas without references between files, which is how the peers read them."""
    folder = top / ".git" / "schemas"
    folder.mkdir(exist_ok=True)
    for kind in load_contract().kinds.values():
        (folder / f"{kind.name.lower()}.json").write_text(json.dumps(kind.schema))
    return folder
