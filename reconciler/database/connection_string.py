"""Reads a connection string and explains its faults without showing a password."""

import re
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg import pq

from reconciler.core.errors import ToolregError
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted

_SHAPE: Final = "expected postgresql://USER@HOST:PORT/DATABASE, or host=HOST dbname=DATABASE user=USER"
_SCHEME: Final = re.compile(r"(?i)([a-z][a-z0-9+.-]*(?::[a-z][a-z0-9+.-]*)?)://")
_OURS: Final = ("postgresql", "postgres")
# Programs that extend the scheme, by prefix.
_OTHERS: Final = {"postgresql+": "SQLAlchemy", "postgres+": "SQLAlchemy", "jdbc:": "JDBC"}
# Parameters of other programs, each with its replacement in libpq.
_FOREIGN: Final = {
    "schema": "it is Prisma's; remove it",
    "connection_limit": "it is Prisma's; remove it",
    "pgbouncer": "it is Prisma's; remove it",
    "pool_timeout": "it is Prisma's; remove it",
    "currentSchema": "it is JDBC's; remove it",
    "username": "write user",
    "passwd": "write password",
    "database": "write dbname",
    "db": "write dbname",
}
_NAME: Final = re.compile(r"[A-Za-z_]{1,40}")


class BadConnectionString(ToolregError):
    """The connection string is invalid. Write postgresql://USER@HOST:PORT/DATABASE."""


def parse_conninfo(text: str, origin: str) -> dict[str, Any]:
    """Parse a connection URL or string, surrounded by blanks or not, into libpq's parameters.

    `origin` names the source of the string in messages. Raises BadConnectionString, with no text that may belong to a
    password: libpq's own messages repeat the string.
    """
    text = text.strip()
    try:
        given = psycopg.conninfo.conninfo_to_dict(text)
    except psycopg.ProgrammingError as error:
        raise BadConnectionString(f"{origin} {_describe_fault(text, str(error))}") from None
    if _has_torn_password(text, given):
        raise BadConnectionString(
            f"{origin} has an @ or a / that belongs to a password; write it as %40 or %2F (RFC 3986, 2.1)"
        )
    return given


def _describe_fault(text: str, said: str) -> str:
    scheme = _SCHEME.match(text)
    if text[:1] in {'"', "'"}:
        return f"begins with a quotation mark; remove the quotation marks around it: {_SHAPE}"
    if scheme and scheme[1] not in _OURS:
        return _describe_scheme_fault(scheme[1])
    if scheme:
        return _describe_url_fault(text, said)
    return _describe_keyword_fault(text)


def _describe_scheme_fault(scheme: str) -> str:
    writer = next((name for start, name in _OTHERS.items() if scheme.lower().startswith(start)), None)
    written = f", as {writer} writes it" if writer else ""
    return f"begins with {quoted(scheme)}{written}; libpq reads postgresql:// and postgres://"


def _describe_url_fault(text: str, said: str) -> str:
    if "spaces" in said:
        return "has a blank; write a blank of a password as %20 (RFC 3986, 2.1)"
    if "percent-encoded" in said or "%00" in said:
        return "has a % without two hexadecimal digits after it; write a % of a password as %25 (RFC 3986, 2.1)"
    if "IPv6" in said:
        return "has a [ or ] out of place; an IPv6 address is written as [::1]"
    # The text before the last @ may be a password.
    after = text.rpartition("@")[2].partition("?")[2]
    names = [pair.partition("=")[0] for pair in after.split("&")]
    return _describe_unknown_name(names) or f"cannot be read; {_SHAPE}"


def _describe_keyword_fault(text: str) -> str:
    names = [name for name, _, _ in (word.partition("=") for word in text.split()) if "=" in text]
    # Words after a password may belong to the password.
    end = next((number for number, name in enumerate(names) if name.startswith("pass")), len(names))
    if unknown := _describe_unknown_name(names[: end + 1]):
        return unknown
    if "=" in text:
        return "has a word that is no NAME=VALUE; put a value with a blank between single quotation marks"
    return f"is neither a URL nor a connection string of libpq; {_SHAPE}"


def _describe_unknown_name(names: list[str]) -> str | None:
    """Describe the first name unknown to libpq, None if all are known."""
    known = sorted(option.keyword.decode() for option in pq.Conninfo.get_defaults())
    for name in names:
        if name not in known and _NAME.fullmatch(name):
            remedy = _FOREIGN.get(name) or f"remove it or correct it; {did_you_mean(name, known)}"
            return f"has the parameter {quoted(name)}, which libpq does not know; {remedy}"
    return None


def _has_torn_password(text: str, given: Mapping[str, Any]) -> bool:
    """Whether libpq reads a part of the password as host, port or database, and would show this part in errors.

    libpq ends the password at the first @, and reads no password if a / precedes this @ (its manual, 34.1.1.2).
    """
    if not text.startswith(("postgresql://", "postgres://")):
        return False
    before, _, _ = text.partition("://")[2].partition("?")[0].rpartition("@")
    port = str(given.get("port") or "").replace(",", "") or "0"
    return "/" in before or "@" in before or "@" in str(given.get("host")) or not port.isdecimal()
