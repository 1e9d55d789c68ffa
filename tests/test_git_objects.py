"""What is no commit, what was damaged or forged, and what would never end: told, within bounds."""

import hashlib
import multiprocessing
import pickle
import zlib
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.desired.git.places import NoCommit
from reconciler.desired.git.repository import Kinship
from reconciler.desired.git.repository import Repository as Git
from tests.builders import Repository, run, tool
from tests.conftest import Toolreg


@pytest.fixture
def git(repository: Repository) -> Git:
    found = Git.around(repository.top)
    assert found
    return found


def write_object(repository: Repository, kind: str, data: bytes, name: str | None = None) -> str:
    """Write a loose object, under its own name or another's, and return the name."""
    raw = b"%s %d\0" % (kind.encode(), len(data)) + data
    name = name or hashlib.sha1(raw).hexdigest()  # noqa: S324  git's.
    path = repository.top / ".git/objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(zlib.compress(raw, 1))
    return name


def commit_of(repository: Repository, tree: str, subject: bytes = b"x", author: bytes = b"A") -> str:
    """Write a commit and return its name."""
    line = author + b" <a@example.com> 1700000000 +0000\n"
    return write_object(
        repository, "commit", b"tree " + tree.encode() + b"\nauthor " + line + b"committer " + line + b"\n" + subject
    )


