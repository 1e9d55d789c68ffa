"""toolreg new writes a manifest that validates, and says what it needs."""

import json
from pathlib import Path

import pytest
import yaml

from reconciler.assets import load_contract
from reconciler.core.manifest.kinds import list_resource_kinds
from tests.builders import Repository, node, run, service, tool
from tests.corpora import SERVERS
from tests.test_real_tools import OURS, published

MCP = {
    "name": "ChargeCard",
    "title": "Charge card",
    "description": "Charge the card of a customer.",
    "inputSchema": {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "integer"}}},
    "annotations": {"readOnlyHint": False},
    "_meta": {"b": 1, "a": 2},
    "unknown": 1,
}


@pytest.mark.parametrize("kind", [kind.name.lower() for kind in list_resource_kinds(load_contract())])
def test_a_new_manifest_validates_and_is_formatted(repository: Repository, kind: str) -> None:
    result = run("new", kind, "made-1", cwd=repository.top)

    assert (result.code, result.out) == (0, f"registry/{kind}s/made-1.yaml\n")
    assert "toolreg validate" in result.err
    assert run("validate", cwd=repository.top).out == "3 files, 3 valid, 0 invalid\n"
    assert run("fmt", "--check", result.out.strip(), cwd=repository.top).code == 0
    text = (repository.top / f"registry/{kind}s/made-1.yaml").read_text()
    assert text.startswith(f"# yaml-language-server: $schema=../../schemas/{kind}.schema.json\n")
    assert f"See: toolreg explain {kind}.spec" in text
    assert yaml.safe_load(text)["metadata"]["owner"] == "team"


def test_an_existing_resource_is_left(repository: Repository) -> None:
    path = repository.write("tools/deep/Lookup.yaml", tool("lookup"))
    before = path.read_bytes()

    for folder in (repository.top, path.parent):
        result = run("new", "tool", "lookup", cwd=folder)
        assert result.code == 1
        assert '"registry/tools/deep/Lookup.yaml" declares Tool/lookup already' in result.err
    assert path.read_bytes() == before
    assert not (repository.top / "registry/tools/lookup.yaml").exists()


def test_in_a_folder_of_a_team_the_file_is_written_there(repository: Repository) -> None:
    here = repository.top / "registry/tools/shop"
    here.mkdir(parents=True)

    assert run("new", "tool", "made", cwd=here).out == "made.yaml\n"
    assert "$schema=../../../schemas/" in (here / "made.yaml").read_text()
    assert run("new", "node", "made", cwd=here).out == "../../nodes/made.yaml\n"
    assert run("validate", cwd=here).code == 0


def test_the_only_service_and_team_are_taken_and_others_are_asked_for(repository: Repository) -> None:
    repository.add(service("shop", metadata={"owner": "shop"}))

    owner = run("new", "tool", "made", cwd=repository.top)
    which = run("new", "tool", "made", "--owner", "shop", cwd=repository.top)
    wrong = run("new", "tool", "made", "--owner", "shop", "--service", "shap", cwd=repository.top)
    given = run("new", "tool", "made", "--owner", "new-team", "--service", "shop", cwd=repository.top)

    assert (owner.code, "which team answers for it? Say --owner TEAM; there are shop, team" in owner.err) == (64, True)
    assert which.err == "error: which service does it belong to? Say --service NAME; there are api, shop\n"
    assert wrong.err == ("error: there is no Service/shap; did you mean shop?, or make it: toolreg new service shap\n")
    assert given.code == 0
    assert yaml.safe_load((repository.top / "registry/tools/made.yaml").read_text())["spec"]["service"] == "shop"


def test_a_tool_without_any_service_says_what_to_make_first(repository: Repository) -> None:
    repository.remove("services/api.yaml")

    result = run("new", "tool", "made", "--owner", "team", cwd=repository.top)

    assert (
        result.err == "error: it needs a service, and the registry has none; make it first: toolreg new service NAME\n"
    )
    assert run("new", "service", "made", "--owner", "team", "--service", "x", cwd=repository.top).code == 64


@pytest.mark.parametrize("name", ["Upper", "../up", "/etc/x", "a b", "x" * 200, ""])
def test_a_name_that_is_none_is_refused(repository: Repository, name: str) -> None:
    before = sorted(repository.top.rglob("*.yaml"))

    result = run("new", "node", name, cwd=repository.top)

    assert result.code in (1, 64)
    assert "metadata.name is" in result.err
    assert sorted(repository.top.rglob("*.yaml")) == before


