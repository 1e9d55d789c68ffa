"""Reads the string that names a database, and says what is wrong with it without showing a password."""

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
# How other programs write it, by the beginning of their schemes.
_OTHERS: Final = {"postgresql+": "SQLAlchemy", "postgres+": "SQLAlchemy", "jdbc:": "JDBC"}
# Parameters of other programs, and the names that libpq has for the same.
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
    """The string that names the database cannot be read. Write postgresql://USER@HOST:PORT/DATABASE."""


def parameters(text: str, origin: str) -> dict[str, Any]:
    """Return libpq's parameters of a connection URL or string. Blanks around it do not matter.

    `origin` is where the string comes from, for messages. Raises BadConnectionString, without anything that may be a
    part of a password: libpq's own messages repeat the string.
    """
    text = text.strip()
    try:
        given = psycopg.conninfo.conninfo_to_dict(text)
    except psycopg.ProgrammingError as error:
        raise BadConnectionString(f"{origin} {_reason(text, str(error))}") from None
    if _is_torn(text, given):
        raise BadConnectionString(
            f"{origin} has an @ or a / that belongs to a password; write it as %40 or %2F (RFC 3986, 2.1)"
        )
    return given


def _reason(text: str, said: str) -> str:
    scheme = _SCHEME.match(text)
    if text[:1] in {'"', "'"}:
        return f"begins with a quotation mark; remove the quotation marks around it: {_SHAPE}"
    if scheme and scheme[1] not in _OURS:
        return _scheme_reason(scheme[1])
    if scheme:
        return _url_reason(text, said)
    return _words_reason(text)


def _scheme_reason(scheme: str) -> str:
    writer = next((name for start, name in _OTHERS.items() if scheme.lower().startswith(start)), None)
    written = f", as {writer} writes it" if writer else ""
    return f"begins with {quoted(scheme)}{written}; libpq reads postgresql:// and postgres://"


def _url_reason(text: str, said: str) -> str:
    if "spaces" in said:
        return "has a blank; write a blank of a password as %20 (RFC 3986, 2.1)"
    if "percent-encoded" in said or "%00" in said:
        return "has a % without two hexadecimal digits after it; write a % of a password as %25 (RFC 3986, 2.1)"
    if "IPv6" in said:
        return "has a [ or ] out of place; an IPv6 address is written as [::1]"
    # What stands before the last @ may be a password.
    after = text.rpartition("@")[2].partition("?")[2]
    names = [pair.partition("=")[0] for pair in after.split("&")]
    return _unknown(names) or f"cannot be read; {_SHAPE}"


def _words_reason(text: str) -> str:
    names = [name for name, _, _ in (word.partition("=") for word in text.split()) if "=" in text]
    # What follows a password may be the rest of it.
    end = next((number for number, name in enumerate(names) if name.startswith("pass")), len(names))
    if unknown := _unknown(names[: end + 1]):
        return unknown
    if "=" in text:
        return "has a word that is no NAME=VALUE; put a value with a blank between single quotation marks"
    return f"is neither a URL nor a connection string of libpq; {_SHAPE}"


def _unknown(names: list[str]) -> str | None:
    """Return what is wrong with the first name that libpq does not know."""
    known = sorted(option.keyword.decode() for option in pq.Conninfo.get_defaults())
    for name in names:
        if name not in known and _NAME.fullmatch(name):
            remedy = _FOREIGN.get(name) or f"remove it or correct it{did_you_mean(name, known)}"
            return f"has the parameter {quoted(name)}, which libpq does not know; {remedy}"
    return None


def _is_torn(text: str, given: Mapping[str, Any]) -> bool:
    """Whether libpq takes the rest of a password for the host, the port or the database, and would show it in errors.

    libpq ends the password at the first @, and reads no password where a / stands before that (its manual, 34.1.1.2).
    """
    if not text.startswith(("postgresql://", "postgres://")):
        return False
    before, _, _ = text.partition("://")[2].partition("?")[0].rpartition("@")
    port = str(given.get("port") or "").replace(",", "") or "0"
    return "/" in before or "@" in before or "@" in str(given.get("host")) or not port.isdecimal()
