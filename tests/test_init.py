"""toolreg init makes a registry that validates, plans and applies, in each CI; and replaces nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.assets import load_contract
from reconciler.core.manifest.kinds import list_resource_kinds
from tests.builders import Repository, Result, run

TEMPLATE = Path(__file__).parents[1] / "reconciler/exchange/template"
FILES = {
    ".github/workflows/toolreg.yaml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
}
PROGRAMS = Path(sys.executable).parent
IDENTITY = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    """A repository that init made, with its first commit."""
    result = run("init", "acme", "--owner", "shop", cwd=tmp_path)
    assert result.code == 0, result.err
    repository = Repository(tmp_path / "acme")
    repository.commit("Begin")
    return repository


def states(result: Result) -> dict[str, str]:
    """Return what became of each file."""
    return {line[10:]: line[:10].strip() for line in result.out.splitlines()}


def test_a_new_registry_validates_plans_and_applies(made: Repository, database: str) -> None:
    assert run("validate", cwd=made.top).out == "4 files, 4 valid, 0 invalid\n"
    assert run("fmt", "--check", cwd=made.top).code == 0
    assert "Plan: 3 to create" in run("plan", "--database", database, cwd=made.top).out
    assert "Plan: 3 to create" in run("apply", "--database", database, cwd=made.top).out
    assert run("plan", "--database", database, cwd=made.top).out == "Nothing to do: the database matches.\n"


def test_there_is_a_commented_example_of_each_kind(made: Repository) -> None:
    for kind in list_resource_kinds(load_contract()):
        (path,) = (made.top / f"registry/{kind.plural}").glob("*.yaml")
        text = path.read_text()
        assert text.startswith(f"# yaml-language-server: $schema=../../schemas/{kind.name.lower()}.schema.json\n")
        assert text.count("  # ") >= 1
        assert "owner: shop" in text
    assert "name: acme" in (made.top / "registry/registry.yaml").read_text()


def test_again_it_replaces_nothing_and_adds_what_is_missing(made: Repository) -> None:
    (made.top / ".gitlab-ci.yml").write_text("ours\n")
    (made.top / "registry/README.md").unlink()
    (made.top / "registry/nodes/worker-1.yaml").unlink()

    result = run("init", cwd=made.top / "registry/tools")

    shown = states(result)
    assert shown["../README.md"] == "created"
    assert shown["../nodes/worker-1.yaml"] == "left out"
    assert {shown[path] for path in shown if path not in ("../README.md", "../nodes/worker-1.yaml")} == {"exists"}
    assert "it got no examples; toolreg new writes manifests" in result.err
    assert made.git("status", "--porcelain").split() == ["M", ".gitlab-ci.yml", "D", "registry/nodes/worker-1.yaml"]
    assert run("init", cwd=made.top).err.count("Next:") == 0


def test_a_registry_in_use_gets_no_examples(repository: Repository) -> None:
    result = run("init", "--ci", "github", cwd=repository.top)

    assert result.code == 0
    assert states(result)["registry/registry.yaml"] == "exists"
    assert [path for path, state in states(result).items() if state == "left out"] == [
        "registry/nodes/worker-1.yaml",
        "registry/services/time.yaml",
        "registry/tools/get_current_time.yaml",
    ]
    assert run("validate", cwd=repository.top).out == "2 files, 2 valid, 0 invalid\n"
    assert (repository.top / ".github/workflows/toolreg.yaml").exists()
    assert not (repository.top / ".gitlab-ci.yml").exists()
    assert not (repository.top / ".ci").exists()


def test_no_file_is_written_through_a_link(tmp_path: Path) -> None:
    top, elsewhere = tmp_path / "top", tmp_path / "elsewhere"
    top.mkdir()
    elsewhere.mkdir()
    (top / ".github").symlink_to(elsewhere)
    (top / ".gitlab-ci.yml").symlink_to(elsewhere / "ci")

    result = run("init", cwd=top)

    assert result.code == 1
    assert "because a folder is a symbolic link; remove the link" in result.err
    assert [*elsewhere.iterdir()] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--owner", "A Team"], 64, '"A Team" is no team; expected a word such as platform'),
        (["file"], 64, "is a file"),
        (["file/inner"], 1, "cannot be created"),
        (["registry"], 1, "is itself the folder of a registry"),
    ],
)
def test_what_cannot_be_made_is_told(repository: Repository, arguments: list[str], code: int, message: str) -> None:
    (repository.top / "file").touch()

    result = run("init", *arguments, cwd=repository.top)

    assert (result.code, message in result.err) == (code, True), result.err


@pytest.mark.parametrize("name", ["Our Tools!", "...", "ünïcode", "x" * 200])
def test_any_name_of_a_folder_gives_a_valid_name(tmp_path: Path, name: str) -> None:
    assert run("init", name, cwd=tmp_path).code == 0
    assert run("validate", cwd=tmp_path / name).code == 0


def test_below_the_top_of_a_repository_it_says_where_a_ci_looks(repository: Repository) -> None:
    assert "A CI reads its file at the top" in run("init", "inner", cwd=repository.top).err
    assert not (repository.top / "inner/.git").exists()


# ---- CI


@pytest.mark.parametrize("path", FILES)
def test_the_file_of_a_ci_follows_its_published_schema(made: Repository, path: str) -> None:
    checker = PROGRAMS / "check-jsonschema"
    if not checker.exists():
        pytest.skip("check-jsonschema is not installed")

    done = subprocess.run(
        [checker, "--builtin-schema", FILES[path], made.top / path], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_an_audit_of_the_workflow_finds_nothing(made: Repository) -> None:
    zizmor = PROGRAMS / "zizmor"
    if not zizmor.exists():
        pytest.skip("zizmor is not installed")

    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--format=json", made.top / ".github"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_a_workflow_has_no_right_to_write_and_pins_what_it_runs(made: Repository) -> None:
    workflow = yaml.safe_load((made.top / ".github/workflows/toolreg.yaml").read_text())

    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow[True]) == {"pull_request", "push"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        for step in job["steps"]:
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step.get("uses", f"actions/x@{'0' * 40}"))
            assert step.get("with", {}).get("persist-credentials", False) is False
    # What runs for a fork sees no secret.
    assert "secrets" not in str(workflow["jobs"]["validate"])
    assert "head.repo.full_name == github.repository" in workflow["jobs"]["plan"]["if"]
    assert workflow["jobs"]["apply"]["if"] == "github.event_name == 'push'"


@pytest.mark.parametrize("path", [*FILES, ".ci/toolreg.sh", ".pre-commit-config.yaml", "registry/README.md"])
def test_the_version_of_toolreg_is_pinned(made: Repository, path: str) -> None:
    text = (made.top / path).read_text()

    assert f"toolreg=={version('toolreg')}" in text
    assert not re.search(r"@[A-Z]+@", text)


def steps(top: Path, ci: str, job: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the commands that a CI runs in a job, with their variables, without the installation."""
    if ci == "github":
        for step in yaml.safe_load((top / ".github/workflows/toolreg.yaml").read_text())["jobs"][job]["steps"]:
            if "run" in step:
                yield step["run"], step.get("env", {})
    elif ci == "gitlab":
        jobs = yaml.safe_load((top / ".gitlab-ci.yml").read_text())
        template = jobs[jobs[job]["extends"]]
        # GitLab runs the lines of a job in one shell.
        yield "\n".join([*template["before_script"], *jobs[job]["script"]]), {}
    else:
        arguments = {"validate": "check origin/main", "plan": "plan", "apply": "apply"}[job]
        yield f".ci/toolreg.sh {arguments}", {}


