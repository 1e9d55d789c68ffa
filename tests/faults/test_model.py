"""Random commits, applies, crashes and changes by hand: after each step the database is what the model says."""

import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from psycopg import sql
from psycopg.conninfo import make_conninfo

from reconciler.core.history import ancestry
from reconciler.core.history.ancestry import find_mainline
from reconciler.core.history.passage import list_steps
from reconciler.core.history.states import list_blobs
from reconciler.core.history.succession import File as NameFile
from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.resource import Manifest, Ref, digest_of
from tests.builders import Repository, Result, registry, run, tool
from tests.conftest import Copies
from tests.faults.edits import Edit, Put, Tree, edited, edits, puts, refs, written
from tests.faults.model import Coming, Declared, Model, Row, references
from tests.faults.objects import Objects, blob_id
from tests.faults.test_failpoints import NAMES as FAILPOINTS
from tests.proxy import Cut, Moment, Proxy, Statement
from tests.victims import Victims

pytestmark = pytest.mark.faults

PLURALS = {"Node": "nodes", "Service": "services", "Tool": "tools"}
PERCENT, OF_AT_LEAST = 50, 2
# A command says less than this to the database.
STATEMENTS = 60


@dataclass(frozen=True)
class Commit:
    """A commit, and what stands in it. `ancestors` are its own id and those of all commits before it."""

    id: str
    number: int
    tree: Tree = field(repr=False)
    desired: Mapping[Ref, Declared] = field(repr=False)
    spoiled: str | None
    policy: str
    ancestors: frozenset[str] = field(repr=False)
    parents: tuple[str, ...] = field(repr=False)
    files: Mapping[str, str] = field(repr=False)


class Options(NamedTuple):
    """How apply is told to apply."""

    delete: bool = True
    most: int | None = None
    rewind: bool = False

    @property
    def words(self) -> list[object]:
        """The options of the command."""
        return [
            *(() if self.delete else ("--no-delete",)),
            *(() if self.most is None else ("--max-deletes", self.most)),
            *(("--allow-rewind",) if self.rewind else ()),
        ]


options = st.builds(
    Options,
    st.sampled_from([True, True, False]),
    st.sampled_from([None, 99, 99, 1]),
    st.sampled_from([False, False, True]),
)
moments: st.SearchStrategy[tuple[int, Moment]] = st.tuples(
    st.integers(1, STATEMENTS), st.sampled_from(["before", "after"])
)
places = st.sampled_from(FAILPOINTS)
signals = st.sampled_from([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])


def _ref_at(path: str) -> Ref | None:
    _, plural, *_, name = path.split("/") if path.count("/") > 1 else ("", "", path)
    kind = next((kind for kind, folder in PLURALS.items() if folder == plural), None)
    return Ref(kind, name.removesuffix(".yaml")) if kind else None


def ref_of(ref: Ref) -> tuple[str, str]:
    return ref.kind, ref.name


class World:
    """What all examples share: a repository, a server, and processes to kill."""

    def __init__(self, repository: Repository, server: str, copies: Copies, victims: Victims) -> None:
        self.top = repository.top
        self.objects = Objects(repository.top)
        self.server = server
        self.copies = copies
        self.victims = victims


