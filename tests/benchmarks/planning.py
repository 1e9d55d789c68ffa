"""toolreg plan of one change, and of none, in a registry that is otherwise applied."""

from collections.abc import Iterator
from typing import Final

import psycopg

from reconciler.applying import reconcile
from reconciler.applying.files import Files
from reconciler.assets import load_contract
from reconciler.database.connection import connect
from tests.benchmarks.applying import apply_head
from tests.benchmarks.databases import migrated
from tests.benchmarks.generate import change_one, head, tools
from tests.benchmarks.measure import TOOLREG, Row, command, median_of, of_command
from tests.builders import Repository

_GOALS: Final = {10_000: 0.3, 100_000: 0.6}
_WORK: Final = 0.04
_RUNS: Final = 9


def rows(repository: Repository, server: str, name: str, size: int) -> Iterator[Row]:
    """Yield what planning one changed tool costs, of a commit and of the work tree."""
    with migrated(server, name) as database:
        apply_head(repository, database)
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("VACUUM ANALYZE")
        changed = change_one(repository, tools(repository)[0])
        top = repository.top
        diff = ("git", "diff-tree", "-r", "-z", "--raw", f"{changed}~", changed, "--", "registry")
        floor = median_of(lambda: command(*diff, cwd=top), _RUNS)
        what = f"plan 1 change among {size:,}"
        for form, options in (("", ("--ref", "HEAD")), (", work tree", ())):
            seconds = of_command(TOOLREG, "plan", *options, "--database", database, cwd=top, runs=_RUNS)
            yield Row(what + form, seconds, floor, "git diff-tree", _GOALS.get(size))
        attempt = reconcile.Attempt(Files(head(repository), load_contract()))
        with connect(database) as conn:
            work = median_of(lambda: reconcile.plan(conn, attempt), _RUNS)
        yield Row("  the work itself", work, floor, "git diff-tree", _WORK)