@pytest.mark.parametrize("form", [json.dumps, yaml.safe_dump], ids=["json", "yaml"])
@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: {"tools": [{"name": "x"}, one]}], ids=["one", "list"])
def test_a_tool_is_taken_from_its_definition(
    repository: Repository, tmp_path: Path, form: object, wrap: object
) -> None:
    path = tmp_path / "definition"
    path.write_text(form(wrap(MCP)))  # type: ignore[operator]

    result = run("new", "tool", "chargecard", "--from", path, cwd=repository.top)

    assert result.code == 0, result.err
    assert 'Left out, without a place in a manifest: "unknown".' in result.err
    made = yaml.safe_load((repository.top / "registry/tools/chargecard.yaml").read_text())
    assert made["metadata"] == {
        "name": "chargecard",
        "title": "Charge card",
        "description": "Charge the card of a customer.",
        "owner": "team",
    }
    assert made["spec"]["toolName"] == "ChargeCard"
    assert made["spec"]["inputSchema"] == MCP["inputSchema"]
    assert made["spec"]["meta"] == MCP["_meta"]
    if form is json.dumps:
        assert [*made["spec"]["inputSchema"]["properties"]] == ["z", "a"]
    assert run("validate", cwd=repository.top).code == 0
    assert run("fmt", "--check", cwd=repository.top).code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "has no tool"),
        ("{}", "holds no MCP tool; expected an object with name, description and inputSchema"),
        ("5", "holds no MCP tool"),
        ('{"tools": [{"name": "other", "inputSchema": {}}]}', 'has no tool "made"; it has "other"'),
        ("{", ":1:1: "),
        ("a: &x 1", "anchor"),
        ("[" * 5000, "levels deep"),
        (
            '{"name": "x", "inputSchema": {"type": "array"}}',
            "the manifest would not be valid",
        ),
        ('{"name": "x", "inputSchema": {"type": "object", "pattern": "("}}', "nothing was written"),
    ],
)
def test_a_definition_that_is_none_is_refused(repository: Repository, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "definition"
    path.write_text(text)

    result = run("new", "tool", "made", "--from", path, cwd=repository.top)

    assert result.code == 1
    assert message in result.err
    assert not (repository.top / "registry/tools").exists()
    assert run("new", "node", "made", "--from", path, cwd=repository.top).code == 64
    assert "cannot be read" in run("new", "tool", "made", "--from", tmp_path / "nowhere", cwd=repository.top).err


@pytest.mark.parametrize("path", [OURS, pytest.param(SERVERS, marks=pytest.mark.faults)], ids=["ours", "corpora"])
def test_tools_of_real_servers_become_manifests(repository: Repository, tmp_path: Path, path: Path) -> None:
    if not path.exists():
        pytest.skip("../shared/corpora is not there")
    count = 0
    tools, aside = repository.top / "registry/tools", tmp_path / "aside"
    aside.mkdir()
    for count, entry in enumerate(published(path), 1):
        file = tmp_path / "definition.json"
        file.write_text(json.dumps(entry["tool"]))
        result = run("new", "tool", f"real-{count}", "--from", file, cwd=repository.top)
        assert result.code == 0, (entry["tool"], result.err)
        # Else each command reads all manifests that were made before.
        (tools / f"real-{count}.yaml").rename(aside / f"real-{count}.yaml")
    for made in aside.iterdir():
        made.rename(tools / made.name)

    result = run("validate", cwd=repository.top)
    # Two servers give their tools names with a space, which every model API refuses: see test_lint.
    wrong = [line for line in result.out.splitlines() if ": error: " in line]
    assert len(wrong) == (2 if path == SERVERS else 0), result.out
    assert all(line.endswith("[refused-name]") and 'it has " "' in line for line in wrong), wrong
    assert f"\n{count + 2} files, {count + 2 - len(wrong)} valid, {len(wrong)} invalid" in f"\n{result.out}"


def test_a_folder_without_a_registry_says_how_to_begin(tmp_path: Path) -> None:
    assert "toolreg init makes a registry" in run("new", "tool", "x", cwd=tmp_path).err
    (tmp_path / "registry").mkdir()
    assert "registry.yaml is missing; toolreg init makes a registry" in run("new", "tool", "x", cwd=tmp_path).err


def test_an_unknown_kind_is_answered_with_a_near_one(repository: Repository) -> None:
    repository.add(node())

    result = run("new", "tol", "x", cwd=repository.top)

    assert (result.code, 'there is no kind called "tol"; did you mean tool?' in result.err) == (64, True)
