"""Makes the database match a source, as one revision: whole or not at all."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from reconciler.applying.staging import Credits, rows
from reconciler.assets import query, scripts
from reconciler.core.errors import InvalidRegistry, Refused, TemporaryError, ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.plan.changes import Action
from reconciler.core.plan.consent import NO_CONSENT, Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.state.head import Head
from reconciler.database.connection import Connection, give_up_after, noting, reading
from reconciler.database.migrate import storage
from reconciler.database.writer import LockHeld, writing
from reconciler.desired.load import Progress
from reconciler.desired.passage import Passage, settled
from reconciler.desired.source import Source
from reconciler.failpoints import reached
from reconciler.guards.judge import NOTHING, descent, idle, judged, require, since
from reconciler.observed import stored
from reconciler.planning.proposal import draft

Announce = Callable[[Proposal], None]
"""Called with the plan when it is known and nothing is written yet. What it raises stops the revision."""

_READ_BACK_SECONDS: Final = 10.0
_LONGEST_STATEMENT: Final = 300.0
"""Seconds after which a statement without an answer is taken for lost: some ten times what the largest takes."""

_MOST_ERROR_TEXT: Final = 2000


class OutcomeUnknown(TemporaryError):
    """COMMIT was never answered, and the database could not be asked since."""

    def __init__(self) -> None:
        super().__init__(
            "COMMIT was cut off and the database could not be asked how it ended. The revision is applied whole"
            " or not at all: run toolreg status when the database is back"
        )


class Interrupted(ToolregError):
    """Somebody interrupted it."""


class Revision(NamedTuple):
    """A revision that was applied. `commit` is None for a work tree outside git."""

    number: int
    commit: str | None
    seconds: float


@dataclass(frozen=True)
class Attempt:
    """One try to make the database match something: what is recorded of it, however it ends.

    `draft` makes the plan, on a connection, and has the guards judge it. `descent` says whether what is desired is
    older than what is applied, without reading it; `credits` says who changed each file last. `began` is a moment of
    the clock that is never set: what time that was, the database knows. `restored` and `reason` belong to an attempt
    whose content comes from the history of the database.
    """

    origin: Origin
    contract: Contract
    draft: Callable[[Connection], Proposal]
    descent: Callable[[Connection], Proposal] = field(default=lambda _: NOTHING)
    credits: Callable[[Proposal], Credits] = field(default=lambda _: {})
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    began: float = field(default_factory=time.monotonic)
    restored: int | None = None
    reason: str | None = None

    @classmethod
    def of(
        cls,
        source: Source,
        contract: Contract,
        consent: Consent = NO_CONSENT,
        progress: Progress = lambda _: None,
    ) -> "Attempt":
        """Return an attempt to make the database match files. It begins now."""

        def judged_draft(conn: Connection) -> Proposal:
            return judged(
                conn, draft(conn, source, contract, progress, delete=consent.delete), source, contract, consent
            )

        return cls(
            source,
            contract,
            judged_draft,
            lambda conn: descent(conn, source, consent),
            lambda found: credits_since(source, found.head),
        )


def credits_since(source: Source, head: Head | None) -> Credits:
    """Return who changed each file since the applied commit; for the first revision, since the beginning of history."""
    passage = source.passage(head.commit if head else None) if head is None or head.commit else None
    if not isinstance(passage, Passage) or source.repository is None:
        return {}
    return settled(source.repository, source.folder, passage.credits)


def plan(conn: Connection, attempt: Attempt) -> Proposal:
    """Return what applying would do, and what would refuse it. Writes nothing and waits for nobody."""
    give_up_after(conn, _LONGEST_STATEMENT)
    with reading(conn):
        storage(conn).require_current()
        return _timely(attempt.draft(conn), attempt.origin)


def apply(
    connect: Callable[[], Any],
    attempt: Attempt,
    announce: Announce,
    lock_timeout: float,
) -> Revision | None:
    """Make the database match what is desired; return the new revision, or None if it already did.

    Raises Refused, after the plan was announced, where a guard refuses it and the user did not consent.
    `connect` opens a connection; a second one is needed only where the first is lost or something fails. Every failure
    leaves each row as it was and is recorded as a revision that failed.
    """
    written: list[Revision] = []
    try:
        with connect() as conn:
            _apply_on(conn, attempt, announce, lock_timeout, written)
        reached("after-close")
    except (ToolregError, KeyboardInterrupt) as error:
        # From here on the connection is closed, lest we wait for our own lock.
        if written and _was_applied(connect, attempt, error):
            return written[0]
        if not isinstance(error, LockHeld | OutcomeUnknown):
            _record_failure(connect, attempt, error if isinstance(error, ToolregError) else Interrupted())
        raise
    return written[0] if written else None


def _apply_on(
    conn: Connection, attempt: Attempt, announce: Announce, lock_timeout: float, written: list[Revision]
) -> None:
    """Apply on a connection; what is written is in `written` before it is committed."""
    reached("after-connect")
    give_up_after(conn, lock_timeout + _LONGEST_STATEMENT)
    with reading(conn, lock_timeout):
        storage(conn).require_current()
        seen = stored.head(conn)
    with writing(conn, lock_timeout):
        storage(conn).require_writable()
        conn.execute(query("applying/lock_resources"))
        reached("after-freeze")
        found = _timely(since(seen, _drafted(conn, attempt, seen)), attempt.origin)
        reached("before-announce")
        announce(found)
        reached("after-announce")
        require(found)
        if _is_news(found, attempt.origin):
            written.append(_write(conn, found, attempt))
        reached("before-commit")
    reached("after-commit")


def _drafted(conn: Connection, attempt: Attempt, seen: Head | None) -> Proposal:
    try:
        return attempt.draft(conn)
    except InvalidRegistry:
        # What an older commit lacks is not to be mended: that it is older is what is wrong with it.
        require(since(seen, attempt.descent(conn)))
        raise


def _is_news(found: Proposal, origin: Origin) -> bool:
    """Whether there is anything to write: a commit without a change of a resource is recorded as applied, too."""
    if found.plan or found.plan.relocations:
        return True
    if origin.commit is None or origin.name != "commit":
        return False
    return found.head is None or (found.head.source, found.head.commit) != (origin.name, origin.commit.id)


def _timely(found: Proposal, origin: Origin) -> Proposal:
    return found if _is_news(found, origin) else idle(found)


def _write(conn: Connection, found: Proposal, attempt: Attempt) -> Revision:
    number = _next_number(conn)
    began = time.monotonic()
    if found.plan or found.plan.relocations or found.trail:
        reached("before-stage")
        conn.execute(query("applying/begin_applying"))
        conn.execute(query("applying/stage"))
        reached("before-copy")
        _copy(conn, found, attempt)
        reached("after-copy")
        conn.execute(query("applying/analyze_staged"))
        for script in scripts("apply"):
            reached(f"before-{script.stem}")
            conn.execute(script.read_bytes())
            reached(f"after-{script.stem}")
    reached("before-record")
    _record(conn, attempt, number, found)
    reached("after-record")
    conn.execute(query("applying/verify"))
    reached("after-verify")
    commit = attempt.origin.commit
    return Revision(number, commit.id if commit else None, time.monotonic() - began)


def _copy(conn: Connection, found: Proposal, attempt: Attempt) -> None:
    with conn.cursor().copy(query("applying/copy_staged")) as copy:
        for row in rows(found, attempt.contract, attempt.credits(found), attempt.origin):
            copy.write_row(row)
        reached("during-copy")


def _next_number(conn: Connection) -> int:
    (number,) = conn.execute(query("applying/next_revision"))
    return int(number.number)


def _record(
    conn: Connection, attempt: Attempt, number: int, found: Proposal | None, error: ToolregError | None = None
) -> None:
    commit = attempt.origin.commit
    registry = found.registry if found else None
    outcome = "applied" if error is None else "refused" if isinstance(error, Refused) else "failed"
    conn.execute(
        query("applying/record_revision"),
        {
            "id": attempt.id,
            "number": number,
            "outcome": outcome,
            "registry": registry.ref.name if registry else None,
            "source": attempt.origin.name,
            "folder": attempt.origin.folder,
            "commit": commit.id if commit else None,
            "parents": list(commit.parents) if commit else [],
            "author": commit.author if commit else None,
            "committed_at": commit.committed_at if commit else None,
            "subject": commit.subject if commit else None,
            "contract": attempt.contract.digest,
            "plan_digest": found.plan.digest if found else None,
            "created": found.plan.count(Action.CREATE) if found else 0,
            "updated": found.plan.count(Action.UPDATE, Action.MOVE) if found else 0,
            "deleted": found.plan.count(Action.DELETE) if found else 0,
            "seconds": time.monotonic() - attempt.began,
            "error": _storable(str(error)) if error else None,
            "policy": registry.text if registry else None,
            "overridden": sorted({refusal.rule for refusal in found.refusals if refusal.waived}) if found else [],
            "left_undeleted": len(found.left) if found else 0,
            "restored": attempt.restored,
            "reason": attempt.reason,
        },
    )


def _storable(text: str) -> str:
    """Return text as PostgreSQL takes it: a file's name may hold bytes that are no characters."""
    return text[:_MOST_ERROR_TEXT].encode("utf-8", "replace").decode().replace("\0", "")


