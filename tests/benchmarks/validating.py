"""toolreg validate on a whole registry, from nothing, as a command."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from yaml import _yaml

from reconciler.assets import load_contract
from tests.benchmarks.measure import TOOLREG, Row, median_of, of_command
from tests.builders import Repository

_GOALS = {10_000: 2.2}
# A command line holds so many paths, and their peer takes seven milliseconds a file.
_MOST_FOR_CHECK_JSONSCHEMA = 1_000
_TOKENS = "reading and tokenising them, one process"


def rows(repository: Repository, size: int) -> Iterator[Row]:
    """Yield what validating every file costs, beside the peers that are installed."""
    runs = 3 if size > max(_GOALS) else 5
    paths = sorted(repository.top.glob("registry/**/*.yaml"))
    floor = median_of(lambda: [_yaml.CParser(path.read_bytes()).raw_scan() for path in paths], runs)
    ours = of_command(TOOLREG, "validate", cwd=repository.top, runs=runs)
    yield Row(f"validate {size:,} files", ours, floor, _TOKENS, _GOALS.get(size))
    yield from _kubeconform(repository.top, floor, runs)
    yield from _check_jsonschema(repository.top, size, floor)


def missing_peers() -> list[str]:
    """Return the peers that are not installed."""
    return [name for name in ("kubeconform", "check-jsonschema") if shutil.which(name) is None]


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
