"""Parses commit objects."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from reconciler.core.history.commit import Commit
from reconciler.core.quote import quoted
from reconciler.desired.git.process import GitError

MOST_COMMIT_BYTES: Final = 16 << 20
"""The largest commit object that is read, in bytes."""

_LONGEST_SUBJECT: Final = 1000
_LONGEST_AUTHOR: Final = 320
_CUT: Final = "..."


def parse_commit(identity: str, data: bytes) -> Commit:
    """Return a commit, with subject and author shortened for display. Raises GitError for an invalid date."""
    head, _, message = data.partition(b"\n\n")
    # Continuation lines, as in a signature, are skipped.
    fields = [line.partition(b" ")[::2] for line in head.split(b"\n") if line[:1] != b" "]
    first = {key.decode("ascii", "replace"): value for key, value in reversed(fields)}
    encoding = first.get("encoding", b"utf-8").decode("ascii", "replace")
    author, _, _ = first.get("author", b"").rpartition(b"> ")
    return Commit(
        identity,
        tuple(value.decode("ascii", "replace") for key, value in fields if key == b"parent"),
        _shorten(_decode(author + b">", encoding), _LONGEST_AUTHOR),
        _parse_date(identity, first.get("committer", b"")),
        _shorten(_parse_subject(_decode(message[: 16 * _LONGEST_SUBJECT], encoding)), _LONGEST_SUBJECT),
    )


def _parse_subject(message: str) -> str:
    """Return the first paragraph as a single line (git-log, %s)."""
    lines = iter(message.lstrip("\n").split("\n"))
    paragraph = []
    for line in lines:
        if not line.strip():
            break
        paragraph.append(line.strip())
    return " ".join(paragraph)


def _decode(text: bytes, encoding: str) -> str:
    try:
        return text.decode(encoding, "replace")
    except (LookupError, UnicodeError, ValueError):
        return text.decode("utf-8", "replace")


def _shorten(text: str, most: int) -> str:
    text = text.replace("\0", "")
    return text if len(text) <= most else text[: most - len(_CUT)] + _CUT


def _parse_date(identity: str, committer: bytes) -> datetime:
    """Return the time of `Name <address> SECONDS +HHMM`."""
    said = committer.rpartition(b"> ")[2].decode("ascii", "replace")
    seconds, _, zone = said.partition(" ")
    try:
        minutes = int(zone[:-2] or 0) * 60 + int(zone[:1] + zone[-2:])
        return datetime.fromtimestamp(int(seconds), UTC).astimezone(timezone(timedelta(minutes=minutes)))
    except (ValueError, OverflowError, OSError):
        raise GitError(f"commit {identity} has the date {quoted(said)}, which is none; commit again") from None
