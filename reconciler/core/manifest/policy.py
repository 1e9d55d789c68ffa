"""The policy of a registry: `spec` of registry.yaml, with defaults for absent fields.

Named tuples and not pydantic: every plan reads the policy, and importing pydantic takes 120 ms.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from reconciler.core.json_text import parse_json_text
from reconciler.core.manifest.resource import Manifest


class DriftPolicy(StrEnum):
    """The treatment of drift by an apply: repair it, leave it, or refuse until the drift is repaired."""

    REPAIR = "repair"
    REPORT = "report"
    REFUSE = "refuse"


class DeletionLimits(NamedTuple):
    """The share of a kind that a revision may delete: `percent`, for kinds of `of_at_least` resources or more."""

    percent: int = 30
    of_at_least: int = 10


class Signers(NamedTuple):
    """The files of accepted signers, as paths from the top of the repository."""

    allowed_signers: str | None = None
    keyring: str | None = None

    @property
    def files(self) -> dict[str, str]:
        """The paths by their keys in spec.signatures."""
        both = {"allowedSigners": self.allowed_signers, "keyring": self.keyring}
        return {name: path for name, path in both.items() if path is not None}


class FreezeEntry(NamedTuple):
    """An entry of spec.freeze, unparsed: two dates, or two times of day on some days in a time zone."""

    reason: str
    begins: str
    ends: str
    days: tuple[str, ...] | None = None
    time_zone: str | None = None


class Team(NamedTuple):
    """A team and its folders, as paths below the registry's folder. `contact` is its handle in CODEOWNERS."""

    name: str
    folders: tuple[str, ...]
    contact: str | None = None


class Policy(NamedTuple):
    """The policy: limits on resources, deletions and usage, treatment of drift, signers, freeze windows, and lint.

    `branch` is the git branch whose commits alone are applied, None if not given. `max_usage` is the number of calls in
    30 days up to which a revision may delete, rename or break a tool. `lint` are the levels of rules of lint, `tags` is
    the vocabulary of tags, None for any tag. `teams` own folders. `registries` are other
    registries of the same database whose resources may be named.
    """

    max_resources: int = 200_000
    deletions: DeletionLimits = DeletionLimits()
    drift: DriftPolicy = DriftPolicy.REPAIR
    signatures: Signers | None = None
    freeze: tuple[FreezeEntry, ...] = ()
    branch: str | None = None
    max_usage: int | None = None
    lint: tuple[tuple[str, str], ...] = ()
    tags: frozenset[str] | None = None
    teams: tuple[Team, ...] = ()
    registries: frozenset[str] = frozenset()


def read_policy(registry: Manifest | None) -> Policy:
    """Return the policy of a valid registry.yaml, or the defaults without registry.yaml or its text."""
    return _parse_policy(registry.text) if registry and registry.text is not None else Policy()


@lru_cache(maxsize=8)
def _parse_policy(text: str) -> Policy:
    value: Any = parse_json_text(text)
    spec: Mapping[str, Any] = value.get("spec") or {}
    limits, default = spec.get("limits", {}), Policy()
    deletions = limits.get("maxDeletions", {})
    signatures = spec.get("signatures")
    return Policy(
        max_resources=int(limits.get("maxResources", default.max_resources)),
        deletions=DeletionLimits(
            int(deletions.get("percent", default.deletions.percent)),
            int(deletions.get("ofAtLeast", default.deletions.of_at_least)),
        ),
        drift=DriftPolicy(spec.get("drift", default.drift)),
        signatures=Signers(signatures.get("allowedSigners"), signatures.get("keyring")) if signatures else None,
        freeze=tuple(map(_parse_freeze_entry, spec.get("freeze", []))),
        branch=spec.get("branch"),
        max_usage=int(limits["maxUsage"]) if "maxUsage" in limits else None,
        lint=tuple(spec.get("lint", {}).items()),
        tags=frozenset(spec["tags"]) if "tags" in spec else None,
        teams=tuple(Team(team["name"], tuple(team["folders"]), team.get("contact")) for team in spec.get("teams", [])),
        registries=frozenset(spec.get("registries", [])),
    )


def _parse_freeze_entry(entry: Mapping[str, Any]) -> FreezeEntry:
    days = entry.get("days")
    return FreezeEntry(
        entry["reason"], entry["from"], entry["until"], None if days is None else tuple(days), entry.get("timeZone")
    )