def run_job(top: Path, ci: str, job: str, **variables: str) -> Result:
    """Run a job as the CI does, up to its first failure; pip is not asked, since toolreg is installed."""
    programs = top.parent / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "pip").write_text("#!/bin/sh\nexit 0\n")
    (programs / "pip").chmod(0o755)
    (programs / "toolreg").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
    (programs / "toolreg").chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | variables
    environment |= {"PATH": f"{programs}:{os.environ['PATH']}", "TOOLREG_STATE_DIR": str(top.parent / "state")}
    out = ""
    for command, own in steps(top, ci, job):
        given = {
            name: variables.get(match[1], "") if (match := re.fullmatch(r"\${{ secrets\.(\w+) }}", value)) else value
            for name, value in own.items()
        }
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command],
            cwd=top,
            env=environment | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        out += done.stdout
        if done.returncode:
            return Result(done.returncode, out, "")
    return Result(0, out, "")


@pytest.fixture
def request_(made: Repository, tmp_path: Path) -> Repository:
    """A clone in which CI looks at a pull request: a new tool, on a branch of its own."""
    made.git("clone", "-q", str(made.top), str(tmp_path / "ci"))
    clone = Repository(tmp_path / "ci")
    clone.git("checkout", "-q", "-b", "change")
    assert run("new", "tool", "convert_time", "--service", "time", cwd=clone.top).code == 0
    clone.commit("Add convert_time")
    return clone


