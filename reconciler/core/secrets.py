"""Recognises secrets by their shape, and masks them. Pure.

Shapes as the issuers publish them: AWS (IAM, unique identifiers), GitHub (token formats, 2021 and 2022), OpenAI,
Anthropic, Slack (token types), Google (API keys), JWT (RFC 7519), PEM (RFC 7468), user information in URLs (RFC 3986,
section 3.2.1).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple


class _Shape(NamedTuple):
    """A kind of secret. Every match of `pattern` holds one of `literals`; the group `value` is the secret itself.

    A pattern begins with a literal, for speed; `_GLUED` are the characters that do not stand before a secret.
    """

    kind: str
    literals: tuple[str, ...]
    pattern: str


class Secret(NamedTuple):
    """A secret in a text, from `start` to `end`."""

    start: int
    end: int
    kind: str


_SHAPES: Final = (
    _Shape(
        "private key",
        ("PRIVATE KEY",),
        r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[A-Za-z0-9+/=:,. \r\n-]|\\[nr]){0,120}?(?P<value>[A-Za-z0-9+/=]{40}(?:[A-Za-z0-9+/=\s]|\\[nr])*)",
    ),
    _Shape("AWS access key", ("AKIA", "ASIA"), r"(?P<value>A(?:KI|SI)A[A-Z2-7]{16})(?![A-Za-z0-9+/])"),
    _Shape(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"(?P<value>gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})",
    ),
    _Shape("Anthropic key", ("sk-ant-",), r"(?P<value>sk-ant-[A-Za-z0-9_-]{24,200})"),
    _Shape(
        "OpenAI key",
        ("sk-",),
        r"(?P<value>sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{24,200}|[A-Za-z0-9]{32,64}))"
        r"(?![A-Za-z0-9_-])",
    ),
    _Shape(
        "Slack token",
        ("xox", "xapp-", "hooks.slack.com/"),
        r"(?P<value>xox[abeoprs](?:-[A-Za-z0-9]{1,80}){0,4}-[A-Za-z0-9]{10,200}"
        r"|xapp-[0-9]-[A-Za-z0-9-]{20,200})"
        r"|hooks\.slack\.com/services/(?P<hook>T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20,32})",
    ),
    _Shape("Google API key", ("AIza",), r"(?P<value>AIza[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])"),
    _Shape(
        "JWT",
        ("eyJ",),
        r"(?P<value>eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{20,1000})",
    ),
    _Shape(
        "password in a URL",
        ("://",),
        r"://[^\s/?#@:\"'<>\\]{0,100}:(?P<value>[^\s/?#@\"'<>\\]{1,200})"
        r"@[A-Za-z0-9_\[{$]",
    ),
)
_LITERALS: Final = tuple(literal for shape in _SHAPES for literal in shape.literals if literal != "://")
_GLUED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
# In documentation, for instance of AWS, of Slack and at jwt.io.
_PUBLISHED: Final = ("EXAMPLE", "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c")
_FEWEST_CHARACTERS: Final = 8
_PLACEHOLDER: Final = (
    r"(?:your|my|the|some|example|sample|test|dummy|fake|db|user|new|old)?[_. -]*"
    r"(?:pass|passwd|password|passphrase|pw|pwd|secret|token|key|apikey|changeme|change[_-]?me|example|redacted)"
    r"[0-9]{0,4}|x+|\*+|\.+|-+|\$?\{.*|\[.*|%.*|\$[A-Za-z_].*|<.*"
)


def find_secrets(text: str) -> list[Secret]:
    """Return the secrets in a text, in its order, without placeholders and published examples. They do not overlap."""
    shapes = [shape for shape in _SHAPES if any(literal in text for literal in shape.literals)]
    secrets: list[Secret] = []
    for secret in sorted(secret for shape in shapes for secret in _match(shape, text)):
        if not secrets or secret.start >= secrets[-1].end:
            secrets.append(secret)
    return secrets


def may_hold_secret(text: str) -> bool:
    """Whether a text has the characters that a secret of a known shape begins with. Fast."""
    if "://" in text and "@" in text:
        return True
    return any(literal in text for literal in _LITERALS)


def mask(text: str) -> str:
    """Return the text with each secret replaced by its kind."""
    if not may_hold_secret(text):
        return text
    at, pieces = 0, []
    for secret in find_secrets(text):
        pieces += [text[at : secret.start], f"[{secret.kind}]"]
        at = secret.end
    return "".join([*pieces, text[at:]])


def _match(shape: _Shape, text: str) -> Iterator[Secret]:
    for match in _compile(shape.pattern).finditer(text):
        group = "value" if match["value"] is not None else "hook"
        is_glued = match.start() and match.start() == match.start(group) and text[match.start() - 1] in _GLUED
        if not is_glued and not _is_published(match[group], shape.kind):
            yield Secret(*match.span(group), shape.kind)


def _is_published(value: str, kind: str) -> bool:
    """Whether a value stands for a secret without being one."""
    if kind == "password in a URL":
        return bool(_compile(_PLACEHOLDER).fullmatch(value.lower()))
    return len(set(value)) < _FEWEST_CHARACTERS or any(word in value for word in _PUBLISHED)


@lru_cache(maxsize=16)
def _compile(pattern: str) -> re.Pattern[str]:
    """Compile a pattern at its first use: most runs meet no secret."""
    return re.compile(pattern)
