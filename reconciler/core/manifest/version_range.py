"""Ranges of versions in the grammar of node-semver (range.bnf), and the versions that they allow.

A range is also valid with `v` before a version, blanks after an operator, and `~>` for `~`, as npm reads it. An empty
alternative (`^1 ||`), which allows everything for npm, is refused as a likely mistake.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from reconciler.core.quote import quoted

SPELLING: Final = re.compile(r"[0-9A-Za-z.+*^~<>=| -]{1,128}")
"""The characters and the length of a range, as the schema allows them."""

# Possessive quantifiers: a match takes linear time, also if it fails at the last character.
_NUMBER: Final = r"(?:0|[1-9][0-9]*+)"
_IDENTIFIER: Final = rf"(?:[0-9]*+[A-Za-z-][0-9A-Za-z-]*+|{_NUMBER})"
_TAIL: Final = rf"(?:-(?P<pre>{_IDENTIFIER}(?:\.{_IDENTIFIER})*+))?+(?:\+[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+)?"
_PLACE: Final = rf"{_NUMBER}|[xX*]"
_PARTIAL: Final = re.compile(
    rf"v?(?P<major>{_PLACE})(?:\.(?P<minor>{_PLACE})(?:\.(?P<patch>{_PLACE}){_TAIL})?)?", re.ASCII
)
_VERSION: Final = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER}){_TAIL}", re.ASCII)
_OPERATOR: Final = re.compile(r"<=|>=|<|>|=|~>|~|\^")
_JOINED: Final = re.compile(r"(<=|>=|<|>|=|~>|~|\^) +(?=[0-9vxX*])")


class InvalidRange(ValueError):
    """The text is no range of versions."""


class Precedence(NamedTuple):
    """The place of a version in the order of all versions (SemVer 2.0.0, section 11)."""

    major: int
    minor: int
    patch: int
    is_release: bool = True
    pre: tuple[tuple[bool, int, str], ...] = ()
    """Identifiers of a pre-release: numbers are below words, and compare as numbers."""

    @classmethod
    def parse(cls, version: str) -> "Precedence":
        """Return the precedence of a version. Raises ValueError for an invalid version."""
        match = _VERSION.fullmatch(version)
        if match is None:
            message = f"{quoted(version)} is no version"
            raise ValueError(message)
        return cls(int(match[1]), int(match[2]), int(match[3]), *_read_tail(match["pre"]))

    def __str__(self) -> str:
        tail = ".".join(word if is_word else str(number) for is_word, number, word in self.pre)
        return f"{self.major}.{self.minor}.{self.patch}{'' if self.is_release else f'-{tail}'}"


class Comparator(NamedTuple):
    """One bound of a range: `<`, `<=`, `>`, `>=` or `=`, and a version."""

    operator: str
    precedence: Precedence

    def allows(self, precedence: Precedence) -> bool:
        """Whether a version is within this bound."""
        match self.operator:
            case "<":
                return precedence < self.precedence
            case "<=":
                return precedence <= self.precedence
            case ">":
                return precedence > self.precedence
            case ">=":
                return precedence >= self.precedence
            case _:
                return precedence == self.precedence

    def __str__(self) -> str:
        return f"{'' if self.operator == '=' else self.operator}{self.precedence}"


Comparators = tuple[Comparator, ...]
"""Comparators that hold together. No bounds: every release."""


class VersionRange(NamedTuple):
    """A range of versions: alternatives, each with bounds that hold together."""

    alternatives: tuple[Comparators, ...]

    @classmethod
    def parse(cls, text: str) -> "VersionRange":
        """Return the range of a text. Raises InvalidRange with the part that is no range."""
        if SPELLING.fullmatch(text) is None:
            message = "it is empty, is longer than 128 characters, or has a character that no range has"
            raise InvalidRange(message)
        alternatives = tuple(tuple(_read_alternative(part.strip(" "))) for part in text.split("||"))
        # As in node-semver, * allows no pre-release, also where another alternative allows some.
        return cls(((),) if () in alternatives else alternatives)

    def allows(self, version: str) -> bool:
        """Whether a version satisfies the range. Raises ValueError for an invalid version.

        A pre-release satisfies only an alternative with a pre-release of the same major, minor and patch version.
        """
        precedence = Precedence.parse(version)
        return any(_hold(bounds, precedence) for bounds in self.alternatives)

    def __str__(self) -> str:
        """Return the bounds alone, such as `>=2.1.0 <3.0.0-0||4.0.0`, for comparison in the database."""
        return "||".join(" ".join(map(str, bounds)) or "*" for bounds in self.alternatives)


def _hold(bounds: Comparators, precedence: Precedence) -> bool:
    if not all(bound.allows(precedence) for bound in bounds):
        return False
    return precedence.is_release or any(
        not one.precedence.is_release and one.precedence[:3] == precedence[:3] for one in bounds
    )


class _Partial(NamedTuple):
    """A version whose last numbers may be absent. `pre` is a Precedence's, for a complete version."""

    major: int | None
    minor: int | None
    patch: int | None
    is_release: bool
    pre: tuple[tuple[bool, int, str], ...]

    @property
    def least(self) -> Precedence:
        """The first version that fits."""
        return Precedence(self.major or 0, self.minor or 0, self.patch or 0, self.is_release, self.pre)

    @property
    def beyond(self) -> Precedence | None:
        """The first version after all that fit; None if all fit. For a complete version, after its minor version."""
        if self.major is None:
            return None
        return _open(self.major + 1) if self.minor is None else _open(self.major, self.minor + 1)


