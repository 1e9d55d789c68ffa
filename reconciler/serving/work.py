"""The work of a reconciler, in a process of its own: python -m reconciler.serving.work.

A process ends with all its memory, descriptors and readers, can be killed at a deadline, and undoes its transaction
when it dies. The order comes on stdin, since arguments are seen by other users of the machine; the report goes to
stdout, both as one JSON document.
"""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple, NoReturn

from reconciler.applying.files import Files
from reconciler.applying.reconcile import Attempt, Prepared, prepared
from reconciler.assets import load_contract
from reconciler.core.errors import InvalidRegistry, Refused, TemporaryError, ToolregError
from reconciler.core.plan.changes import Action
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.core.state.loop_report import RunOutcome, RunReport
from reconciler.database.connection import Connection, begin_snapshot, connect
from reconciler.database.target import Connect
from reconciler.desired.environments import UnknownEnvironment, open_environment
from reconciler.desired.git.process import GitError
from reconciler.desired.git.repository import Repository
from reconciler.desired.git_files import GitTree
from reconciler.guards.clock import read_clock
from reconciler.guards.holds import RULES as ON_HOLD
from reconciler.guards.holds import read_freeze
from reconciler.serving.child import ChildEnd
from reconciler.serving.lease import Lease, LeaseLost, end_stale_writers, require_held, require_lease

MODULE: Final = "reconciler.serving.work"
LOCK_SECONDS: Final = 30.0
_MOST_MESSAGES: Final = 20


class Order(NamedTuple):
    """An apply of a commit from the copy of a repository to one database, under a lease.

    `conninfo` is a connection string of libpq, `origin` its source in messages. `rewind` allows a commit that does not
    descend from the applied commit. `environment` is None for the registry without patches.
    """

    mirror: str
    folder: str
    commit: str
    conninfo: str
    origin: str
    lease: Lease
    rewind: bool
    environment: str | None

    def to_json(self) -> bytes:
        """Return the order as JSON."""
        return json.dumps(self._asdict() | {"lease": self.lease._asdict()}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Order":
        """Return the order in JSON text."""
        values: dict[str, Any] = json.loads(text)
        return cls(**values | {"lease": Lease(**values["lease"])})


def run(order: Order) -> RunReport:
    """Carry out an order. Every failure becomes part of the report."""
    began = time.monotonic()
    ready: Prepared | None = None
    connect_to = partial(_connect, _name_session(order), order)
    try:
        with connect_to() as conn:
            end_stale_writers(conn, order.lease)
        with prepared(connect_to, _make_attempt(order), LOCK_SECONDS) as ready:
            ready.apply()
    except ToolregError as error:
        report = _make_failure(error, ready.proposal if ready else None, time.monotonic() - began)
        if report.outcome is RunOutcome.ON_HOLD and ready:
            return report._replace(hold_seconds=_find_end_of_hold(connect_to, ready.proposal))
        return report
    return _make_success(ready, time.monotonic() - began)


@contextmanager
def _connect(conninfo: str, order: Order) -> Iterator[Connection]:
    """Yield a connection. Raises LeaseLost without the lease: not even a failure is recorded then."""
    with connect(conninfo, order.origin) as conn:
        require_held(conn, order.lease)
        yield conn


def _name_session(order: Order) -> str:
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    return make_conninfo(order.conninfo, application_name=order.lease.session)


def _make_attempt(order: Order) -> Attempt:
    repository = Repository.around(Path(order.mirror))
    if repository is None:
        raise GitError("the copy of the repository is gone; it is made anew with the next look")
    source = open_environment(GitTree(repository, order.folder, order.commit), order.environment)
    files = Files(source, load_contract(), Consent(rewind=order.rewind))
    return Attempt(files, guards=(partial(require_lease, order.lease),))


def _make_success(ready: Prepared, seconds: float) -> RunReport:
    revision, plan = ready.committed, ready.proposal.plan
    return RunReport(
        RunOutcome.APPLIED if revision else RunOutcome.UNCHANGED,
        seconds,
        revision=revision.number if revision else None,
        created=plan.count(Action.CREATE),
        updated=plan.count(Action.UPDATE, Action.MOVE),
        deleted=plan.count(Action.DELETE),
        repaired=sum(change.drifted for change in plan.changes),
        lock_seconds=ready.lock_seconds,
    )


def _make_failure(error: ToolregError, proposal: Proposal | None, seconds: float) -> RunReport:
    messages = error.messages
    if isinstance(error, InvalidRegistry):
        messages = tuple(f"{one.path}:{one.line}:{one.column}: {one.message} [{one.rule}]" for one in error.diagnostics)
    rules = tuple(sorted({refusal.rule for refusal in proposal.standing})) if proposal else ()
    return RunReport(_classify(error, rules), seconds, messages=messages[:_MOST_MESSAGES], rules=rules)


def _find_end_of_hold(connect_to: Connect, proposal: Proposal) -> float | None:
    """Return the seconds until the end of a suspension or freeze window; None if no end is known."""
    try:
        with connect_to() as conn, begin_snapshot(conn):
            freeze, now = read_freeze(conn, proposal.in_force, proposal.stored_name), read_clock(conn)
    except ToolregError:
        return None
    ends = [window.ends for window in freeze.windows]
    if freeze.suspension and freeze.suspension.until:
        ends.append(freeze.suspension.until)
    return max(0.0, (max(ends) - now).total_seconds()) if ends else None


def _classify(error: ToolregError, rules: tuple[str, ...]) -> RunOutcome:
    match error:
        case LeaseLost():
            return RunOutcome.LOST
        case InvalidRegistry() | UnknownEnvironment():
            return RunOutcome.INVALID
        case Refused():
            return RunOutcome.ON_HOLD if rules and set(rules) <= ON_HOLD else RunOutcome.REFUSED
        case TemporaryError() | GitError():
            return RunOutcome.TEMPORARY
        case _:
            return RunOutcome.FAILED


def parse_end(end: ChildEnd) -> RunReport:
    """Return the report in the output of a process; a temporary failure if there is none."""
    try:
        return RunReport.from_json(end.out)
    except (ValueError, TypeError, KeyError):
        return RunReport(RunOutcome.TEMPORARY, end.seconds, messages=(end.description,))


def _raise_interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main() -> None:
    """Read an order, carry it out, write the report. SIGTERM undoes unfinished work."""
    order = Order.from_json(sys.stdin.buffer.read())
    signal.signal(signal.SIGTERM, _raise_interrupt)
    try:
        report = run(order)
    except KeyboardInterrupt:
        report = RunReport(RunOutcome.TEMPORARY, 0.0, messages=("the apply was interrupted, and undone",))
    sys.stdout.buffer.write(report.to_json())


if __name__ == "__main__":
    main()
