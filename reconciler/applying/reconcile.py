"""Makes the database match a source in a single revision, atomically."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol

from reconciler.applying.reading_back import READ_BACK_SECONDS, OutcomeUnknown, was_applied
from reconciler.applying.staging import Credits, make_rows
from reconciler.assets import list_scripts, load_query
from reconciler.core.errors import Refused, ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.plan.changes import Action
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.state.head import Seen
from reconciler.core.state.registry_name import RegistryName
from reconciler.database.connection import Connection, begin_optional_write, begin_snapshot, give_up_after
from reconciler.database.migrate import read_storage
from reconciler.database.rows import read_row
from reconciler.database.target import Connect
from reconciler.database.writer import LockHeld, hold_write_lock
from reconciler.failpoints import reached
from reconciler.guards.judge import require_allowed
from reconciler.observed import stored

_LONGEST_STATEMENT: Final = 300.0
"""Seconds after which an unanswered statement counts as lost: about ten times the duration of the largest."""

_MOST_ERROR_TEXT: Final = 2000


class Interrupted(ToolregError):
    """Somebody interrupted it."""


class AppliedRevision(NamedTuple):
    """An applied revision. `commit` is None for a work tree outside git."""

    number: int
    commit: str | None
    seconds: float


class _NumberRow(NamedTuple):
    number: int


Guard = Callable[[Connection, Proposal], Iterable[Refusal]]
"""An additional guard of one attempt, which judges the same proposal that is written."""


class Content(Protocol):
    """The content that the database should match: files, an earlier revision, or the applied state of drifted rows.

    `restored` and `reason` belong to content from the history of the database.
    """

    @property
    def origin(self) -> Origin:
        """The origin of the content."""

    @property
    def contract(self) -> Contract:
        """The contract that checked the manifests."""

    @property
    def restored(self) -> int | None:
        """The revision whose content is restored."""

    @property
    def reason(self) -> str | None:
        """The reason for the restore."""

    @property
    def registry(self) -> str | None:
        """The name of the registry, None if unreadable."""

    def find_registry(self, conn: Connection) -> RegistryName | None:
        """Return the name of the registry with its name in the database, None if unreadable."""

    def propose(self, conn: Connection, seen: Seen | None) -> Proposal:
        """Return the proposal to apply the content, judged by the guards. `seen` is None without a wait for a lock."""

    def find_credits(self, proposal: Proposal) -> Credits:
        """Return the commit that last changed each file."""


@dataclass(frozen=True)
class Attempt:
    """One try to make the database match some content, recorded however the try ends.

    `began` is a reading of the monotonic clock; the database records the time of day.
    """

    content: Content
    guards: tuple[Guard, ...] = ()
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    began: float = field(default_factory=time.monotonic)

    @property
    def origin(self) -> Origin:
        """The origin of the content."""
        return self.content.origin

    def propose(self, conn: Connection, seen: Seen | None) -> Proposal:
        """Return the proposal with the refusals of all guards."""
        proposal = self.content.propose(conn, seen)
        said = [refusal for guard in self.guards for refusal in guard(conn, proposal)]
        return replace(proposal, refusals=(*proposal.refusals, *said)) if said else proposal


class Prepared:
    """A proposal, in the transaction that may write the revision.

    `committed` is the revision after COMMIT, `lock_seconds` the duration of the wait for the lock of writers.
    """

    def __init__(self, conn: Connection, attempt: Attempt, proposal: Proposal, lock_seconds: float) -> None:
        self.proposal = proposal
        self.lock_seconds = lock_seconds
        self.committed: AppliedRevision | None = None
        self.written: AppliedRevision | None = None
        self._conn = conn
        self._attempt = attempt

    def apply(self) -> AppliedRevision | None:
        """Write the proposal and return the new revision, None if no change is due.

        The revision is committed when the block ends. Raises Refused or NotNow if a guard refuses the proposal.
        """
        reached("after-announce")
        require_allowed(self.proposal)
        if self.proposal.is_news(self._attempt.origin):
            self.written = _write(self._conn, self.proposal, self._attempt)
        return self.written


def plan(conn: Connection, attempt: Attempt) -> Proposal:
    """Return the proposal with all refusals. Does not write, and does not wait for the lock."""
    give_up_after(conn, _LONGEST_STATEMENT)
    with begin_snapshot(conn):
        read_storage(conn).require_current()
        return attempt.propose(conn, None)


@contextmanager
def prepared(connect: Connect, attempt: Attempt, lock_timeout: float) -> Iterator[Prepared]:
    """Yield the proposal with the lock held; the revision applied by the block is committed when the block ends.

    `connect` opens a connection; a second one is needed only after a lost connection or a failure. A failure leaves
    each row unchanged and is recorded as a failed revision. LockHeld and OutcomeUnknown are not recorded; after
    OutcomeUnknown the revision may be applied.
    """
    ready: Prepared | None = None
    try:
        with connect() as conn:
            reached("after-connect")
            give_up_after(conn, lock_timeout + _LONGEST_STATEMENT)
            with begin_snapshot(conn, lock_timeout):
                read_storage(conn).require_current()
                name = attempt.content.find_registry(conn)
                seen = Seen(stored.read_head(conn, name.stored) if name else None)
            waiting = time.monotonic()
            with hold_write_lock(conn, lock_timeout):
                waited = time.monotonic() - waiting
                read_storage(conn).require_writable()
                conn.execute(load_query("applying/lock_resources"))
                reached("after-freeze")
                ready = Prepared(conn, attempt, attempt.propose(conn, seen), waited)
                reached("before-announce")
                yield ready
                reached("before-commit")
            reached("after-commit")
        reached("after-close")
        ready.committed = ready.written
    except (ToolregError, KeyboardInterrupt) as error:
        # The connection is closed by now; otherwise the next connection would wait for its lock.
        if ready and ready.written and was_applied(connect, attempt.id, error):
            ready.committed = ready.written
            return
        if not isinstance(error, LockHeld | OutcomeUnknown):
            _record_failure(connect, attempt, error if isinstance(error, ToolregError) else Interrupted())
        raise


def _write(conn: Connection, proposal: Proposal, attempt: Attempt) -> AppliedRevision:
    number = _read_next_number(conn)
    began = time.monotonic()
    conn.execute(load_query("applying/begin_applying"))
    if proposal.name:
        conn.execute(load_query("applying/claim_registry"), proposal.name._asdict())
    if proposal.plan or proposal.plan.relocations or proposal.trail:
        reached("before-stage")
        conn.execute(load_query("applying/stage"))
        reached("before-copy")
        _copy(conn, proposal, attempt)
        reached("after-copy")
        conn.execute(load_query("applying/analyze_staged"))
        for script in list_scripts("apply"):
            reached(f"before-{script.stem}")
            conn.execute(script.read_bytes())
            reached(f"after-{script.stem}")
    reached("before-record")
    _record(conn, attempt, number, proposal)
    reached("after-record")
    conn.execute(load_query("applying/notify"), {"number": number})
    conn.execute(load_query("applying/verify"))
    reached("after-verify")
    commit = attempt.origin.commit
    return AppliedRevision(number, commit.id if commit else None, time.monotonic() - began)


def _copy(conn: Connection, proposal: Proposal, attempt: Attempt) -> None:
    with conn.cursor().copy(load_query("applying/copy_staged")) as copy:
        for row in make_rows(
            proposal, attempt.content.contract, attempt.content.find_credits(proposal), attempt.origin
        ):
            copy.write_row(row)
        reached("during-copy")


def _read_next_number(conn: Connection) -> int:
    return read_row(conn, _NumberRow, load_query("applying/next_revision")).number


def _record(
    conn: Connection, attempt: Attempt, number: int, proposal: Proposal | None, error: ToolregError | None = None
) -> None:
    commit = attempt.origin.commit
    registry = proposal.registry if proposal else None
    outcome = "applied" if error is None else "refused" if isinstance(error, Refused) else "failed"
    conn.execute(
        load_query("applying/record_revision"),
        {
            "id": attempt.id,
            "number": number,
            "outcome": outcome,
            "registry": proposal.name.name if proposal and proposal.name else attempt.content.registry,
            "source": attempt.origin.name,
            "folder": attempt.origin.folder,
            "commit": commit.id if commit else None,
            "parents": list(commit.parents) if commit else [],
            "author": commit.author if commit else None,
            "committed_at": commit.committed_at if commit else None,
            "subject": commit.subject if commit else None,
            "contract": attempt.content.contract.digest,
            "plan_digest": proposal.plan.digest if proposal else None,
            "created": proposal.plan.count(Action.CREATE) if proposal else 0,
            "updated": proposal.plan.count(Action.UPDATE, Action.MOVE) if proposal else 0,
            "deleted": proposal.plan.count(Action.DELETE) if proposal else 0,
            "seconds": time.monotonic() - attempt.began,
            "error": _make_storable(str(error)) if error else None,
            "policy": registry.text if registry else None,
            "overridden": sorted({refusal.rule for refusal in proposal.refusals if refusal.waived}) if proposal else [],
            "left_undeleted": len(proposal.left) if proposal else 0,
            "restored": attempt.content.restored,
            "reason": attempt.content.reason,
            "environment": attempt.origin.environment,
        },
    )


def _make_storable(text: str) -> str:
    """Return text that PostgreSQL can store: a file name may hold bytes that are no characters."""
    return text[:_MOST_ERROR_TEXT].encode("utf-8", "replace").decode().replace("\0", "")


def _record_failure(connect: Connect, attempt: Attempt, error: ToolregError) -> None:
    """Record a failure if possible; an error while recording must not hide the failure itself."""
    try:
        with connect() as conn:
            give_up_after(conn, READ_BACK_SECONDS)
            with begin_optional_write(conn):
                if (now := read_storage(conn)).is_current and now.subscription is None:
                    _record(conn, attempt, _read_next_number(conn), None, error)
    except ToolregError:
        return
