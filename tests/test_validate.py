"""Validating: every problem of every file in one run, each at the very value; nothing that a file says is obeyed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.builders import Repository, node, registry, run, service, tool
from tests.conftest import Golden

SCHEMAS = Path(__file__).parent / "schemas"
TOOL = yaml.safe_dump(tool(), sort_keys=False)
OWNER = "  owner: team\n"
MINIMUM = "minimum: 1"


@dataclass(frozen=True)
class Bad:
    """A file that is not valid: where it stands, what it holds, and the one diagnostic of it."""

    path: str
    content: str | bytes
    place: str
    rule: str
    message: str


def changed(old: str, new: str, *, path: str = "tools/lookup.yaml") -> tuple[str, str]:
    """Return the path of the tool, and its text with something in it replaced."""
    assert TOOL.count(old) == 1, old
    return path, TOOL.replace(old, new)


def dumped(manifest: dict[str, Any]) -> tuple[str, str]:
    """Return where a manifest stands, and its text."""
    return f"{manifest['kind'].lower()}s/{manifest['metadata']['name']}.yaml", yaml.safe_dump(manifest, sort_keys=False)


def with_schema(**keywords: Any) -> tuple[str, str]:
    """Return a tool whose inputSchema has these keywords, too."""
    return dumped(tool(inputSchema={"type": "object"} | keywords))


def with_auth(auth: object) -> tuple[str, str]:
    """Return a service with this authentication."""
    return dumped(service("shop", auth=auth))


BAD = {
    # YAML
    "an empty file": Bad("tools/lookup.yaml", "", "1:1", "empty", "there is nothing in this file"),
    "only comments": Bad("tools/lookup.yaml", "# later\n", "1:1", "empty", "there is nothing in this file"),
    "two documents": Bad(
        "tools/lookup.yaml", f"{TOOL}---\n{TOOL}", "18:1", "multiple-documents", "a second document begins here"
    ),
    "a tab": Bad(*changed("  version", "\tversion"), "8:1", "tab", "indent with spaces"),
    "a byte order mark": Bad("tools/lookup.yaml", f"\ufeff{TOOL}", "1:1", "byte-order-mark", "without one"),
    "UTF-16": Bad("tools/lookup.yaml", TOOL.encode("utf-16"), "1:1", "encoding", "encoded as UTF-16"),
    "Latin-1": Bad("tools/lookup.yaml", TOOL.replace("team", "t\xe9am").encode("latin-1"), "6:11", "encoding", "0xE9"),
    "NUL": Bad(*changed(OWNER, "  owner: te\0am\n"), "6:12", "nul", "holds a NUL character"),
    "NUL as an escape": Bad(*changed(OWNER, '  owner: "te\\0am"\n'), "6:13", "nul", "stands for the NUL character"),
    "a lone surrogate": Bad(
        *changed(OWNER, '  owner: "\\ud800"\n'), "6:11", "lone-surrogate", "stands for half of a character"
    ),
    "an integer of 5,000 digits": Bad(
        *changed(MINIMUM, f"minimum: {'9' * 5000}"), "17:18", "huge-number", "has 5,000 digits"
    ),
    "not a number": Bad(*changed(MINIMUM, "minimum: .nan"), "17:18", "non-finite-number", ".nan is not a finite"),
    "infinity": Bad(*changed(MINIMUM, "minimum: -.inf"), "17:18", "non-finite-number", "-.inf is not a finite"),
    "a float beyond the largest": Bad(*changed(MINIMUM, "minimum: 1e999"), "17:18", "non-finite-number", "1e999"),
    "a duplicate key at depth": Bad(
        *changed(MINIMUM, "minimum: 1\n        minimum: 2"), "18:9", "duplicate-key", '"minimum" is already on line 17'
    ),
    "an anchor": Bad(*changed(OWNER, "  owner: &x team\n"), "6:10", "anchor", '"&x"'),
    "an alias": Bad(*changed(OWNER, "  owner: *x\n"), "6:10", "alias", '"*x"'),
    "a merge key": Bad(*changed("spec:", "spec:\n  <<: {a: 1}"), "8:3", "merge-key", "write out what << merges"),
    "a tag that would run code": Bad(
        *changed(OWNER, "  owner: !!python/object/apply:os.abort []\n"), "6:10", "tag", "is not read here"
    ),
    "30,000 nested brackets": Bad(
        *changed(MINIMUM, f"default: {'[' * 30_000}"), "17:113", "too-deep", "more than 100 levels"
    ),
    "nested indicators of lists": Bad("tools/lookup.yaml", "- " * 50_000, "1:201", "too-deep", "more than 100 levels"),
    "a file of 2 MiB": Bad(
        "tools/lookup.yaml", f"{TOOL}#{'x' * 2**21}", "1:1", "too-large", "more than 1,048,576 bytes"
    ),
    "text": Bad("tools/lookup.yaml", "hello", "1:1", "not-a-mapping", 'this is "hello"'),
    "a list": Bad("tools/lookup.yaml", "- 1", "1:1", "not-a-mapping", "this is a list"),
    # The envelope
    "an unknown kind": Bad(*changed("kind: Tool", "kind: Tol"), "2:7", "unknown-kind", "did you mean Tool?"),
    "a kind that is a list": Bad(*changed("kind: Tool", "kind: [Tool]"), "2:7", "unknown-kind", "kind is a list"),
    "an unknown apiVersion": Bad(
        *changed("toolreg/v1", "toolreg/v9"), "1:13", "schema", 'apiVersion is "toolreg/v9"; expected "toolreg/v1"'
    ),
    "the folder of another kind": Bad(
        "nodes/lookup.yaml", TOOL, "2:7", "kind-folder", "kind is Tool, but this is the place of a Node"
    ),
    "another name than the file's": Bad(
        "tools/other.yaml", TOOL, "4:9", "name-file", 'metadata.name is "lookup", but the file is called "other"'
    ),
    "an unknown value": Bad(
        *changed("active", "live"), "10:14", "schema", 'spec.lifecycle is "live"; did you mean active?'
    ),
    "an unknown key": Bad(
        *changed("lifecycle:", "lifecicle: active\n  lifecycle:"),
        "10:3",
        "unknown-property",
        'spec has no property "lifecicle"; did you mean lifecycle?',
    ),
    "an item that is there twice": Bad(
        *dumped(tool(metadata={"tags": ["a", "b", "a"]})), "10:5", "schema", 'metadata.tags[2] is "a" again; remove it'
    ),
    # References
    "a reference to what is not there": Bad(
        *changed("service: api", "service: apu"),
        "11:12",
        "dangling-reference",
        "there is no Service/apu in this registry; did you mean api?",
    ),
    "a reference that no name is near to": Bad(
        *changed("service: api", "service: payment"), "11:12", "dangling-reference", "expected one of api"
    ),
    "a reference to a kind that nobody declared yet": Bad(
        *changed("service: api", "service: api\n  node: worker"),
        "12:9",
        "dangling-reference",
        "there is no Node/worker in this registry; add its file, there is no Node yet",
    ),
    # Schemas of strangers
    "a remote $ref": Bad(
        *with_schema(**{"$ref": "https://example.com/schema.json"}), "14:11", "remote-ref", "leaves this document"
    ),
    "a $ref to a file": Bad(*with_schema(**{"$ref": "file:///etc/passwd"}), "14:11", "remote-ref", "leaves"),
    "a $ref to nothing": Bad(
        *with_schema(properties={"a": {"$ref": "#/$defs/missing"}}), "16:15", "unresolved-ref", "points at nothing"
    ),
    "a $dynamicRef to nothing": Bad(
        *with_schema(properties={"a": {"$dynamicRef": "#missing"}}), "16:22", "unresolved-ref", "points at nothing"
    ),
    "another dialect": Bad(
        *with_schema(properties={"a": {"$schema": "http://json-schema.org/draft-07/schema#"}}),
        "16:18",
        "schema-dialect",
        "differs from that of the schema around it, which is 2020-12; name one dialect, at the root",
    ),
    "a type that is none": Bad(
        *with_schema(properties={"a": {"type": "strng"}}), "16:15", "json-schema", '"strng"; did you mean string?'
    ),
    "an example that its schema rejects": Bad(
        *dumped(tool(examples=[{"description": "None.", "input": {"amount": 0}}])),
        "21:15",
        "example-rejected",
        "spec.examples[0].input.amount is rejected by spec.inputSchema: 0 is less than the minimum of 1",
    ),
    "a number of 200 digits that its schema rejects": Bad(
        *dumped(tool(examples=[{"description": "Less than none.", "input": {"amount": -(10**200)}}])),
        "21:15",
        "example-rejected",
        "0... is less than the minimum of 1",
    ),
    # Files
    "a manifest that ends in .yml": Bad("tools/lookup.yml", TOOL, "1:1", "not-a-manifest", "ends in .yaml"),
    "a file that is no manifest": Bad("tools/lookup.py", "pass", "1:1", "not-a-manifest", "move it out"),
    "a manifest in disguise": Bad("tools/lookup.yaml.txt", TOOL, "1:1", "not-a-manifest", "move it out"),
    "a manifest in capitals": Bad("tools/lookup.YAML", TOOL, "1:1", "not-a-manifest", "move it out"),
    "a manifest outside of every folder": Bad(
        "lookup.yaml", TOOL, "1:1", "not-a-manifest", "nodes/, services/, tools/"
    ),
    "a folder of no kind": Bad("tool/lookup.yaml", TOOL, "1:1", "unknown-folder", "did you mean tools?"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_a_diagnostic(repository: Repository, bad: Bad) -> None:
    """Not a traceback, and nothing else: one line at the very value, the rule, exit code 1. The same from a commit."""
    repository.write(bad.path, bad.content)

    lying = run("validate", cwd=repository.top)
    repository.commit()
    committed = run("validate", "--ref", "HEAD", cwd=repository.top)

    first, *_, summary = lying.out.splitlines()
    assert first.startswith(f"registry/{bad.path}:{bad.place}: error: ")
    assert first.endswith(f" [{bad.rule}]")
    assert bad.message in first
    assert summary == "3 files, 2 valid, 1 invalid"
    assert (lying.code, lying.out.count("\n"), lying.err) == (1, 2, "")
    assert committed == lying


def test_a_valid_registry_has_nothing_to_report(repository: Repository) -> None:
    repository.add(tool())
    repository.write("tools/.gitkeep", "")

    result = run("validate", cwd=repository.top)

    assert (result.code, result.out, result.err) == (0, "3 files, 3 valid, 0 invalid\n", "")


def test_the_registry_that_is_shipped_is_valid() -> None:
    assert run("validate", cwd=Path(__file__).parent.parent).code == 0


# ---- One run


def test_all_problems_of_all_files_are_reported_at_once_and_sorted(repository: Repository) -> None:
    """Also those of a file between files, and those that only show when others are looked at."""
    repository.write("nodes/worker.yaml", "- 1")
    manifest = tool(
        lifecycle="gone",
        service="missing",
        node="worker",
        inputSchema={"type": "object", "properties": {"a": {"type": "strng"}, "b": {"minimum": "x"}}},
    )
    repository.add(manifest)
    repository.write("services/team/api.yaml", service())

    result = run("validate", cwd=repository.top)

    assert [re.sub(r": error:.*\[", " ", line) for line in result.out.splitlines()] == [
        "registry/nodes/worker.yaml:1:1 not-a-mapping]",
        "registry/services/api.yaml:4:9 duplicate-name]",
        "registry/services/team/api.yaml:4:9 duplicate-name]",
        "registry/tools/lookup.yaml:10:14 schema]",
        "registry/tools/lookup.yaml:11:12 dangling-reference]",
        "registry/tools/lookup.yaml:16:15 json-schema]",
        "registry/tools/lookup.yaml:18:18 json-schema]",
        "5 files, 1 valid, 4 invalid",
    ]


def test_a_hundred_problems_of_one_file_are_enough(repository: Repository) -> None:
    """More of them help nobody, and each takes time."""
    manifest = tool()
    manifest["spec"] |= {f"word{number}": number for number in range(300)}
    repository.add(manifest)

    result = run("validate", "-o", "json", cwd=repository.top)

    assert result.code == 1
    assert len(result.json["diagnostics"]) == 100


def test_a_name_is_suggested_for_some_of_many_that_are_not_there(repository: Repository) -> None:
    """To look for one among ten thousand takes a sixth of a second."""
    repository.add(service("agent", type="agent", usesTools=[f"looku{number}" for number in range(50)]), tool("lookup"))

    result = run("validate", cwd=repository.top)

    assert result.out.count("in this registry; did you mean lookup?") == 10
    assert result.out.count("in this registry [dangling-reference]") == 40


def test_a_duplicate_names_both_files(repository: Repository) -> None:
    repository.write("services/team/api.yaml", service())

    lines = run("validate", cwd=repository.top).out.splitlines()

    here, there = "registry/services/api.yaml", "registry/services/team/api.yaml"
    assert lines[0] == (
        f"{here}:4:9: error: Service/api is declared twice, here and in {there}; rename one [duplicate-name]"
    )
    assert lines[1].startswith(f"{there}:4:9: error: Service/api is declared twice, here and in {here}; ")


def test_names_that_differ_only_in_case_are_duplicates(repository: Repository) -> None:
    """They would be one file where the file system does not tell them apart."""
    repository.write("services/team/API.yaml", service("API"))

    out = run("validate", cwd=repository.top).out

    assert "registry/services/api.yaml:4:9: error: Service/api is declared twice" in out
    assert "registry/services/team/API.yaml:4:9: error: Service/api is declared twice" in out
    assert 'metadata.name is "API"; expected a name such as process_payment' in out


def test_what_is_not_even_a_name_is_reported_once(repository: Repository) -> None:
    """That nothing has this name goes without saying."""
    repository.add(tool(service="My Service"))

    result = run("validate", cwd=repository.top)

    assert result.out.count("registry/tools/lookup.yaml:11:12") == 1


def test_a_resource_whose_file_is_not_valid_is_still_there_to_be_named(repository: Repository) -> None:
    """Else one mistake would be reported once for each who depends on it."""
    repository.write("services/api.yaml", "")
    repository.add(tool())

    result = run("validate", cwd=repository.top)

    assert result.out.splitlines()[1:] == ["3 files, 2 valid, 1 invalid"]


def test_the_same_as_json(repository: Repository) -> None:
    repository.write(*changed("active", "live"))

    result = run("validate", "-o", "json", cwd=repository.top)

    assert result.code == 1
    assert result.json == {
        "formatVersion": 1,
        "summary": {
            "files": 3,
            "valid": 2,
            "invalid": 1,
            "errors": 1,
            "warnings": 0,
            "infos": 0,
            "ignored": 0,
        },
        "diagnostics": [
            {
                "path": "registry/tools/lookup.yaml",
                "line": 10,
                "column": 14,
                "severity": "error",
                "rule": "schema",
                "message": 'spec.lifecycle is "live"; did you mean active?',
            }
        ],
    }


def test_a_path_narrows_what_is_reported_and_not_what_is_checked(repository: Repository) -> None:
    repository.write("tools/a/broken.yaml", "")
    repository.write("tools/b/lookup.yaml", tool(service="apu"))

    result = run("validate", "registry/tools/b", cwd=repository.top)

    # The service was found missing, though its folder was not asked for.
    assert result.out.splitlines()[0].endswith(
        "there is no Service/apu in this registry; did you mean api? [dangling-reference]"
    )
    assert result.out.splitlines()[1:] == ["1 file, 0 valid, 1 invalid"]
    assert run("validate", "registry/services", cwd=repository.top).out == "1 file, 1 valid, 0 invalid\n"
    assert run("validate", "registry/nowhere", cwd=repository.top).code == 64


def test_paths_are_those_that_an_editor_follows_from_here(repository: Repository) -> None:
    repository.write("tools/lookup.yaml", "")

    result = run("validate", "--registry", ".", cwd=repository.top / "registry")

    assert result.out.startswith("tools/lookup.yaml:1:1: error: ")


# ---- What is no file


def link_out(folder: Path) -> None:
    (folder / "tools/lookup.yaml").symlink_to("/etc/passwd")


def link_to_a_folder(folder: Path) -> None:
    (folder / "tools/lookup.yaml").symlink_to(folder)


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "tools/lookup.yaml")


def device(folder: Path) -> None:
    try:
        os.mknod(folder / "tools/lookup.yaml", 0o020666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


@pytest.mark.parametrize(
    ("make", "rule"),
    [(link_out, "symlink"), (link_to_a_folder, "symlink"), (pipe, "not-a-file"), (device, "not-a-file")],
)
def test_what_is_no_regular_file_is_neither_followed_nor_waited_for(
    repository: Repository, make: Callable[[Path], None], rule: str
) -> None:
    (repository.top / "registry/tools").mkdir()
    make(repository.top / "registry")

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert re.fullmatch(rf"registry/tools/lookup.yaml:1:1: error: .* \[{rule}\]", result.out.splitlines()[0])


def test_a_link_in_a_commit_is_not_followed(repository: Repository) -> None:
    (repository.top / "registry/tools").mkdir()
    link_out(repository.top / "registry")
    repository.commit()

    result = run("validate", "--ref", "HEAD", cwd=repository.top)

    assert (result.code, "[symlink]" in result.out) == (1, True)


def test_a_submodule_is_not_read(repository: Repository, tmp_path: Path) -> None:
    other = Repository.create(tmp_path / "other")
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.top), "registry/tools/other"
    )
    repository.commit()

    result = run("validate", "--ref", "HEAD", cwd=repository.top)

    assert result.code == 1
    assert "registry/tools/other:1:1: error: this is a git submodule" in result.out


@pytest.mark.parametrize("name", ["lookup.yaml", ".gitkeep"])
def test_a_name_that_is_not_utf_8_is_refused(repository: Repository, name: str) -> None:
    """The database could not hold it, nor be asked about it."""
    folder = os.fsdecode(b"tools/\xff")
    repository.write(f"{folder}/{name}", tool())
    repository.commit()

    for source in ((), ("--ref", "HEAD")):
        result = run("validate", *source, cwd=repository.top)

        assert result.out.splitlines()[0] == (
            f"registry/tools/\\udcff/{name}:1:1: error: "
            "the name of this file, or of a folder above it, is not UTF-8; rename it [file-name]"
        )


def test_a_path_that_the_database_could_not_index_is_refused(repository: Repository) -> None:
    repository.write(f"tools/{'/'.join(['deep' * 50] * 6)}/lookup.yaml", tool())

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert ":1:1: error: the path is 1,232 bytes long; expected at most 1,024 [file-name]\n" in result.out


# ---- What is no registry


def test_without_registry_yaml_it_is_no_registry(repository: Repository) -> None:
    repository.remove("registry.yaml")

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert result.out.startswith("registry/registry.yaml:1:1: error: there is no such file here")
    assert result.out.endswith("2 files, 1 valid, 1 invalid\n")


def test_an_empty_folder_is_no_registry(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()

    result = run("validate", cwd=tmp_path)

    assert result.code == 1
    assert "the folder is empty" in result.out
    assert result.out.endswith("[no-registry]\n1 file, 0 valid, 1 invalid\n")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    result = run("validate", cwd=tmp_path)

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: there is no folder registry here")


def test_outside_of_git_the_files_are_read_as_they_lie(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry/registry.yaml").write_text(json.dumps(registry()))

    assert run("validate", cwd=tmp_path).code == 0
    refused = run("validate", "--ref", "HEAD", cwd=tmp_path)

    assert refused.code == 1
    assert "registry is not in a git repository, so there is no HEAD" in refused.err


@pytest.mark.parametrize("ref", ["nowhere", "--upload-pack=x", "HEAD~99", "HEAD:registry", "\x1b[31m"])
def test_a_ref_that_names_no_commit_is_an_error(repository: Repository, ref: str) -> None:
    result = run("validate", f"--ref={ref}", cwd=repository.top)

    assert (result.code, result.out) == (1, "")
    assert "names no commit here" in result.err
    assert "\x1b" not in result.err


def test_a_repository_without_a_commit_has_files_all_the_same(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "-q")
    repository.write("registry.yaml", registry())

    assert run("validate", cwd=tmp_path).code == 0
    assert "has no commit yet" in run("validate", "--ref", "HEAD", cwd=tmp_path).err


def test_a_shallow_clone_is_validated_like_any_other(repository: Repository, tmp_path: Path) -> None:
    repository.add(tool())
    repository.commit()
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository.top}", clone], check=True)

    assert run("validate", "--ref", "HEAD", cwd=clone).out == "3 files, 3 valid, 0 invalid\n"
    assert "names no commit here" in run("validate", "--ref", "HEAD~1", cwd=clone).err


# ---- What must not come out


SECRET = "sk_live_4eC39HqLyjWDarjtT1"  # noqa: S105  Nobody's.


@pytest.mark.parametrize(
    ("path", "text"),
    [
        with_auth({"type": "apiKey", "in": "header", "name": "X", "credentials": {"apiKey": SECRET}}),
        with_auth({"type": "apiKey", "in": "header", "name": "X", "credentials": {"apiKey": [SECRET]}}),
        with_auth({"type": "apiKey", "in": "header", "name": "X", "credentials": SECRET}),
        with_auth(SECRET),
        dumped(service("shop", endpoint=f"https://user:{SECRET}@example.com")),
        dumped(node("shop", address=f"https://example.com/?token={SECRET}")),
        dumped(node("shop", address=[f"https://user:{SECRET}@example.com"])),
    ],
)
def test_a_secret_is_never_repeated(repository: Repository, path: str, text: str) -> None:
    repository.write(path, text)

    for output in ("text", "json"):
        result = run("validate", "-o", output, cwd=repository.top)

        assert result.code == 1
        assert SECRET not in result.out + result.err


@pytest.mark.parametrize(
    "auth",
    [
        "{type: SECRET}",
        "[SECRET]",
        "{type: apiKey, in: SECRET, name: a}",
        "{type: apiKey, in: {SECRET: 1}, name: a}",
        "{type: apiKey, in: header, name: 'a SECRET'}",
        "{type: http, scheme: 'SECRET/='}",
        "{type: none, SECRET: }",
        "{type: none, credentials: {SECRET: }}",
        "{type: none, credentials: {'SECRET+/=': env:X}}",
        "{type: none, credentials: {SECRET: env:X, SECRET: env:Y}}",
        "{type: none, credentials: {a: {SECRET: b}}}",
        "{type: none, credentials: {SECRET: [a]}}",
        "{type: none, credentials: {a: *SECRET}}",
        "{type: none, credentials: {a: &SECRET }}",
        "{type: none, credentials: {a: !SECRET b}}",
        "{type: none, credentials: {a: }SECRET}}",
        "{type: none, credentials: {a: ,SECRET}}",
        "{type: none, credentials: {a: @SECRET}}",
        "{type: none, credentials: {a: %SECRET}}",
        "{type: none, credentials: {a: ?SECRET}}",
        "{type: none, credentials: {?SECRET: a}}",
        '{type: none, credentials: {a: "\\qSECRET"}}',
        "{type: none, credentials: {a: 'SECRET}}",
        "{type: none, credentials: {a: b: SECRET}}",
        "{type: none, credentials: {a: 'b' SECRET}}",
        "{type: none, credentials: {*SECRET : b}}",
        "{type: none, credentials: {&SECRET a: b}}",
        "{type: none, credentials: {[SECRET]: b}}",
        "{type: none, credentials: {a: 1234567890123456789e999}}",
        "{type: none, credentials: {1234567890123456789: a}}",
        "{type: oauth2, flows: {SECRET: a}}",
        "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://u:SECRET@x', scopes: {}}}}",
        "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://x', scopes: {'SECRET a': b}}}}",
        "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://x', scopes: {SECRET: 1}}}}",
        "{type: !!binary SECRET}",
        "{type: none, credentials: {? [SECRET] : a}}",
        '{type: none, credentials: {a: "\\uD83DSECRET"}}',
        "{SECRET: {SECRET: SECRET}}",
        "{type: none\nSECRET: x}",
        "|SECRET",
        "\n  SECRET",
    ],
)
def test_a_secret_in_the_place_of_anything_is_never_repeated(repository: Repository, auth: str) -> None:
    given = dumped(service("shop", auth="HERE"))[1].replace('"HERE"', auth.replace("SECRET", SECRET))
    repository.write("services/shop.yaml", given)

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert "services/shop.yaml:" in result.out + result.err
    assert not [secret for secret in (SECRET, "4eC39", "1234567890123456789") if secret in result.out + result.err]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("owner: 0042", "is 0042, which is read as 42; expected a word such as"),
        ("owner: 0042", "; put it in quotes [schema]"),
        ("owner: true", "is true; expected a word such as"),
        ("owner: true", "; put it in quotes [schema]"),
        ("owner: ~", "metadata.owner is ~; expected"),
        ("owner:", "metadata.owner is empty; expected"),
        ("owner: o\n  labels: {a: 1.}", "is 1., which is read as 1.0; expected a string; put it in quotes"),
        ("owner: o\n  protected: 'true'", 'is "true"; expected true or false; remove the quotes'),
    ],
)
def test_a_value_that_wants_quotes_or_none_is_told_so(repository: Repository, written: str, message: str) -> None:
    lines = f"apiVersion: toolreg/v1\nkind: Tool\nmetadata:\n  name: lookup\n  description: d\n  {written}\n"
    repository.write("tools/lookup.yaml", lines + f"spec: {json.dumps(tool()['spec'])}\n")

    assert message in run("validate", cwd=repository.top).out


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0012", "0012, which is read as 12, is greater than the maximum of 5 [example-rejected]"),
        ("7", "amount is rejected by spec.inputSchema: 7 is greater than the maximum of 5 [example-rejected]"),
        ("~", "amount is rejected by spec.inputSchema: null is not of type"),
        ('"is 0012;"', 'amount is rejected by spec.inputSchema: "is 0012;" is not of type'),
    ],
)
def test_the_value_of_an_example_is_told_as_written(repository: Repository, written: str, message: str) -> None:
    """Each message is made with the spelling, not cut apart afterwards: the text of a value cannot mislead it."""
    schema = {"type": "object", "properties": {"amount": {"type": "integer", "maximum": 5}}}
    path, text = dumped(tool(inputSchema=schema, examples=[{"description": "d", "input": {"amount": "HERE"}}]))
    repository.write(path, text.replace("HERE", written))

    assert message in run("validate", cwd=repository.top).out


ESCAPE = "\x1b]0;owned\x07\u202e\n\x9b31m"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(*dumped(tool(lifecycle=ESCAPE)), id="value"),
        pytest.param(*dumped(tool() | {ESCAPE: 1}), id="key"),
        pytest.param(*dumped(tool(service=ESCAPE)), id="reference"),
        pytest.param(*with_schema(properties={ESCAPE: {"type": ESCAPE}}), id="schema"),
        pytest.param(*with_schema(properties={"a": {"pattern": f"({ESCAPE}"}}), id="pattern"),
        pytest.param(*with_schema(**{"$ref": ESCAPE}), id="$ref"),
        pytest.param(
            *dumped(tool(examples=[{"description": "x", "input": {"amount": ESCAPE}}])),
            id="example",
        ),
        pytest.param(f"tools/{ESCAPE}.yaml", TOOL, id="file"),
        pytest.param(f"{ESCAPE}/lookup.yaml", TOOL, id="folder"),
        pytest.param("tools/lookup.yaml", f"*{ESCAPE}", id="YAML"),
    ],
)
def test_nothing_that_a_terminal_would_obey_comes_out(repository: Repository, path: str, text: str) -> None:
    repository.write(path, text)

    for output in ("text", "json"):
        result = run("validate", "-o", output, cwd=repository.top)

        assert result.code == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.out + result.err)
        assert output == "json" or result.out.count("\n") == result.out.count(": error: ") + 1


def test_a_message_about_a_long_value_still_says_what_is_wrong(repository: Repository) -> None:
    """A pattern that takes others for ever is decided in linear time."""
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    example = {"description": "Long.", "input": {"a": f"{'a' * 50_000}!"}}
    repository.add(tool(inputSchema=schema, examples=[example]))

    result = run("validate", cwd=repository.top)

    assert result.out.splitlines()[0].endswith('a..." does not match "^(a+)+$" [example-rejected]')


# ---- Golden messages


@pytest.mark.parametrize(
    "path", sorted(SCHEMAS.glob("*/invalid/*.yaml")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_one_defect_is_one_message(repository: Repository, golden: Golden, path: Path) -> None:
    """Each file has the one defect that it is named for; what is said about it stands in the .expected beside it."""
    text = path.read_text("utf-8")
    kind, (name,) = path.parts[-3], re.findall("^  name: (.*)$", text, re.MULTILINE)
    repository.add(service("customer-data-api"), node("worker-1"))
    repository.write("registry.yaml" if kind == "registry" else f"{kind}s/{name}.yaml", text)

    diagnostics = run("validate", "-o", "json", cwd=repository.top).json["diagnostics"]

    lines = [f"{found['line']}:{found['column']}: {found['message']} [{found['rule']}]\n" for found in diagnostics]
    golden.check("".join(lines), path.with_suffix(".expected"))
    assert {found["path"] for found in diagnostics} == {
        "registry/registry.yaml" if kind == "registry" else f"registry/{kind}s/{name}.yaml"
    }


_HOSTILE = """
import json, sys
from reconciler.assets import load_contract
from reconciler.core.manifest.check import read_manifest

