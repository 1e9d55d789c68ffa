"""By how much a version must rise (SemVer 2.0.0)."""

from enum import IntEnum

from semver import Version


class Bump(IntEnum):
    """How much of a version a change demands to be raised."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


def least_version(before: str, bump: Bump) -> str:
    """Return the least version that covers a change after this version.

    Below 1.0.0 a break demands a minor version. After a pre-release any newer version covers it.
    """
    version = Version.parse(before)
    if bump is Bump.NONE:
        return before
    if version.prerelease:
        return str(version.bump_prerelease())
    if bump is Bump.MAJOR and version.major > 0:
        return str(version.bump_major())
    return str(version.bump_patch() if bump is Bump.PATCH else version.bump_minor())


def is_at_least(version: str, other: str) -> bool:
    """Whether a version has at least the precedence of another version (SemVer, section 11)."""
    return Version.parse(version) >= Version.parse(other)
