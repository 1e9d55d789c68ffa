"""Reads the policy of a check from a commit or the work tree: registry.yaml and exceptions.yaml."""

from datetime import date

from reconciler.core.compatibility.terms import Terms
from reconciler.core.errors import InvalidRegistry, ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.exceptions import exceptions_of, problems
from reconciler.core.manifest.layout import EXCEPTIONS_FILE, REGISTRY_FILE
from reconciler.core.manifest.ownership import find_team_problems
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Manifest
from reconciler.desired.load import Loaded, load_manifests, locate_problems
from reconciler.desired.source import Source


class InvalidPolicy(ToolregError):
    """The policy of a check is invalid at the commit that it is read from."""


def read_branch(source: Source, contract: Contract) -> str | None:
    """Return `spec.branch` of registry.yaml, None if not given. Raises InvalidPolicy, or InvalidRegistry."""
    return read_policy(_load_file(source, REGISTRY_FILE, contract).registry).branch


def read_registry(source: Source, contract: Contract) -> Manifest | None:
    """Return registry.yaml with valid teams, None without the file. Raises InvalidPolicy, or InvalidRegistry."""
    registry = _load_file(source, REGISTRY_FILE, contract).registry
    _require(source, REGISTRY_FILE, tuple(locate_problems(source, find_team_problems(registry, contract))))
    return registry


def read_terms(source: Source, contract: Contract, today: date, *, is_strict: bool) -> Terms:
    """Return the terms of a check with the exceptions of a source. Raises InvalidPolicy, or InvalidRegistry."""
    manifest = _load_file(source, EXCEPTIONS_FILE, contract).exceptions
    _require(source, EXCEPTIONS_FILE, tuple(locate_problems(source, problems(manifest))))
    commit = source.commit.id if source.name == "commit" and source.commit else None
    path = manifest.path or "" if manifest else ""
    return Terms(today, exceptions_of(manifest), path, commit, is_strict)


def _load_file(source: Source, name: str, contract: Contract) -> Loaded:
    entry = source.find_entry(name)
    loaded = load_manifests(source, [entry] if entry else [], contract)
    _require(source, name, loaded.diagnostics)
    return loaded


def _require(source: Source, name: str, diagnostics: tuple[Diagnostic, ...]) -> None:
    if not diagnostics:
        return
    if source.name == "worktree" or source.commit is None:
        raise InvalidRegistry(diagnostics)
    # `toolreg validate` checks other files, and does not show the problems at this commit.
    first = diagnostics[0]
    place = f"{first.path}:{first.line}:{first.column}"
    message = (
        f"the policy cannot be read from commit {source.commit.id[:12]}, and nothing is excepted: {place}:"
        f" {first.message} [{first.rule}]; correct {name} there, or name another commit: --policy-from REF"
    )
    raise InvalidPolicy(message)