def _open(major: int, minor: int = 0, patch: int = 0) -> Precedence:
    """Return the version below every pre-release of a version, which bounds exclude: `<3.0.0-0`."""
    return Precedence(major, minor, patch, is_release=False, pre=((False, 0, ""),))


_NOTHING: Final = Comparator("<", _open(0))


def _read_alternative(text: str) -> Iterator[Comparator]:
    if not text:
        message = "a part of it is empty; write * for any version"
        raise InvalidRange(message)
    first, *rest = (part.strip(" ") for part in text.split(" - "))
    if len(rest) > 1:
        message = f"{quoted(text)} has more than one hyphen; a hyphen joins two versions"
        raise InvalidRange(message)
    bounds = _between(_read_partial(first), _read_partial(rest[0])) if rest else _read_simple_parts(text)
    # Every release satisfies this bound: without it, the range is the same as *.
    yield from (bound for bound in bounds if bound != Comparator(">=", Precedence(0, 0, 0)))


def _read_simple_parts(text: str) -> Iterator[Comparator]:
    for part in _JOINED.sub(r"\1", text).split():
        operator = match[0] if (match := _OPERATOR.match(part)) else ""
        yield from _find_bounds(operator, _read_partial(part[len(operator) :], part))


def _read_partial(text: str, whole: str | None = None) -> _Partial:
    match = _PARTIAL.fullmatch(text)
    if match is None:
        message = f"{quoted(whole or text)} in it is no version"
        raise InvalidRange(message)
    numbers = [None if text is None or text in "xX*" else int(text) for text in match.group("major", "minor", "patch")]
    absent = numbers.index(None) if None in numbers else len(numbers)
    if any(number is not None for number in numbers[absent:]):
        message = f"{quoted(text)} has a number after a placeholder"
        raise InvalidRange(message)
    tail = _read_tail(match["pre"]) if absent == len(numbers) else (True, ())
    return _Partial(numbers[0], numbers[1], numbers[2], *tail)


def _read_tail(pre: str | None) -> tuple[bool, tuple[tuple[bool, int, str], ...]]:
    if pre is None:
        return True, ()
    identifiers = pre.split(".")
    return False, tuple((False, int(one), "") if one.isdigit() else (True, 0, one) for one in identifiers)


def _between(first: _Partial, last: _Partial) -> Iterator[Comparator]:
    if first.major is not None:
        yield Comparator(">=", first.least)
    if last.patch is not None:
        yield Comparator("<=", last.least)
    elif last.beyond is not None:
        yield Comparator("<", last.beyond)


def _find_bounds(operator: str, partial: _Partial) -> Iterator[Comparator]:
    """Yield the bounds of one part of a range."""
    match operator:
        case "^":
            yield from _fit(partial, _find_next_break(partial))
        case "~" | "~>":
            yield from _fit(partial, partial.beyond)
        case "" | "=" if partial.patch is None:
            yield from _fit(partial, partial.beyond)
        case _ if partial.patch is not None:
            yield Comparator(operator or "=", partial.least)
        case _:
            yield from _compare_partial(operator, partial)


def _fit(partial: _Partial, beyond: Precedence | None) -> Iterator[Comparator]:
    if beyond is not None:
        yield Comparator(">=", partial.least)
        yield Comparator("<", beyond)


def _find_next_break(partial: _Partial) -> Precedence | None:
    """Return the first version that may break callers: the next after the leftmost number that is not zero."""
    match partial.major, partial.minor, partial.patch:
        case 0, 0, int(patch):
            return _open(0, 0, patch + 1)
        case 0, int(minor), _:
            return _open(0, minor + 1)
        case int(major), _, _:
            return _open(major + 1)
        case _:
            return None


def _compare_partial(operator: str, partial: _Partial) -> Iterator[Comparator]:
    """Yield the bounds of `<`, `<=`, `>` or `>=` before a version with absent numbers."""
    beyond = partial.beyond
    if beyond is None:
        if operator in "<>":
            yield _NOTHING
    elif operator == "<":
        yield Comparator("<", _open(*partial.least[:3]))
    elif operator == "<=":
        yield Comparator("<", beyond)
    elif operator == ">":
        yield Comparator(">=", Precedence(*beyond[:3]))
    else:
        yield Comparator(">=", partial.least)