def variables_of(repository: Repository, database: str) -> dict[str, Any]:
    return {
        "GITHUB_BASE_REF": "main",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": repository.git("rev-parse", "origin/main"),
        "TOOLREG_READER_URL": database,
        "TOOLREG_RECONCILER_URL": database,
    }


@pytest.mark.parametrize("ci", ["github", "gitlab", "generic"])
def test_the_jobs_of_a_ci_check_a_change_and_apply_its_merge(request_: Repository, database: str, ci: str) -> None:
    variables = variables_of(request_, database)
    direct = {"DATABASE_URL": database} if ci == "generic" else {}

    checked = run_job(request_.top, ci, "validate", **variables)
    planned = run_job(request_.top, ci, "plan", **variables, **direct)
    applied = run_job(request_.top, ci, "apply", **variables, **direct)
    after = run_job(request_.top, ci, "plan", **variables, **direct)

    assert checked.code == planned.code == applied.code == after.code == 0, (checked, planned, applied, after)
    assert "5 files, 5 valid, 0 invalid" in checked.out
    assert "Plan: 4 to create" in planned.out
    assert "Applied as revision 1" in applied.out
    assert "Nothing to do: the database matches." in after.out


@pytest.mark.parametrize("ci", ["github", "gitlab", "generic"])
def test_the_jobs_of_a_ci_fail_where_they_must(request_: Repository, database: str, ci: str) -> None:
    variables = variables_of(request_, database)
    path = request_.top / "registry/tools/get_current_time.yaml"
    text = path.read_text()

    path.write_text(text.replace("timeout: 5s", "timeout: 5"))
    invalid = run_job(request_.top, ci, "validate", **variables)
    path.write_text(text.replace("        type: string\n", "        type: string\n        minLength: 5\n", 1))
    breaking = run_job(request_.top, ci, "validate", **variables)
    path.write_text(text.replace("name: get_current_time", "name:   get_current_time"))
    unformatted = run_job(request_.top, ci, "validate", **variables)
    path.write_text(text)
    nowhere = run_job(request_.top, ci, "apply", **dict.fromkeys(variables, ""))

    assert (invalid.code, "expected a duration such as 30s" in invalid.out) == (1, True)
    assert (breaking.code, "contract-bounds" in breaking.out) == (1, True)
    assert (unformatted.code, "would be formatted: toolreg fmt" in unformatted.out) == (1, True)
    unread = run_job(request_.top, ci, "plan", **dict.fromkeys(variables, ""))
    # Without its secret, nothing is planned or applied for another database.
    assert "to create" not in unread.out
    assert (unread.code == 0) == (ci != "generic")
    # Without its secret, nothing is applied to a server of the runner's own.
    assert nowhere.code != 0
    assert "Applied" not in nowhere.out
    assert not (request_.top.parent / "state").exists()


def test_pre_commit_runs_what_is_there(made: Repository) -> None:
    (repository,) = yaml.safe_load((made.top / ".pre-commit-config.yaml").read_text())["repos"]

    for hook in repository["hooks"]:
        program, *arguments = hook["entry"].split()
        files = (
            [] if hook.get("pass_filenames") is False else ["registry/registry.yaml", "registry/nodes/worker-1.yaml"]
        )
        assert program == "toolreg"
        assert all(re.match(hook["files"], file) for file in files)
        assert run(*arguments, *files, cwd=made.top).code == 0


def test_every_file_of_the_template_is_carried_and_written(made: Repository) -> None:
    for path in TEMPLATE.rglob("*"):
        if path.is_file():
            assert (made.top / path.relative_to(TEMPLATE)).is_file()
    assert os.access(made.top / ".ci/toolreg.sh", os.X_OK)
    assert shutil.which("sh")
    assert subprocess.run(["sh", ".ci/toolreg.sh"], cwd=made.top, check=False, capture_output=True).returncode == 64
