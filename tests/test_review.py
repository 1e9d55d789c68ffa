"""The action for GitHub and the template for GitLab review a pull request by its base, and run nothing of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.builders import Repository, registry, tool

TOP: Final = Path(__file__).parents[1]
ACTION: Final = TOP / ".github" / "actions" / "review"
TEMPLATE: Final = TOP / ".gitlab" / "review.yml"
TOOLS: Final = Path(sys.executable).parent
PARAMETERS: Final[dict[str, Any]] = {"n": {"type": "integer", "maximum": 9, "description": "How many."}}


def described(maximum: int, **others: Any) -> dict[str, Any]:
    properties = {"n": PARAMETERS["n"] | {"maximum": maximum}}
    return tool(inputSchema={"type": "object", "properties": properties}, **others)


@pytest.fixture
def base(repository: Repository) -> str:
    """The base branch: a tool, strict rules, and a workflow. Returns its commit."""
    repository.write("registry.yaml", json.dumps(registry(lint={"no-parameter-description": "error"})))
    repository.write("policy/tool/no-drafts.schema.json", json.dumps(OWN))
    repository.add(described(9))
    return repository.commit()


OWN: Final[dict[str, Any]] = {
    "title": "no-drafts",
    "description": "a draft is not published",
    "properties": {"spec": {"properties": {"category": {"not": {"const": "DRAFT"}}}}},
}


def propose(repository: Repository) -> str:
    """Commit what lies in the work tree to a branch, go back to the base, and return the commit."""
    head = repository.commit()
    repository.git("reset", "-q", "--hard", "HEAD~1")
    return head


def review(repository: Repository, base: str, head: str, summary: Path) -> subprocess.CompletedProcess[str]:
    """Run the script of the action as GitHub does, in a checkout of the base."""
    environment = os.environ | {"BASE": base, "HEAD": head, "NUMBER": "", "CI": "true", "GITHUB_ACTIONS": "true"}
    environment |= {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": str(summary)}
    return subprocess.run(
        [ACTION / "review.sh"], cwd=repository.top, env=environment, capture_output=True, text=True, check=False
    )


def test_a_harmless_pull_request_passes(repository: Repository, base: str, tmp_path: Path) -> None:
    """One summary has what each step says; nothing of the pull request lies in the work tree."""
    repository.add(described(9, version="1.1.0", limits={"timeout": "30s"}))
    summary = tmp_path / "summary"
    done = review(repository, base, propose(repository), summary)

    assert done.returncode == 0, (done.stdout, done.stderr)
    assert [line for line in summary.read_text("utf-8").splitlines() if line.startswith("<!--")] == [
        "<!-- toolreg:validate -->",
        "<!-- toolreg:check -->",
        "<!-- toolreg:plan -->",
    ]
    assert repository.git("status", "--porcelain") == ""


def test_a_pull_request_does_not_weaken_its_own_review(repository: Repository, base: str, tmp_path: Path) -> None:
    """Neither levels, rules and exceptions of the registry, nor the workflow, nor the schemas of an editor."""
    del (broken := described(5, category="DRAFT"))["spec"]["inputSchema"]["properties"]["n"]["description"]
    repository.add(broken)
    repository.write("registry.yaml", json.dumps(registry(lint={"no-parameter-description": "off"}, branch="mine")))
    repository.remove("policy/tool/no-drafts.schema.json")
    entry = {"tool": "lookup", "rule": "contract-bounds", "reason": "mine", "approver": "me", "expires": "2999-01-01"}
    exceptions = {"apiVersion": "toolreg/v1", "kind": "Exceptions", "spec": {"exceptions": [entry]}}
    repository.write("exceptions.yaml", json.dumps(exceptions))
    for path in (".github/workflows/toolreg.yaml", ".gitlab-ci.yml", ".ci/toolreg.sh", "schemas/tool.schema.json"):
        (repository.top / path).parent.mkdir(parents=True, exist_ok=True)
        (repository.top / path).write_text("{}", "utf-8")
    done = review(repository, base, propose(repository), tmp_path / "summary")

    assert done.returncode == 1
    for rule in ("no-parameter-description", "no-drafts", "contract-bounds"):
        assert f"[{rule}]" in done.stdout, done.stdout


def test_work_merged_meanwhile_is_no_part_of_the_review(repository: Repository, base: str, tmp_path: Path) -> None:
    assert base
    repository.add(described(9, version="1.1.0", limits={"timeout": "30s"}))
    head = propose(repository)
    repository.add(tool("other"))
    newer = repository.commit()
    done = review(repository, newer, head, tmp_path / "summary")

    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "other" not in done.stdout


def test_the_script_of_gitlab_reviews_the_same(repository: Repository, base: str) -> None:
    """Reports are there whatever the outcome."""
    repository.add(described(5))
    head = propose(repository)
    script = "\n".join(yaml.safe_load(TEMPLATE.read_text("utf-8"))["toolreg-review"]["script"])
    environment = os.environ | {"BASE": base, "HEAD": head, "CI": "true"}
    environment |= {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=repository.top, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert json.loads((repository.top / "gl-code-quality-report.json").read_text("utf-8")) is not None
    assert "<failure" in (repository.top / "toolreg-check.xml").read_text("utf-8")
    assert "#### Breaks callers" in done.stdout


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.github-actions", ACTION / "action.yml"),
        ("vendor.gitlab-ci", TEMPLATE),
        ("vendor.github-workflows", TOP / ".github" / "workflows" / "ci.yml"),
    ],
    ids=lambda value: str(value).rpartition("/")[2],
)
def test_files_for_ci_follow_the_schemas_of_their_hosts(schema: str, path: Path) -> None:
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_in_the_action() -> None:
    command = [str(TOOLS / "zizmor"), "--offline", "--no-progress", str(ACTION / "action.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hooks_call_commands_that_there_are() -> None:
    for hook in yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text("utf-8")):
        done = subprocess.run(
            [TOOLS / "python", "-m", "reconciler", *hook["entry"].split()[1:], "--help"],
            cwd=TOP,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