class Life(RuleBasedStateMachine):
    """A registry as people work on it, its database, and what can happen to both."""

    commits = Bundle("commits")

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.name = world.copies.take()
        self.database = make_conninfo(world.server, dbname=self.name)
        self.conn = psycopg.connect(self.database, autocommit=True)
        self.model = Model()
        self.outcomes: list[str] = []
        self.suspended = False
        self.tried: list[tuple[Commit, Options, Path | None]] = []
        self.plan = world.top.parent / f"{self.name}.json"
        self.saved: tuple[Commit, Options, object] | None = None
        self.count = 0
        self.former: dict[str, str | None] = {}
        self.commits_by_id: dict[str, Commit] = {}
        self.applied_by: dict[int, Commit] = {}
        self.newest: Commit = cast("Commit", None)
        # The commit that was applied last, and by which attempt. After a rollback it is not the one that is applied
        # now, which is None; what is there then came by an earlier attempt.
        self.base: Commit | None = None
        self.base_attempt = 0
        self.head: Commit | None = None
        self.content = 0
        self.states: dict[int, dict[Ref, Row]] = {}
        self.contents: dict[int, int] = {}

    def teardown(self) -> None:
        """Give the database back."""
        self.conn.close()
        self.world.copies.drop(self.name)

    # ---- Commits

    @initialize(target=commits)
    def begin(self) -> Commit:
        """Begin with one service."""
        return self._commit([], edited({}, Put(Ref("Service", "s"), 0, "", "s", None, None, (), protected=False)))

    @rule(target=commits, edits=edits)
    def commit(self, edits: list[Edit]) -> Commit:
        """Commit on top of the newest commit."""
        return self._commit([self.newest], self._edited(self.newest, edits))

    @rule(target=commits, edits=edits)
    def commit_and_apply(self, edits: list[Edit]) -> Commit:
        """Commit, and have it applied, as most commits are."""
        made = self._commit([self.newest], self._edited(self.newest, edits))
        self._apply(made, Options(most=99))
        return made

    @rule(target=commits, parent=commits, edits=edits)
    def branch(self, parent: Commit, edits: list[Edit]) -> Commit:
        """Commit on top of any commit."""
        return self._commit([parent], self._edited(parent, edits))

    @rule(target=commits, other=commits)
    def merge(self, other: Commit) -> Commit:
        """Merge a commit into the newest one, whose files stay as they are."""
        return self._commit([self.newest, other], self.newest.tree)

    @rule(target=commits, how=st.sampled_from(["syntax", "twice", "registry"]))
    def spoil(self, how: str) -> Commit:
        """Commit what is no registry; the next commit mends it."""
        return self._commit([self.newest], self.newest.tree, how)

    @rule(target=commits, how=st.sampled_from(["repair", "report", "refuse"]))
    def policy(self, how: str) -> Commit:
        """Say what is to be done about changes by hand."""
        return self._commit([self.newest], self.newest.tree, policy=how)

    def _edited(self, parent: Commit, edits: list[Edit]) -> Tree:
        tree = parent.tree
        for edit in edits:
            tree = edited(tree, edit)
        return tree

    def _commit(
        self, parents: list[Commit], tree: Tree, spoiled: str | None = None, policy: str | None = None
    ) -> Commit:
        self.count += 1
        policy = policy or next((parent.policy for parent in parents), "repair")
        limits = {"maxDeletions": {"percent": PERCENT, "ofAtLeast": OF_AT_LEAST}}
        files = {"registry/registry.yaml": json.dumps(registry(limits=limits, drift=policy)).encode()}
        desired = {}
        for ref, (folder, manifest) in tree.items():
            path, data = f"registry/{PLURALS[ref.kind]}/{folder}{ref.name}.yaml", json.dumps(manifest).encode()
            files[path] = data
            metadata = {key: value for key, value in manifest["metadata"].items() if key != "movedFrom"}
            text, former = to_json_text({**manifest, "metadata": metadata}), manifest["metadata"].get("movedFrom")
            desired[ref] = Declared(path, blob_id(data), text, former)
        match spoiled:
            case "syntax":
                files["registry/tools/z.yaml"] = b"{"
            case "twice":
                files["registry/tools/z.yaml"] = files["registry/tools/twice/z.yaml"] = json.dumps(tool("z")).encode()
            case "registry":
                del files["registry/registry.yaml"]
        name = self.world.objects.commit(files, [parent.id for parent in parents], self.count)
        ancestors = frozenset({name}).union(*(parent.ancestors for parent in parents))
        contents = {path: blob_id(data) for path, data in files.items()}
        self.former |= {file.blob: file.moved_from for file in desired.values()}
        before = tuple(parent.id for parent in parents)
        self.newest = Commit(name, self.count, tree, desired, spoiled, policy, ancestors, before, contents)
        self.commits_by_id[name] = self.newest
        return self.newest

    def _coming(self, commit: Commit) -> Coming:
        """Return a commit, with what the commits between the applied one and it changed."""
        base = self.applied_by.get(self.content)
        if base is None:
            return Coming(commit.desired, (), self.former)
        between = [self.commits_by_id[one] for one in commit.ancestors - base.ancestors]
        newest_first = sorted(between, key=lambda one: -one.number)
        line = find_mainline([ancestry.LoggedCommit(one.id, one.parents) for one in newest_first], base.id, commit.id)
        pairs = [(one.id, parent) for one in between for parent in one.parents or (None,)]
        pairs += [(line.start, base.id)] if line.start else []
        differences = {pair: self._difference(*pair) for pair in pairs}
        rows = {
            ref: Manifest(ref, "", path=row.path, blob=row.blob) for ref, row in self.model.rows.items() if row.applied
        }
        changed = list_blobs(list_steps(line, differences, base.id), _ref_at, rows)
        coming = Coming(commit.desired, (), self.former)
        return coming._replace(
            steps=[
                {ref: NameFile(blob, coming.said(ref, blob)) if blob else None for ref, blob in step.items()}
                for step in changed
            ]
        )

    def _difference(self, commit: str, parent: str | None) -> dict[str, str | None]:
        before = self.commits_by_id[parent].files if parent else {}
        after = self.commits_by_id[commit].files
        return {path: after.get(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path)}

    # ---- Applies

    @rule(options=options)
    def apply(self, options: Options) -> None:
        """Apply the newest commit."""
        self._apply(self.newest, options)

    @rule(commit=commits, options=options)
    def apply_any(self, commit: Commit, options: Options) -> None:
        """Apply any commit, an older one perhaps."""
        self._apply(commit, options)

    def _apply(self, commit: Commit, options: Options, plan: Path | None = None) -> None:
        # Once more in the same state, it does the same.
        if (commit, options, plan) in self.tried:
            return
        self.tried.append((commit, options, plan))
        expected, model = self._judged(commit, options)
        words = ("--plan", plan) if plan else options.words

        result = self._run("apply", "--ref", commit.id, *words)

        assert result.code == {"invalid": 1, "refused": 3, "rejected": 1}.get(expected, 0), (expected, result)
        assert ("the database rejects a row" in result.err) == (expected == "rejected"), result
        match expected:
            case "invalid" | "rejected":
                self.outcomes.append("failed")
            case "refused":
                self.outcomes.append("refused")
            case "applied":
                self._applied(model, commit)
        if expected == "applied":
            again = self._run(
                "plan", "--detailed-exitcode", "--ref", commit.id, *options.words[: -1 if options.rewind else None]
            )
            assert (again.code, again.err) == (0, ""), again
        self._check()

    @rule(commit=commits, options=options)
    def save(self, commit: Commit, options: Options) -> None:
        """Save what applying would do."""
        options = options._replace(rewind=False)
        self.plan.unlink(missing_ok=True)
        result = self._run("plan", "--ref", commit.id, "--out", self.plan, *options.words)
        assert self.plan.exists() == (result.code == 0), result
        self.saved = (commit, options, self._basis(commit, options)) if result.code == 0 else None

    @rule()
    def apply_saved(self) -> None:
        """Apply what was saved: that, or nothing."""
        if self.saved is None:
            return
        commit, options, basis = self.saved
        if basis == self._basis(commit, options):
            self._apply(commit, options, self.plan)
        else:
            result = self._run("apply", "--ref", commit.id, "--plan", self.plan)
            assert result.code in {0, 1, 3}, result
            assert not self._survived("", self.model), result

    def _basis(self, commit: Commit, options: Options) -> object:
        """Return what must not have changed when a saved plan is applied."""
        after = self.model.after(
            self._coming(commit), 0, self._id, delete=options.delete, repair=commit.policy != "report"
        )
        steps = after.versions[len(self.model.versions) :]
        rows = {row.id: row.held for row in self.model.rows.values()}
        return max(self.states, default=0), steps, [rows.get(step.id) for step in steps]

    def _judged(self, commit: Commit, options: Options) -> tuple[str, Model]:
        """Return what becomes of an apply, and what the database holds if it is applied."""
        before, coming = self.model, self._coming(commit)
        attempt, repair = len(self.outcomes) + 1, commit.policy != "report"
        after = before.after(coming, attempt, self._id, delete=options.delete, repair=repair)
        if commit.spoiled == "registry":
            return "refused", before
        is_newer = self.base is None or (self.base.id in commit.ancestors and not self._is_rolled_back(commit))
        if not (is_newer or options.rewind):
            return "refused", before
        if commit.spoiled or before.invalid(coming, delete=options.delete):
            return "invalid", before
        if not options.delete and (before.left_behind(coming) or before.taken(coming)):
            return "refused", before
        if options.delete and self._keeps(before.gone(coming), options.most):
            return "refused", before
        if commit.policy == "refuse" and any(row.applied and row.drifted for row in before.rows.values()):
            return "refused", before
        is_news = after != replace(before, begun=True) or commit is not self.head
        gone = [] if options.delete else before.gone(coming)
        if (is_news and self.suspended) or (not repair and set(before.absent(after)) - set(gone)):
            return "refused", before
        if after.broken():
            return "rejected", before
        return "applied" if is_news else "nothing", after

    def _keeps(self, gone: list[Ref], most: int | None) -> bool:
        """Whether a guard keeps what would be deleted."""
        if most is not None and len(gone) > most:
            return True
        beyond = self.model.refused_deletions(gone, PERCENT, OF_AT_LEAST) if most is None else []
        return bool(beyond or self.model.protected(gone))

    def _is_rolled_back(self, commit: Commit) -> bool:
        return commit is self.base and self.content < self.base_attempt

    def _applied(self, model: Model, commit: Commit | None, content: int | None = None) -> None:
        """Take note that a commit was applied, or the content of an earlier attempt."""
        self.outcomes.append("applied")
        self.tried.clear()
        attempt = len(self.outcomes)
        self.content = content or attempt
        self.head = commit
        if commit:
            self.base, self.base_attempt = commit, attempt
            self.applied_by[attempt] = commit
        ids = {known: known for known in self.model.names.values()}
        found = self.conn.execute(
            b"SELECT kind, name, id::text FROM registry.entities WHERE name IS NOT NULL"
        ).fetchall()
        for kind, name, given in found:
            ids.setdefault(self._id(Ref(kind, name)), given)
        self.model = replace(
            model,
            rows={ref: row._replace(id=ids.get(row.id, row.id)) for ref, row in model.rows.items()},
            names={ref: ids.get(name, name) for ref, name in model.names.items()},
            versions=tuple(version._replace(id=ids.get(version.id, version.id)) for version in model.versions),
            left=frozenset((ids.get(known, known), ref, blob) for known, ref, blob in model.left),
        )
        self.states[attempt] = self.model.state
        self.contents[attempt] = self.content

    def _id(self, ref: Ref) -> str:
        """Return what stands for the identity of a resource that was never seen."""
        return f"the new {ref}"

    def _run(self, *arguments: object) -> Result:
        return run(*arguments, "--database", self.database, cwd=self.world.top)

    # ---- The past

    @rule(back=st.integers(0, 5))
    def look_back(self, back: int) -> None:
        """See what was declared at an earlier revision."""
        if attempt := self._earlier(back):
            found = self.conn.execute(
                b"SELECT kind, name, id::text, path, blob, manifest::text FROM api.registry_at(%s::bigint)",
                [self._number(attempt)],
            ).fetchall()
            assert sorted(found) == sorted((*ref_of(ref), *row[:4]) for ref, row in self.states[attempt].items())

    @rule(back=st.integers(0, 5), most=st.sampled_from([None, 99]))
    def rollback(self, back: int, most: int | None) -> None:
        """Restore what was declared at an earlier revision."""
        attempt = self._earlier(back)
        if not attempt:
            return
        before, state = self.model, self.states[attempt]
        after = before.restored(state, len(self.outcomes) + 1)
        declared = {row.id for row in state.values()}
        gone = [ref for ref, row in before.rows.items() if row.applied and row.id not in declared]
        words = (self._number(attempt), "--reason", "Why not.", *([] if most is None else ["--max-deletes", most]))

        result = self._run("rollback", *words)

        if attempt == max(self.states):
            assert result.code == 1
            assert "is the one that is applied now" in result.err
        elif self._keeps(gone, most) or (self.suspended and after != before):
            assert result.code == 3, result
            self.outcomes.append("refused")
        elif after.broken() or before.clashes(state):
            assert result.code == 1, result
            self.outcomes.append("failed")
        else:
            assert result.code == 0, result
            if after != before:
                self._applied(after, None, self.contents[attempt])
        self._check()

    @rule()
    def fix(self) -> None:
        """Put right what was changed by hand."""
        if not self.states:
            return
        newest = max(self.states)
        after = self.model.restored(self.states[newest], len(self.outcomes) + 1)

        result = self._run("drift", "--fix")

        if self.suspended and after != self.model:
            assert result.code == 3, result
            self.outcomes.append("refused")
        elif after.broken():
            assert result.code == 1, result
            self.outcomes.append("failed")
        else:
            assert result.code == 0, result
            if after != self.model:
                self._applied(after, None, self.contents[newest])
        self._check()

    @rule()
    def suspend(self) -> None:
        """Have nothing applied any more, or again."""
        words = ("resume",) if self.suspended else ("suspend", "--reason", "Lunch.")
        assert self._run(*words).code == 0
        self.suspended = not self.suspended
        self.tried.clear()

    @rule()
    def drift(self) -> None:
        """See what was changed by hand."""
        found = self._run("drift", "-o", "json").json["resources"]
        expected = [(*ref_of(ref), row.way) for ref, row in self.model.rows.items() if row.drifted]
        assert sorted((one["kind"], one["name"], one["way"]) for one in found) == sorted(expected)

    def _earlier(self, back: int) -> int | None:
        """Return the attempt that applied something, so many applied ones ago."""
        attempts = sorted(self.states)
        return attempts[-1 - back % len(attempts)] if attempts else None

    def _number(self, attempt: int) -> int:
        numbers = self.conn.execute(b"SELECT number FROM registry.revisions ORDER BY number").fetchall()
        return int(numbers[attempt - 1][0])

    # ---- Faults

    @rule(place=places, number=signals, options=options)
    def kill(self, place: str, number: signal.Signals, options: Options) -> None:
        """End an apply of the newest commit in the middle, by kill -9 or by a signal that it hears."""
        expected, model = self._judged(self.newest, options)
        words = ("--ref", self.newest.id, "--database", self.database, *options.words)

        code = self.world.victims.start("apply", *words, at=(place, number)).end().code

        assert code in {-number, 128 + number, 0, 1, 3}
        self._survived(expected, model)

    @rule(moment=moments, options=options)
    def cut(self, moment: tuple[int, Moment], options: Options) -> None:
        """Cut the connection of an apply of the newest commit."""
        expected, model = self._judged(self.newest, options)
        number, when = moment

        def act(statement: Statement) -> None:
            if (statement.number, statement.moment) == (number, when):
                raise Cut

        with Proxy(self.database, act) as proxy:
            result = run(
                "apply", "--ref", self.newest.id, *options.words, "--database", proxy.conninfo, cwd=self.world.top
            )

        assert "Traceback" not in result.err
        assert result.code in {0, 1, 3, 4}
        was_applied = self._survived(expected, model)
        assert was_applied == ("Applied as revision" in result.err), result
        assert (result.code == 0) == (was_applied or expected == "nothing") or (result.code == 4 and not was_applied), (
            result
        )

    def _survived(self, expected: str, model: Model) -> bool:
        """Find out whether an apply that was cut off happened. Nothing else can have happened."""
        found = self.conn.execute(
            b"SELECT outcome FROM registry.revisions ORDER BY number OFFSET %s", [len(self.outcomes)]
        ).fetchall()
        assert len(found) <= 1
        for (outcome,) in found:
            if outcome == "applied":
                assert expected == "applied"
                self._applied(model, self.newest)
            else:
                self.outcomes.append(outcome)
        self._check()
        return found == [("applied",)]

    # ---- Changes by hand

    @rule(ref=refs, version=st.integers(0, 4))
    def change_by_hand(self, ref: Ref, version: int) -> None:
        """Change a row, as somebody with psql."""
        row = self.model.rows.get(ref)
        if row is None or row.held is None:
            return
        manifest = json.loads(row.held)
        if ref.kind == "Node":
            manifest["spec"]["address"] = f"http://worker:{8000 + version}"
        else:
            manifest["spec"]["version"] = f"1.0.{version}"
        text = to_json_text(manifest)
        self._by_hand(
            ref, row._replace(held=text), b"UPDATE registry.resources SET manifest = %s WHERE id = %s", text, row.id
        )

    @rule(ref=refs)
    def delete_by_hand(self, ref: Ref) -> None:
        """Delete a row."""
        row = self.model.rows.get(ref)
        if row and row.held:
            left = row._replace(held=None, is_ours=False, knows_file=False) if row.applied else None
            self._by_hand(ref, left, b"DELETE FROM registry.resources WHERE id = %s", row.id)

    @rule(put=puts)
    def insert_by_hand(self, put: Put) -> None:
        """Put a row in, in the place of one that was deleted perhaps."""
        ref, row = put.ref, self.model.rows.get(put.ref)
        if row and row.held:
            return
        known = self.model.names.get(ref)
        if known is None:
            identity = b"INSERT INTO registry.entities (kind, name) VALUES (%s, %s) RETURNING id::text"
            (known,) = cast("tuple[str]", self.conn.execute(identity, (ref.kind, ref.name)).fetchone())
            self.model = replace(self.model, names={**self.model.names, ref: known})
        text = to_json_text(written(put))
        insert = sql.SQL("INSERT INTO registry.{} (id, manifest) VALUES (%s, %s)").format(
            sql.Identifier(PLURALS[ref.kind])
        )
        left = row or Row(known, None, None, None, None, is_ours=False, knows_file=False)
        self._by_hand(ref, left._replace(held=text), insert, known, text)

    def _by_hand(self, ref: Ref, row: Row | None, statement: bytes | sql.Composed, *parameters: object) -> None:
        self.tried.clear()
        others = {name: other for name, other in self.model.rows.items() if name != ref}
        model = replace(self.model, rows=others | ({ref: row} if row else {}))
        if model.broken():
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                self.conn.execute(statement, parameters)
        else:
            self.conn.execute(statement, parameters)
            self.model = model
        self._check()

    # ---- What holds after each step

    def _check(self) -> None:
        expected, found = self._expected(), self._found()
        for what, content in expected.items():
            assert found[what] == content, what

    def _expected(self) -> dict[str, list[Any]]:
        rows = self.model.rows
        named = {name: ref for ref, name in self.model.names.items()}
        ids = {*named, *(version.id for version in self.model.versions)}
        present = {row.id for row in rows.values() if row.applied}
        return {
            "rows": sorted(
                (
                    *(row.id, *ref_of(ref), row.held, digest_of(row.held)),
                    *((row.path, row.blob) if row.knows_file else (None, None)),
                    digest_of(row.applied) if row.applied and row.is_ours else None,
                )
                for ref, row in rows.items()
                if row.held
            ),
            "identities": sorted((name, named[name].name if name in named else None, name in present) for name in ids),
            "tags": sorted(
                (row.id, tag)
                for ref, row in rows.items()
                if ref.kind == "Tool" and row.is_ours
                for tag in json.loads(row.applied or "{}")["metadata"].get("tags", [])
            ),
            "references": sorted(
                (row.id, pointer, *ref_of(target))
                for ref, row in rows.items()
                for pointer, target in references(ref, row.applied)
            ),
            "history": sorted((*version[:3], *ref_of(version.ref), *version[4:]) for version in self.model.versions),
            "former": sorted((known, ref.name, blob) for known, ref, blob in self.model.left),
            "outcomes": [(outcome,) for outcome in self.outcomes],
        }

    def _found(self) -> dict[str, list[Any]]:
        return {what: self.conn.execute(statement).fetchall() for what, statement in STATE.items()}