def _record_failure(connect: Callable[[], Any], attempt: Attempt, error: ToolregError) -> None:
    """Record a failure where that is possible; that it is not must not hide the failure itself."""
    try:
        with connect() as conn:
            give_up_after(conn, _READ_BACK_SECONDS)
            with noting(conn):
                if (now := storage(conn)).is_current and now.subscription is None:
                    _record(conn, attempt, _next_number(conn), None, error)
    except ToolregError:
        return


def _was_applied(connect: Callable[[], Any], attempt: Attempt, error: BaseException) -> bool:
    """Find out how a COMMIT ended that was never answered. Raises OutcomeUnknown where nobody can say in time."""
    deadline = time.monotonic() + _READ_BACK_SECONDS
    try:
        while (answer := _answer(connect, attempt)) is None:
            if time.monotonic() > deadline:
                raise OutcomeUnknown from error
            time.sleep(0.2)
    except KeyboardInterrupt:
        raise OutcomeUnknown from error
    return answer


def _answer(connect: Callable[[], Any], attempt: Attempt) -> bool | None:
    """Return whether the revision is there, or None where the database does not say so for good."""
    try:
        with connect() as conn:
            give_up_after(conn, 2 * _READ_BACK_SECONDS)
            # Behind the lock, since the server may still be busy with the very COMMIT.
            with writing(conn, _READ_BACK_SECONDS):
                reached("before-read-back")
                row = conn.execute(query("applying/revision_exists"), {"id": attempt.id}).fetchone()
    except ToolregError:
        # Also what is for good otherwise: while a server fails over, one may be asked that is not ready for us.
        return None
    if row.applied:
        return True
    # A replica may only not have heard of it yet.
    return None if row.only_reads else False
