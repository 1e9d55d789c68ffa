"""Builders with defaults: manifests, git repositories, and the command line as a user runs it."""

import contextlib
import io
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from reconciler.cli import toolreg
from reconciler.cli.exits import run_and_report

Content = Mapping[str, Any]

# Without maintenance.auto, each commit begins one process more, which finds nothing to do.
_SETTINGS: Final = tuple(
    word
    for setting in (
        "user.name=Ada Lovelace",
        "user.email=ada@example.com",
        "commit.gpgsign=false",
        "maintenance.auto=false",
    )
    for word in ("-c", setting)
)

QUIET: Final = {"short-description": "off", "no-parameter-description": "off", "no-timeout": "off"}
"""Rules of lint that the shortest manifests break, which most tests need not see."""


def registry(**spec: Any) -> dict[str, Any]:
    """Return a registry.yaml that asks for no more than the builders write."""
    return {
        "apiVersion": "toolreg/v1",
        "kind": "Registry",
        "metadata": {"name": "test", "description": "A registry for a test."},
        "spec": {"lint": QUIET} | spec,
    }


def tool(name: str = "lookup", *, metadata: Content | None = None, **spec: Any) -> dict[str, Any]:
    """Return a Tool that names the service `api` and no node."""
    return _resource(
        "Tool",
        name,
        metadata,
        {
            "version": "1.0.0",
            "category": "TEST",
            "lifecycle": "active",
            "service": "api",
            "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer", "minimum": 1}}},
        }
        | spec,
    )


def service(name: str = "api", *, metadata: Content | None = None, **spec: Any) -> dict[str, Any]:
    """Return a Service without authentication."""
    defaults = {"type": "api", "version": "1.0.0", "protocol": "REST", "auth": {"type": "none"}}
    return _resource("Service", name, metadata, defaults | spec)


def node(name: str = "worker", *, metadata: Content | None = None, **spec: Any) -> dict[str, Any]:
    """Return an active Node."""
    defaults = {"type": "TOOL_EXECUTOR", "address": "http://worker:8000", "status": "active"}
    return _resource("Node", name, metadata, defaults | spec)


def _resource(kind: str, name: str, metadata: Content | None, spec: dict[str, Any]) -> dict[str, Any]:
    described = {"name": name, "description": f"{name} of a test.", "owner": "team"}
    return {"apiVersion": "toolreg/v1", "kind": kind, "metadata": described | dict(metadata or {}), "spec": spec}


@dataclass(frozen=True)
class Repository:
    """A git repository with a registry, in a temporary folder."""

    top: Path

    @classmethod
    def create(cls, top: Path, like: Path | None = None) -> "Repository":
        """Return a copy of a repository: by default of one with a registry of one service, `api`, in one commit."""
        shutil.copytree(like or _beginning().name, top, symlinks=True, dirs_exist_ok=True)
        return cls(top)

    def git(self, *arguments: str) -> str:
        """Run git here and return what it printed."""
        result = subprocess.run(
            ["git", *_SETTINGS, *arguments], cwd=self.top, check=True, capture_output=True, text=True
        )
        return result.stdout.strip()

    def write(self, inside: str, content: Content | str | bytes) -> Path:
        """Write a file below registry/: a manifest as YAML, or text or bytes as they are."""
        path = self.top / "registry" / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Mapping):
            content = yaml.dump(dict(content), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def add(self, *manifests: dict[str, Any]) -> None:
        """Write manifests where their kind and name want them."""
        for manifest in manifests:
            self.write(f"{manifest['kind'].lower()}s/{manifest['metadata']['name']}.yaml", manifest)

    def remove(self, inside: str) -> None:
        """Remove a file below registry/."""
        (self.top / "registry" / inside).unlink()

    def move(self, inside: str, to: str) -> None:
        """Move a file below registry/."""
        target = self.top / "registry" / to
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.top / "registry" / inside).rename(target)

    def commit(self, message: str = "Change") -> str:
        """Commit everything and return the id of the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self._head()

    def _head(self) -> str:
        """Return the commit that HEAD names, by its file: a process takes a third of the time of a commit."""
        folder = self.top / ".git"
        if not folder.is_dir():
            return self.git("rev-parse", "HEAD")
        head = (folder / "HEAD").read_text("utf-8").strip()
        branch = head.removeprefix("ref: ")
        return head if branch == head else (folder / branch).read_text("utf-8").strip()


@cache
def _beginning() -> tempfile.TemporaryDirectory[str]:
    """Return the folder of the repository that most tests begin with: to make it takes four processes."""
    folder = tempfile.TemporaryDirectory()
    repository = Repository(Path(folder.name))
    repository.git("init", "-q", "-b", "main")
    shutil.rmtree(repository.top / ".git/hooks")
    repository.write("registry.yaml", registry())
    repository.write("services/api.yaml", service())
    repository.commit("Begin")
    return folder


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)

    @property
    def items(self) -> Any:
        """The list that it printed as JSON."""
        return self.json["items"]


def run(*arguments: object, cwd: Path) -> Result:
    """Run the command line in this process, in a folder."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_and_report(lambda: toolreg.main([str(a) for a in arguments], "toolreg", standalone_mode=False))
    return Result(int(code), out.getvalue(), err.getvalue())
