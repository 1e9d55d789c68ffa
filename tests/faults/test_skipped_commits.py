"""Applying commits one by one, some of them, or the last alone: same rows, identities, logs and overrides."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.builders import Repository, node, registry, run, service, tool
from tests.conftest import Copies, copy
from tests.faults.objects import Objects
from tests.roles import MIGRATOR, as_superuser

pytestmark = pytest.mark.faults

NAMES = "abcd"
PASSING = {"spoil", "twice", "claim"}
MAKERS = {"Tool": tool, "Service": service, "Node": node}
Tree = Mapping[str, bytes]


class Edit(NamedTuple):
    """One thing that somebody does to files: `what`, and the names and the number that it is about."""

    what: str
    names: str
    number: int


class Work(NamedTuple):
    """What one commit does. `side` is a branch that it merges: from so many commits ago, by its commits, and how."""

    edits: Sequence[Edit]
    side: tuple[int, Sequence[Sequence[Edit]], str] | None


edit = st.builds(
    Edit,
    st.sampled_from(
        [
            "rename",
            "rename",
            "rename",
            "swap",
            "swap",
            "chain",
            "create",
            "create",
            "remove",
            "edit",
            "silent",
            "forget",
            "claim",
            "shelve",
            "revert",
            "revert",
            "revert",
            "restore",
            "spoil",
            "twice",
        ]
    ),
    st.permutations(NAMES).map("".join),
    st.integers(0, 3),
)
edits = st.lists(edit, min_size=1, max_size=2)
sides = st.none() | st.tuples(
    st.integers(0, 2),
    st.lists(edits, min_size=1, max_size=3),
    st.sampled_from(["ours", "theirs", "theirs", "all ours"]),
)
works = st.lists(st.builds(Work, edits, st.one_of(st.none(), st.none(), sides)), min_size=2, max_size=7)


@dataclass
class Story:
    """The commits of a repository, the oldest first, with their files."""

    kind: str
    objects: Objects
    line: list[tuple[str, Tree]] = field(default_factory=list)
    count: int = 0

    def begin(self) -> None:
        """Begin with three resources."""
        files = {"registry/registry.yaml": json.dumps(registry()).encode()}
        files["registry/services/api.yaml"] = json.dumps(service("api")).encode()
        for number, name in enumerate(NAMES[:3]):
            files[self.path(name)] = self.written(name, number)
        self.line = [(self.commit(files, []), files)]

    def path(self, name: str) -> str:
        """Return where a resource stands."""
        return f"registry/{self.kind.lower()}s/{name}.yaml"

    def written(self, name: str, version: int) -> bytes:
        """Return a new file."""
        return json.dumps(MAKERS[self.kind](name, metadata={"tags": [f"v{version}"]})).encode()

    def commit(self, tree: Tree, parents: list[str]) -> str:
        """Write a commit and return its id."""
        self.count += 1
        return self.objects.commit(tree, parents, self.count)

    def work(self, work: Work) -> None:
        """Commit on the mainline, and merge before that."""
        if work.side:
            self._merge(*work.side)
        head, tree = self.line[-1]
        lasting = [one for one in work.edits if one.what not in PASSING]
        changed = self._edited(tree, lasting, self.line)
        # What makes a commit invalid is mended in the next one.
        seen = self._edited(changed, [one for one in work.edits if one.what in PASSING], self.line)
        self.line.append((self.commit(seen, [head]), changed))

    def _merge(self, ago: int, commits: Sequence[Sequence[Edit]], how: str) -> None:
        fork = self.line[max(0, len(self.line) - 1 - ago)]
        branch = [fork]
        for one in commits:
            tree = self._edited(branch[-1][1], one, branch)
            branch.append((self.commit(tree, [branch[-1][0]]), tree))
        ours, theirs = self.line[-1], branch[-1]
        merged = ours[1] if how == "all ours" else _merged(fork[1], ours[1], theirs[1], how)
        self.line.append((self.commit(merged, [ours[0], theirs[0]]), merged))

    def _edited(self, tree: Tree, edits: Sequence[Edit], line: list[tuple[str, Tree]]) -> Tree:
        changed = dict(tree)
        for one in edits:
            self._edit(changed, one, line)
        return changed

    def _edit(self, tree: dict[str, bytes], edit: Edit, line: list[tuple[str, Tree]]) -> None:  # noqa: C901, PLR0912
        what, number = edit.what, edit.number
        first, second, third, _ = [*edit.names]
        there = {name: self._found(tree, name) for name in NAMES}
        match what:
            case "rename" | "silent" if there[first] and not there[second]:
                old = self._taken(tree, first)
                tree[self.path(second)] = self._renamed(old, second, first if what == "rename" else None)
            case "swap" if there[first] and there[second]:
                one, other = self._taken(tree, first), self._taken(tree, second)
                tree[self.path(second)] = self._renamed(one, second, first)
                tree[self.path(first)] = self._renamed(other, first, second)
            case "chain" if there[first] and there[second] and not there[third]:
                one, other = self._taken(tree, first), self._taken(tree, second)
                tree[self.path(second)] = self._renamed(one, second, first)
                tree[self.path(third)] = self._renamed(other, third, second)
            case "create" if not there[first]:
                tree[self.path(first)] = self.written(first, number)
            case "remove" if there[first]:
                self._taken(tree, first)
            case "edit" if there[first]:
                path = there[first] or ""
                tree[path] = self._with(tree[path], tags=[f"e{number}"])
            case "forget" if there[first]:
                path = there[first] or ""
                tree[path] = self._with(tree[path], movedFrom=None)
            case "claim" if there[first]:
                path = there[first] or ""
                tree[path] = self._with(tree[path], movedFrom=second)
            case "shelve" if there[first]:
                data = self._taken(tree, first)
                tree[self.path(f"team/{first}")] = data
            case "revert" if len(line) > number + 1:
                _revert(tree, line[-1 - number][1], line[-2 - number][1])
            case "restore":
                tree.clear()
                tree.update(line[max(0, len(line) - 1 - number)][1])
            case "spoil":
                tree[f"registry/tools/spoilt{number}.yaml"] = b"{"
            case "twice" if there[first]:
                tree[self.path(f"twice/{first}")] = tree[there[first] or ""]

    def _found(self, tree: Tree, name: str) -> str | None:
        return next((path for path in (self.path(name), self.path(f"team/{name}")) if path in tree), None)

    def _taken(self, tree: dict[str, bytes], name: str) -> bytes:
        return tree.pop(self._found(tree, name) or "")

    def _renamed(self, data: bytes, name: str, former: str | None) -> bytes:
        return self._with(data, name=name, movedFrom=former)

    def _with(self, data: bytes, **metadata: Any) -> bytes:
        manifest = json.loads(data)
        changed = {**manifest["metadata"], **metadata}
        manifest["metadata"] = {key: value for key, value in changed.items() if value is not None}
        return json.dumps(manifest).encode()


def _merged(base: Tree, ours: Tree, theirs: Tree, how: str) -> Tree:
    merged = {}
    for path in base.keys() | ours.keys() | theirs.keys():
        was, our, their = base.get(path), ours.get(path), theirs.get(path)
        taken = our if their == was or (our != was and how == "ours") else their
        if taken is not None:
            merged[path] = taken
    return merged


def _revert(tree: dict[str, bytes], after: Tree, before: Tree) -> None:
    """Undo a commit, as git revert does where nothing else changed the same files since; else leave the files."""
    changed = [path for path in after.keys() | before.keys() if after.get(path) != before.get(path)]
    if all(tree.get(path) == after.get(path) for path in changed):
        for path in changed:
            tree.pop(path, None)
            if path in before:
                tree[path] = before[path]


class Outcome(NamedTuple):
    """What a database holds in the end, with its first resources called by their first names."""

    code: int
    rows: list[Any]
    identities: list[Any]
    nameless: list[Any]
    logs: list[Any]
    overrides: list[Any]


class Place:
    """A database on which the first commit of a story is applied, and others are to be."""

    def __init__(self, repository: Repository, server: str, copies: Copies) -> None:
        self._copies, self._top, self._name = copies, repository.top, copies.take()
        self._database = make_conninfo(server, dbname=self._name, user=MIGRATOR)

    def close(self) -> None:
        """Drop the database."""
        self._copies.drop(self._name)

    def outcome(self, story: Story, chosen: Sequence[int]) -> Outcome:
        """Apply the commits that were chosen."""
        with psycopg.connect(self._database, autocommit=True) as conn:
            named = b"SELECT id::text, name FROM registry.entities WHERE kind = %s"
            first: dict[str, str] = dict(conn.execute(named, [story.kind]).fetchall())
            codes = [self._apply(story.line[number][0]) for number in chosen]
            return Outcome(codes[-1], *self._held(conn, first))

    def _apply(self, commit: str) -> int:
        result = run("apply", "--ref", commit, "--max-deletes", 99, "--database", self._database, cwd=self._top)
        assert result.code in {0, 1}, result
        return result.code

    def _held(self, conn: psycopg.Connection[Any], first: Mapping[str, str]) -> Iterator[list[Any]]:
        entities = conn.execute(b"SELECT id::text, kind, name, present FROM registry.entities").fetchall()
        left = conn.execute(b"SELECT entity_id::text, name, blob FROM registry.former_names").fetchall()
        yield sorted(conn.execute(b"SELECT kind, name, digest, path, blob FROM registry.resources").fetchall())
        yield sorted(
            (
                kind,
                name,
                present,
                first.get(one, "a new one"),
                sorted((was, blob) for who, was, blob in left if who == one),
            )
            for one, kind, name, present in entities
            if name is not None
        )
        yield sorted(first[one] for one, _, name, _ in entities if name is None and one in first)
        for statement in (
            b"SELECT tool_as_called, tool FROM api.invocations",
            b"SELECT reason, tool FROM api.tool_overrides",
        ):
            # A resource without a name is called by its identity.
            yield sorted((was, first.get(now, now)) for was, now in conn.execute(statement).fetchall())


def begin_database(kind: str, repository: Repository, database: str) -> None:
    """Apply the first commit of each story of a kind, and let tools be called."""
    story = Story(kind, Objects(repository.top))
    story.begin()
    first = story.line[0][0]
    assert run("apply", "--ref", first, "--database", database, cwd=repository.top).code == 0
    with psycopg.connect(as_superuser(database), autocommit=True) as conn:
        for name in NAMES[:3] if kind == "Tool" else ():
            conn.execute(b"SELECT api.log_invocation(%s, 'success', 5)", [name])
            conn.execute(b"SELECT api.set_tool_override(%s, 'unavailable', %s)", [name, name])


@pytest.fixture
def begun_copies(kind: str, repository: Repository, server: str, template: str) -> Iterator[Copies]:
    """Copies of a database on which the first commit is applied, which is the same in all stories of a kind."""
    with copy(server, template) as database:
        begin_database(kind, repository, database)
        copies = Copies(server, str(conninfo_to_dict(database)["dbname"]))
        yield copies
        copies.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAKERS)
def test_skipping_commits_changes_nothing(
    kind: str,
    repository: Repository,
    server: str,
    begun_copies: Copies,
    *,
    long: bool,
) -> None:
    @settings(
        max_examples=400 if long else 7,
        deadline=None,
        derandomize=not long,
        phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if long else [])),
        suppress_health_check=list(HealthCheck),
    )
    @given(works, st.lists(st.booleans(), min_size=12, max_size=12))
    def tried(works: list[Work], skipped: list[bool]) -> None:
        story = Story(kind, Objects(repository.top))
        story.begin()
        for work in works:
            story.work(work)
        every = range(1, len(story.line))
        some = [number for number in every if number == every[-1] or not skipped[number % len(skipped)]]
        places = [Place(repository, server, begun_copies) for _ in range(3)]
        try:
            one_by_one, in_part, at_once = (
                place.outcome(story, chosen) for place, chosen in zip(places, (every, some, every[-1:]), strict=True)
            )
        finally:
            for place in places:
                place.close()
        if not one_by_one.code:
            assert at_once == one_by_one
            assert in_part == one_by_one
        assert at_once.code == in_part.code == one_by_one.code

    tried()
