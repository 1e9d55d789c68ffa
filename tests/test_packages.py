"""What is installed to develop and to test: the same for everybody, whatever was published since."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_PROJECT = Path(__file__).parent.parent
_CONSTRAINTS = ".ci/constraints.txt"


def required() -> list[Requirement]:
    """What pyproject.toml asks for, to run, to develop and to build."""
    project = tomllib.loads((_PROJECT / "pyproject.toml").read_text("utf-8"))
    names = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    return [*map(Requirement, names + project["build-system"]["requires"])]


def pins() -> dict[str, Version]:
    lines = (_PROJECT / _CONSTRAINTS).read_text("utf-8").splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def all_required() -> Iterator[Requirement]:
    """What is asked for, and what that asks for in turn, in this Python."""
    queue = [(requirement, extra) for requirement in required() for extra in ("", *requirement.extras)]
    seen = set()
    while queue:
        requirement, extra = queue.pop()
        if (requirement.name, extra) in seen:
            continue
        seen.add((requirement.name, extra))
        yield requirement
        for text in metadata.requires(requirement.name) or ():
            further = Requirement(text)
            if further.marker is None or further.marker.evaluate({"extra": extra}):
                queue += [(further, wanted) for wanted in ("", *further.extras)]


def test_every_package_is_pinned_to_a_version_that_will_do() -> None:
    pinned = pins()
    found = {
        str(requirement): str(pinned.get(canonicalize_name(requirement.name)))
        for requirement in all_required()
        if canonicalize_name(requirement.name) not in pinned
        or pinned[canonicalize_name(requirement.name)] not in requirement.specifier
    }

    assert found == {}, "renew them: .ci/renew"


def test_the_oldest_that_is_allowed_is_known_of_every_package() -> None:
    """A scheduled job tests them: `.ci/oldest` reads them from pyproject.toml."""
    printed = subprocess.run([_PROJECT / ".ci/oldest"], check=True, capture_output=True, text=True).stdout
    oldest = dict(line.split("==") for line in printed.splitlines())

    for requirement in required():
        assert Version(oldest[requirement.name]) in requirement.specifier


def test_what_decides_a_verdict_is_bounded_above() -> None:
    bounded = {requirement.name for requirement in required() if re.search(r"==|<", str(requirement.specifier))}

    assert bounded >= {"jsonschema", "jsonschema-rs", "pydantic", "pyyaml"}


def test_all_who_test_install_what_is_pinned() -> None:
    """.ci/run runs the command of the README."""
    install = f"PIP_CONSTRAINT={_CONSTRAINTS} .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"

    for path in ("README.md", ".github/workflows/ci.yml"):
        assert install in (_PROJECT / path).read_text("utf-8"), path
