"""Makes the database match a source, as one revision: whole or not at all."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Protocol

from reconciler.applying.staging import Credits, rows
from reconciler.assets import query, scripts
from reconciler.core.errors import Refused, TemporaryError, ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.plan.changes import Action
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.state.head import Seen
from reconciler.database.connection import Connection, give_up_after, noting, reading
from reconciler.database.migrate import storage
from reconciler.database.writer import LockHeld, writing
from reconciler.failpoints import reached
from reconciler.guards.judge import require
from reconciler.observed import stored

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


Guard = Callable[[Connection, Proposal], Iterable[Refusal]]
"""One guard more, of this attempt alone: it judges the very proposal that is written."""


class Content(Protocol):
    """What the database is to match: files, what history has, or what was applied where somebody changed it.

    `contract` is the one that its manifests were checked against. `restored` and `reason` belong to content that comes
    from the history of the database.
    """

    @property
    def origin(self) -> Origin:
        """Where it comes from."""

    @property
    def contract(self) -> Contract:
        """What its manifests were checked against."""

    @property
    def restored(self) -> int | None:
        """The revision whose content it is."""

    @property
    def reason(self) -> str | None:
        """Why it is restored."""

    def propose(self, conn: Connection, seen: Seen | None) -> Proposal:
        """Return what applying it would do, judged by the guards. `seen` is None where nobody waited for a lock."""

    def credits(self, proposal: Proposal) -> Credits:
        """Return who changed each file last."""


@dataclass(frozen=True)
class Attempt:
    """One try to make the database match something: what is recorded of it, however it ends.

    `began` is a moment of the clock that is never set: what time that was, the database knows.
    """

    content: Content
    guards: tuple[Guard, ...] = ()
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    began: float = field(default_factory=time.monotonic)

    @property
    def origin(self) -> Origin:
        """Where the content comes from."""
        return self.content.origin

    def propose(self, conn: Connection, seen: Seen | None) -> Proposal:
        """Return what applying would do, with what the guards say of it."""
        proposal = self.content.propose(conn, seen)
        said = [refusal for guard in self.guards for refusal in guard(conn, proposal)]
        return replace(proposal, refusals=(*proposal.refusals, *said)) if said else proposal


class Prepared:
    """A proposal, in the transaction that may write it. `committed` is the revision, once it is there for good."""

    def __init__(self, conn: Connection, attempt: Attempt, proposal: Proposal) -> None:
        self.proposal = proposal
        self.committed: Revision | None = None
        self.written: Revision | None = None
        self._conn = conn
        self._attempt = attempt

    def apply(self) -> Revision | None:
        """Write the proposal; return the new revision, None where there is nothing to write.

        It is committed when the block ends. Raises Refused or NotNow where a guard refuses it.
        """
        reached("after-announce")
        require(self.proposal)
        if self.proposal.is_news(self._attempt.origin):
            self.written = _write(self._conn, self.proposal, self._attempt)
        return self.written


def plan(conn: Connection, attempt: Attempt) -> Proposal:
    """Return what applying would do, and what would refuse it. Writes nothing and waits for nobody."""
    give_up_after(conn, _LONGEST_STATEMENT)
    with reading(conn):
        storage(conn).require_current()
        return attempt.propose(conn, None)


@contextmanager
def prepared(connect: Callable[[], Any], attempt: Attempt, lock_timeout: float) -> Iterator[Prepared]:
    """Yield what applying would do, with the lock held; what the block applies is committed when it ends.

    `connect` opens a connection; a second one is needed only where the first is lost or something fails. Every failure
    leaves each row as it was and is recorded as a revision that failed.
    """
    ready: Prepared | None = None
    try:
        with connect() as conn:
            reached("after-connect")
            give_up_after(conn, lock_timeout + _LONGEST_STATEMENT)
            with reading(conn, lock_timeout):
                storage(conn).require_current()
                seen = Seen(stored.head(conn))
            with writing(conn, lock_timeout):
                storage(conn).require_writable()
                conn.execute(query("applying/lock_resources"))
                reached("after-freeze")
                ready = Prepared(conn, attempt, attempt.propose(conn, seen))
                reached("before-announce")
                yield ready
                reached("before-commit")
            reached("after-commit")
        reached("after-close")
        ready.committed = ready.written
    except (ToolregError, KeyboardInterrupt) as error:
        # From here on the connection is closed, lest we wait for our own lock.
        if ready and ready.written and _was_applied(connect, attempt, error):
            ready.committed = ready.written
            return
        if not isinstance(error, LockHeld | OutcomeUnknown):
            _record_failure(connect, attempt, error if isinstance(error, ToolregError) else Interrupted())
        raise


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
        for row in rows(found, attempt.content.contract, attempt.content.credits(found), attempt.origin):
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
            "contract": attempt.content.contract.digest,
            "plan_digest": found.plan.digest if found else None,
            "created": found.plan.count(Action.CREATE) if found else 0,
            "updated": found.plan.count(Action.UPDATE, Action.MOVE) if found else 0,
            "deleted": found.plan.count(Action.DELETE) if found else 0,
            "seconds": time.monotonic() - attempt.began,
            "error": _storable(str(error)) if error else None,
            "policy": registry.text if registry else None,
            "overridden": sorted({refusal.rule for refusal in found.refusals if refusal.waived}) if found else [],
            "left_undeleted": len(found.left) if found else 0,
            "restored": attempt.content.restored,
            "reason": attempt.content.reason,
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