STATE = {
    "rows": b"""
        SELECT resource.id::text, entity.kind, entity.name, manifest::text, digest, path, blob, applied_digest
        FROM registry.resources AS resource INNER JOIN registry.entities AS entity USING (id) ORDER BY 1
    """,
    "identities": b"SELECT id::text, name, present FROM registry.entities ORDER BY 1",
    "tags": b"SELECT tool_id::text, tag FROM registry.tool_tags ORDER BY 1, 2",
    "references": b"""
        SELECT source_id::text, pointer COLLATE "C", target_kind, target_name FROM registry.references ORDER BY 1, 2
    """,
    "history": b"""
        SELECT
            attempt, entity_id::text, action COLLATE "C", entity.kind, history.name, history.digest,
            CASE WHEN action <> 'delete' THEN path END, drifted
        FROM registry.history AS history
        INNER JOIN registry.entities AS entity ON entity.id = entity_id
        INNER JOIN (SELECT number AS revision, row_number() OVER (ORDER BY number) AS attempt FROM registry.revisions)
            AS attempts USING (revision)
        ORDER BY 1, 2, 3
    """,
    "former": b"""
        SELECT entity_id::text COLLATE "C", name COLLATE "C", blob COLLATE "C"
        FROM registry.former_names ORDER BY 1, 2, 3
    """,
    "outcomes": b"SELECT outcome FROM registry.revisions ORDER BY number",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, server: str, _copies: Copies) -> Iterator[World]:
    """What the examples share."""
    repository = Repository.create(tmp_path_factory.mktemp("model") / "repository")
    with Victims(repository.top) as victims:
        yield World(repository, server, _copies, victims)


@pytest.mark.slow
def test_whatever_happens_the_database_is_what_the_model_says(world: World, *, long: bool) -> None:
    run_state_machine_as_test(
        cast("type[Life]", partial(Life, world)),
        settings=settings(
            max_examples=300 if long else 10,
            stateful_step_count=50 if long else 30,
            deadline=None,
            # The same lives each time in the short form: what is new is looked for in the long one.
            derandomize=not long,
            # One defect at a time, shrunk, without a second search for what in it matters.
            phases=set(Phase) - {Phase.explain},
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