texts, events, known = json.load(sys.stdin), [], load_contract()
place = "registry/tools/lookup.yaml", "tools/lookup.yaml"
judge = lambda: [read_manifest(*place, text.encode(), "0", known) for text in texts]
judge()
# From here on everything is imported, so nothing but a manifest can be the cause.
sys.addaudithook(lambda event, _: events.append(event))
events.clear()
found = judge()
harmless = ("object.", "cpython.", "sys._getframe", "array.", "marshal.")
events = [event for event in events if not event.startswith(harmless)]
print(json.dumps([events, [isinstance(one, list) for one in found]]))
"""


def test_a_manifest_opens_nothing_and_runs_nothing() -> None:
    """No file, no connection, no process, no code: asked of the interpreter itself, which tells of each of them."""
    remote = [
        {"$ref": f"{scheme}://{place}"} for scheme in ("http", "https", "file") for place in ("a/b", "/etc/passwd")
    ]
    texts = [yaml.safe_dump(tool(inputSchema={"type": "object", "properties": {"a": schema}})) for schema in remote]
    texts += [
        "!!python/object/apply:os.system [id]",
        "a: !!python/name:os.system",
        "<<: !include /etc/passwd",
        "{{ 1 }}",
    ]

    result = subprocess.run(
        [sys.executable, "-c", _HOSTILE], input=json.dumps(texts), capture_output=True, text=True, check=True
    )

    assert json.loads(result.stdout) == [[], [True] * len(texts)]
