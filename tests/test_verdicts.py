"""Cached verdicts make `validate` fast, and change no result."""

import json
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reconciler.assets import load_contract
from reconciler.core.manifest import check
from reconciler.core.manifest.contract import Contract
from reconciler.desired import load
from reconciler.desired import worktree_files as sources
from reconciler.desired.git.repository import Repository as Git
from reconciler.desired.git_files import GitTree
from reconciler.desired.source import Source
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.inspection import inspect_registry
from tests.builders import Repository, registry, run, service, tool
from tests.test_changed_files import change

NAME = "registry"


class Cached:
    """Validations of a repository with a cache, and the files whose content was checked."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self.repository = repository
        self.folder = folder
        self.checked: list[str] = []

    @property
    def file(self) -> Path:
        """The file of the cache."""
        return self.folder / NAME

    @property
    def worktree(self) -> Source:
        """The files of the work tree."""
        return Worktree(self.repository.top, "registry", Git(self.repository.top))

    @property
    def commit(self) -> Source:
        """The files of the last commit."""
        return GitTree(Git(self.repository.top), "registry", "HEAD")

    def __call__(self, source: Source | None = None, contract: Contract | None = None) -> list[str]:
        """Validate, compare the result with that of reading all files, and return the files that were checked."""
        source, contract = source or self.commit, contract or load_contract()
        wanted = inspect_registry(source, contract)
        self.checked.clear()
        found = inspect_registry(source, contract, place=self.file, worth=0)
        assert (found.problems, found.findings, found.ignored) == (wanted.problems, wanted.findings, wanted.ignored)
        assert found == wanted
        return sorted({path.removeprefix("registry/") for path in self.checked})


@pytest.fixture
def cached(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cached:
    found = Cached(repository, tmp_path / "verdicts")
    original = check.check_document

    def record(document: Any, path: str, *rest: Any) -> Any:
        found.checked.append(path)
        return original(document, path, *rest)

    monkeypatch.setattr(load, "check_document", record)
    repository.add(*(tool(f"tool{number}") for number in range(4)))
    repository.commit()
    return found


ALL = ["registry.yaml", "services/api.yaml", *(f"tools/tool{number}.yaml" for number in range(4))]


def test_unchanged_files_are_not_checked_again(cached: Cached) -> None:
    assert cached() == ALL
    assert cached() == ["registry.yaml"]


def test_unchanged_files_of_the_work_tree_are_neither_checked_nor_read(
    cached: Cached, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(cached.worktree)
    settle(cached)
    cached(cached.worktree)
    read: list[str] = []
    original = sources._read_content  # noqa: SLF001  The only place where files of the work tree are read.

    def record(top: Path, path: str) -> bytes:
        read.append(path)
        return original(top, path)

    monkeypatch.setattr(sources, "_read_content", record)

    inspect_registry(cached.worktree, load_contract(), place=cached.file, worth=0)

    assert set(read) == {"registry/registry.yaml"}


def settle(cached: Cached) -> None:
    """Wait until no file is as new as a change of the next moment would be."""
    newest = max(path.stat().st_ctime_ns for path in (cached.repository.top / "registry").rglob("*.yaml"))
    while time.time_ns() < newest + 60_000_000:
        time.sleep(0.01)


def test_a_changed_file_is_checked_alone(cached: Cached) -> None:
    cached()
    cached.repository.add(tool("tool1", version="1.1.0"))
    cached.repository.commit()

    assert cached() == ["registry.yaml", "tools/tool1.yaml"]
    assert cached() == ["registry.yaml"]


def test_a_file_written_again_with_its_size_and_time_is_checked(cached: Cached) -> None:
    cached(cached.worktree)
    settle(cached)
    cached(cached.worktree)
    path = cached.repository.top / "registry/tools/tool1.yaml"
    before = path.stat()
    path.write_text(path.read_text().replace("1.0.0", "1.0.x"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size

    assert "tools/tool1.yaml" in cached(cached.worktree)


def test_a_touched_file_is_read_and_not_checked(cached: Cached) -> None:
    cached(cached.worktree)
    for path in (cached.repository.top / "registry/tools").iterdir():
        path.touch()

    assert cached(cached.worktree) == ["registry.yaml"]


def test_an_invalid_file_is_checked_each_time(cached: Cached) -> None:
    cached.repository.add(tool("tool1", version="x"))
    cached.repository.commit()
    cached()

    assert cached() == ["registry.yaml", "tools/tool1.yaml"]


def test_a_finding_between_a_cached_and_a_changed_tool_is_told(cached: Cached) -> None:
    cached.repository.write("registry.yaml", registry(lint={}))
    words = {"description": "Looks up the amount of an order in the ledger of the shop."}
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    fit: dict[str, Any] = {"inputSchema": schema, "limits": {"timeout": "5s"}, "annotations": {"readOnlyHint": True}}
    cached.repository.add(tool("tool1", metadata=words, **fit), tool("tool2", **fit))
    cached.repository.commit()
    cached()
    assert "tools/tool1.yaml" not in cached()
    cached.repository.add(tool("tool2", metadata=words, **fit))
    cached.repository.commit()
    cached()

    told = inspect_registry(cached.commit, load_contract(), place=cached.file, worth=0).findings
    same = [finding.path for finding in told if finding.rule == "same-description"]
    assert same == ["registry/tools/tool1.yaml", "registry/tools/tool2.yaml"]


def test_other_levels_of_lint_void_the_verdicts(cached: Cached) -> None:
    cached()
    cached.repository.write("registry.yaml", registry(lint={}))
    cached.repository.commit()

    assert cached() == ALL


def test_other_teams_void_the_verdicts(cached: Cached) -> None:
    cached()
    cached.repository.write("registry.yaml", registry(teams=[{"name": "others", "folders": ["tools"]}]))
    cached.repository.commit()

    assert cached() == ALL
    assert cached() == ["registry.yaml", *(name for name in ALL if name.startswith("tools/"))]


def test_a_file_in_another_place_is_checked(cached: Cached) -> None:
    """The verdict on the same content depends on the name and the folder of its file, which may belong to a team."""
    cached()
    cached.repository.move("tools/tool1.yaml", "tools/team/tool1.yaml")
    cached.repository.move("tools/tool2.yaml", "tools/other.yaml")
    cached.repository.move("tools/tool3.yaml", "services/tool3.yaml")
    cached.repository.commit()

    assert cached() == ["registry.yaml", "services/tool3.yaml", "tools/other.yaml", "tools/team/tool1.yaml"]


def test_another_branch_and_back_needs_no_check(cached: Cached) -> None:
    cached()
    cached.repository.add(tool("more"))
    cached.repository.commit()
    cached()
    cached.repository.git("checkout", "-q", "HEAD~1")

    assert cached() == ["registry.yaml"]


def test_a_file_outside_of_the_registry_is_judged_each_time(cached: Cached) -> None:
    cached.repository.write("registry.yaml", registry(signatures={"allowedSigners": "signers"}))
    (cached.repository.top / "signers").write_text("ada@example.com ssh-ed25519 AAAA\n")
    cached(cached.worktree)
    settle(cached)
    cached(cached.worktree)
    (cached.repository.top / "signers").unlink()

    assert cached(cached.worktree) == ["registry.yaml"]


def test_on_random_changes_the_result_is_that_of_reading_all_files(cached: Cached) -> None:
    chance = random.Random(20261128)  # noqa: S311  Wanted: the same each time.
    for _ in range(60):
        for _ in range(chance.randint(1, 4)):
            change(cached.repository, chance)
        if chance.random() < 0.3:
            cached.repository.commit()
        cached(cached.worktree if chance.random() < 0.7 else cached.commit)


DAMAGES: list[Callable[[bytes], bytes]] = [
    lambda _: b"",
    lambda data: data[: len(data) // 2],
    lambda data: data[:-1],
    lambda data: data.replace(b"Tool", b"Toll"),
    lambda data: data[:200] + b"\0" + data[201:],
    lambda _: b"[" * 100_000,
    lambda _: b"null\n[]",
    lambda _: b'{"key":1}\n',
    lambda data: data.replace(b'"listing"', b'"nothing"'),
    lambda data: b'{"listing":null,"body":"' + b"0" * 64 + b'"}' + data[data.index(b"\n") :],
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_changes_no_result(cached: Cached, damage: Callable[[bytes], bytes]) -> None:
    cached()
    cached.repository.add(tool("tool1", service="nobody"), tool("tool2", version="x"))
    cached.repository.commit()
    cached.file.write_bytes(damage(cached.file.read_bytes()))

    cached()

    assert cached() == ["registry.yaml", "tools/tool1.yaml", "tools/tool2.yaml"]


def test_any_flipped_bit_changes_no_result(cached: Cached) -> None:
    cached()
    cached.repository.add(tool("tool1", service="nobody"))
    cached.repository.commit()
    cached()
    whole = cached.file.read_bytes()
    for place in range(0, len(whole), 37):
        cached.file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        cached()


@pytest.mark.parametrize("mode", [0o622, 0o606])
def test_a_cache_that_others_can_write_is_not_read(cached: Cached, mode: int) -> None:
    cached()
    cached.file.chmod(mode)

    assert cached() == ALL


def test_a_folder_that_others_can_write_is_not_used(cached: Cached) -> None:
    cached()
    cached.folder.chmod(0o777)
    written = cached.file.read_bytes()

    assert cached() == ALL
    assert cached.file.read_bytes() == written


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_cache_of_another_user_is_not_read(cached: Cached) -> None:
    cached()
    os.chown(cached.file, 65534, 65534)

    assert cached() == ALL


def test_a_symbolic_link_is_not_followed(cached: Cached) -> None:
    cached()
    elsewhere = cached.file.rename(cached.file.with_name("elsewhere"))
    cached.file.symlink_to(elsewhere)

    assert cached() == ALL
    assert not cached.file.is_symlink()


def test_another_contract_voids_the_verdicts(cached: Cached) -> None:
    cached()
    files = dict(load_contract().files)
    files["tool.schema.json"] = json.dumps(json.loads(files["tool.schema.json"]) | {"$comment": "Another."})

    assert cached(contract=Contract.of(files)) == ALL


def test_writers_at_once_leave_a_whole_cache(cached: Cached) -> None:
    with ThreadPoolExecutor(4) as pool:
        sources_ = [cached.commit for _ in range(8)]
        for future in [pool.submit(cached_run, cached, source) for source in sources_]:
            future.result()

    assert cached() == ["registry.yaml"]
    assert [path.name for path in cached.folder.iterdir()] == [NAME]


def cached_run(cached: Cached, source: Source) -> None:
    inspect_registry(source, load_contract(), place=cached.file, worth=0)


def test_the_number_of_files_is_bounded(cached: Cached) -> None:
    cached.folder.mkdir(mode=0o700)
    for number in range(40):
        (cached.folder / f"old{number}").write_text("x")
    cached()

    assert len([*cached.folder.iterdir()]) <= 20
    assert cached() == ["registry.yaml"]


def test_without_a_place_to_write_there_is_no_cache_and_no_error(repository: Repository, tmp_path: Path) -> None:
    repository.add(*(service(f"s{number}") for number in range(220)))
    (tmp_path / "file").write_text("")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "file"))
        first, second = (run("validate", cwd=repository.top) for _ in range(2))

    assert first == second
    assert (first.code, first.err) == (0, "")


def test_validate_keeps_its_verdicts_in_the_state_folder(repository: Repository, tmp_path: Path) -> None:
    repository.add(*(service(f"s{number}") for number in range(220)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))
        assert run("validate", cwd=repository.top).out.startswith("222 files, 222 valid, 0 invalid")

    [file] = (tmp_path / "state/verdicts").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