@pytest.mark.parametrize(
    "ref",
    [
        *(
            "^HEAD",
            "HEAD^@",
            "HEAD^!",
            "HEAD..HEAD",
            ":/change",
            "@{-1}",
            "HEAD:registry",
            "HEAD:registry/registry.yaml",
        ),
        *(
            "--output=x",
            "--all",
            "-1",
            "\nHEAD",
            "HEAD\n",
            "a\nb",
            "tree",
            "blob",
            "0",
            "f" * 40,
            "HEAD^{/nothing}",
            "HEAD~99",
        ),
        *("\udcff", "HEAD missing", "x" * 5000, ":0:registry/registry.yaml", "refs/heads/"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "plan"])
def test_what_is_no_commit_is_told(repository: Repository, toolreg: Toolreg, ref: str, command: str) -> None:
    repository.git("tag", "-a", "-m", "x", "tree", "HEAD^{tree}")
    repository.git("tag", "blob", "HEAD:registry/registry.yaml")

    result = toolreg(command, f"--ref={ref}") if command == "plan" else run(command, f"--ref={ref}", cwd=repository.top)

    assert result.code == 1
    assert "names no commit" in result.err
    assert not (repository.top / "x").exists()


def test_an_empty_ref_is_wrong_usage(repository: Repository) -> None:
    assert run("validate", "--ref", "", cwd=repository.top).code == 64


@pytest.mark.parametrize("what", ["HEAD", "HEAD^{tree}", "HEAD:registry", "HEAD:registry/tools/lookup.yaml"])
def test_a_forged_object_is_not_read(repository: Repository, toolreg: Toolreg, what: str) -> None:
    """The object is another one, well formed, under the name that is asked for."""
    repository.add(tool())
    old = repository.commit()
    repository.add(tool(version="2.0.0"))
    repository.commit()
    kind = repository.git("cat-file", "-t", what)
    name = repository.git("rev-parse", what)
    other = repository.top / ".git/objects" / (wrong := repository.git("rev-parse", what.replace("HEAD", old)))[:2]
    raw = zlib.decompress((other / wrong[2:]).read_bytes()).partition(b"\0")[2]
    write_object(repository, kind, raw, name)

    for command in (["validate", "--ref", "HEAD"], ["plan", "--ref", "HEAD"], ["apply"]):
        result = toolreg(*command) if command[0] != "validate" else toolreg.offline(*command)
        assert result.code in (1, 3), result
        # git itself compares some objects with their names.
        assert any(words in result.err for words in ("names no commit", "is damaged or forged", "hash mismatch"))


def test_nothing_beside_objects_and_refs_decides_about_ancestry(
    repository: Repository, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = repository.commit("one"), repository.commit("two")
    repository.git("checkout", "-q", "--orphan", "other")
    other = repository.commit("other")
    info = repository.top / ".git/info"
    info.mkdir(exist_ok=True)
    (info / "grafts").write_text(f"{other} {two}\n")
    repository.git("replace", "-f", one, other)
    monkeypatch.setenv("GIT_GRAFT_FILE", str(info / "grafts"))

    assert git.find_kinship(two, other) is Kinship.UNRELATED
    assert git.find_kinship(one, two) is Kinship.DESCENDS
    assert git.find_kinship(two, one) is Kinship.PRECEDES
    (repository.top / ".git/shallow").write_text(f"{two}\n")
    shallow = Git.around(repository.top)
    assert shallow
    assert shallow.is_shallow
    assert shallow.find_kinship(one, two) is Kinship.DESCENDS


def test_a_path_without_end_is_told(repository: Repository) -> None:
    blob = write_object(repository, "blob", b"x")
    tree = write_object(repository, "tree", b"100644 " + b"a" * (1 << 20) + b"\0" + bytes.fromhex(blob))
    commit = commit_of(repository, write_object(repository, "tree", b"40000 registry\0" + bytes.fromhex(tree)))

    result = run("validate", "--ref", commit, cwd=repository.top)

    assert result.code == 1
    assert "is a path of 1,048,585 characters; expected at most 4,096" in result.err
    assert len(result.err) < 1000


@pytest.mark.parametrize("name", [b"..", b".", b"a/b", b""])
def test_a_tree_that_is_malformed_is_told(repository: Repository, name: bytes) -> None:
    blob = bytes.fromhex(write_object(repository, "blob", b"x"))
    tree = write_object(repository, "tree", b"100644 " + name + b"\0" + blob)
    commit = commit_of(repository, write_object(repository, "tree", b"40000 registry\0" + bytes.fromhex(tree)))

    result = run("validate", "--ref", commit, cwd=repository.top)

    assert (result.code, "malformed" in result.err) == (1, True)


def test_a_long_subject_and_author_are_cut(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    tree = repository.git("rev-parse", "HEAD^{tree}")
    commit = commit_of(repository, tree, b"s" * (10 << 20), b"A" * (1 << 20))

    assert toolreg("apply", "--ref", commit).code == 0
    (stored,) = conn.execute(b"SELECT author, subject FROM registry.revisions")

    assert [len(text) for text in stored] == [320, 1000]
    huge = commit_of(repository, tree, b"s" * (17 << 20))
    assert "expected at most 16,777,216" in toolreg("apply", "--ref", huge).err


def test_settings_of_the_system_are_obeyed_and_run_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    system = tmp_path / "system"
    system.write_text(
        f"[core]\n\tfsmonitor = touch '{ran}'\n\thooksPath = {tmp_path}\n\texcludesFile = {tmp_path}/excludes\n"
        f"[filter \"x\"]\n\tclean = touch '{ran}'; cat\n"
    )
    (tmp_path / "excludes").write_text("draft.yaml\n")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(system))
    repository.write("../.gitattributes", "*.yaml filter=x\n")
    repository.write("tools/draft.yaml", "[")
    repository.add(tool())

    assert run("validate", cwd=repository.top).out == "3 files, 3 valid, 0 invalid\n"
    assert not ran.exists()


def test_a_plan_of_a_branch_that_is_behind_says_so_first(repository: Repository, toolreg: Toolreg) -> None:
    old = repository.git("rev-parse", "HEAD")
    repository.add(tool())
    repository.commit()
    assert toolreg("apply").code == 0
    repository.git("checkout", "-q", "-b", "feature", old)
    repository.add(tool("other"))
    branch = repository.commit()

    for ref in (old, branch):
        result = toolreg("plan", "--ref", ref)
        assert result.err.startswith("Applying this would be refused now: commit ")
        assert "this branch is behind. Rebase it onto that commit or merge that commit" in result.err
        assert "--allow-rewind" not in result.err + result.out
        for command in ("plan --exit-as-apply", "apply"):
            assert toolreg(*command.split(), "--ref", ref).code == 3
    assert toolreg("plan", "--ref", "main", "--exit-as-apply").code == 0


def test_a_plan_of_a_shallow_clone_exits_as_apply_does(repository: Repository, database: str) -> None:
    run("apply", "--database", database, cwd=repository.top)
    for _ in range(3):
        repository.commit()
    clone = repository.top.parent / "clone"
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.top}", str(clone))

    for command in (["plan", "--exit-as-apply"], ["plan", "--exit-as-apply", "--ref", "HEAD"], ["apply"]):
        result = run(*command, "--database", database, cwd=clone)
        assert (result.code, "git fetch --unshallow" in result.err) == (4, True), result


@pytest.mark.slow
def test_trees_that_stand_for_countless_files_end(repository: Repository, toolreg: Toolreg) -> None:
    """40 trees, of which each names the next ten times: git would list the files in memory before it prints one."""
    assert toolreg("apply").code == 0
    bomb = _bomb(repository)

    results = [
        toolreg.offline("validate", "--ref", bomb),
        *(toolreg(name, "--ref", bomb) for name in ("plan", "apply")),
    ]

    assert [result.code for result in results] == [1, 3, 3]
    assert all("holds more than 500,000 files, which no registry does" in result.err for result in results)


@pytest.mark.faults
def test_trees_of_countless_files_that_were_taken_back_do_not_stop_what_comes_after(
    repository: Repository, toolreg: Toolreg, *, long: bool
) -> None:
    if not long:
        pytest.skip("git takes 10 s to notice")
    assert toolreg("apply").code == 0
    good = repository.git("rev-parse", "HEAD^{tree}")
    repository.git(
        "reset", "-q", "--soft", repository.git("commit-tree", "-p", _bomb(repository), "-m", "revert", good)
    )
    repository.add(tool("more"))
    repository.commit()

    assert toolreg("apply").code == 0


def _bomb(repository: Repository) -> str:
    """Return a commit above HEAD whose trees stand for 10^40 files."""
    tree = write_object(repository, "tree", b"100644 a.yaml\0" + bytes.fromhex(write_object(repository, "blob", b"x")))
    for _ in range(40):
        tree = write_object(repository, "tree", b"".join(b"40000 %d\0" % n + bytes.fromhex(tree) for n in range(10)))
    tree = write_object(repository, "tree", b"40000 registry\0" + bytes.fromhex(tree))
    return repository.git("commit-tree", "-p", "HEAD", "-m", "bomb", tree)


def test_what_nobody_reads_to_its_end_is_no_answer_to_the_next_question(repository: Repository, git: Git) -> None:
    head = repository.git("rev-parse", "HEAD")
    blobs = [repository.git("rev-parse", f"HEAD:{path}") for path in repository.git("ls-files").splitlines()]
    wanted = [git.read_raw_commit(head, 1 << 20), *git.read_blobs(blobs * 300, 1 << 20)]

    abandoned = git.read_blobs(blobs * 300, 1 << 20)
    next(abandoned)
    between = git.read_raw_commit(head, 1 << 20)
    assert [between, *git.read_blobs(blobs * 300, 1 << 20)] == wanted
    del abandoned
    # Too large to be read: the others are, all the same.
    small = min(map(len, filter(None, wanted)))
    assert [*git.read_blobs(blobs * 300, small)] == [
        blob if blob and len(blob) <= small else None for blob in wanted[1:]
    ]
    assert git.read_raw_commit(head, 1 << 20) == wanted[0]


def test_a_name_longer_than_a_pipe_is_asked_for(git: Git) -> None:
    with pytest.raises(NoCommit, match="names no commit"):
        git.read_commit("x" * (1 << 18))
    assert git.read_commit("HEAD")


def test_a_forked_process_asks_a_git_of_its_own(repository: Repository, git: Git) -> None:
    """Both would read from one pipe, and each the answers to the other's questions."""
    names = [repository.git("rev-parse", f"HEAD:{path}") for path in repository.git("ls-files").splitlines()] * 50
    expected = [*git.read_blobs(names, 1 << 20)]
    fork = multiprocessing.get_context("fork")
    others = [fork.Process(target=_require, args=(git, names, expected)) for _ in range(3)]
    for other in others:
        other.start()
    _require(git, names, expected)
    for other in others:
        other.join()

    assert [other.exitcode for other in others] == [0, 0, 0]
    assert [*pickle.loads(pickle.dumps(git)).read_blobs(names, 1 << 20)] == expected  # noqa: S301  Written here.


def _require(git: Git, names: list[str], expected: list[bytes | None]) -> None:
    for _ in range(20):
        assert [*git.read_blobs(names, 1 << 20)] == expected
