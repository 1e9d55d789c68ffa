"""No command prints text of a manifest, of git or of the database so that a terminal or a runner of CI obeys it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import psycopg
import pytest
import yaml

from reconciler.cli.group import COMMANDS
from tests.builders import Repository, Result, run, service, tool
from tests.roles import as_superuser, login

# Commands of GitHub, Azure and TeamCity, of GitLab's and Buildkite's logs, and of terminals; what hides or turns text.
NASTY: Final = (
    "::error file=x::y",
    " \t::stop-commands::x",
    "##[error]x",
    "##vso[task.setvariable variable=PATH]/evil",
    "##teamcity[buildStatus status='SUCCESS']",
    "x ##vso[task.complete result=Succeeded;]",
    "\x1b[31mred",
    "\x1b]8;;http://x\x07link\x1b]8;;\x07",
    "\x1b[0Ksection_start:1:x\r\x1b[0K",
    "a\n::error::b",
    "a\r::error::b",
    "a\u2028::error::b\u0085::error::c",
    "\u202egpj.exe\u2066\u200b",
    "\x7f\x08\x08ok",
)
OBEYED: Final = re.compile(r"(?m)^\s*::|##\w*\[")

# How each command is called; {rev} is the newest revision. Words of a stranger stand where users would copy them.
CALLS: Final[dict[str, list[str]]] = {
    "init": ["", "{nasty}/made"],
    "new": ["tool {nasty}", "tool made --service {nasty}", "tool made --owner {nasty}"],
    "fmt": ["--check", "{nasty}"],
    "completion": ["bash", "{nasty}"],
    "schema": ["tool --bundle", "{nasty}"],
    "validate": ["", "--ref HEAD", "--staged", "--ref HEAD --against HEAD~1", "--against {nasty}"],
    "lint": ["", "--ref HEAD"],
    "check": [
        "--ref HEAD --against HEAD~1",
        "--against {nasty}",
        "--ref HEAD --against HEAD~1 --strict --policy-from HEAD~1",
        "--policy-from {nasty}",
        "--ref HEAD --against HEAD~1 --author {nasty}",
        "--ref HEAD --against HEAD~1 --replay 5",
    ],
    "owners": ["", "--ref HEAD", "--codeowners", "--ref {nasty}"],
    "plan": ["", "--ref HEAD", "--full", "--ref HEAD --against HEAD~1", "--against {nasty}"],
    "apply": ["--dry-run", "--dry-run --full"],
    # Does not end by itself in a registry: tests/test_watch.py shows what it prints of one.
    "watch": ["--registry {nasty}/none"],
    "reconcile": ["--once --repo -{nasty}", "--once --repo {nasty} --branch {nasty}"],
    "suspend": ["--reason {nasty}"],
    "resume": [""],
    "rollback": ["1 --reason {nasty} --dry-run"],
    "migrate": ["--status"],
    "status": [""],
    "drift": ["", "--full"],
    "adopt": ["tool/{nasty}", "tool/nasty --overwrite", "tool/{nasty} --overwrite"],
    "get": ["tools", "tool nasty", "services", "tools --at 1", "tool {nasty}", "{nasty}"],
    "describe": ["tool/nasty", "service/api", "tool/{nasty}"],
    "history": ["", "tool/nasty", "tool/nasty --full", "--author {nasty}"],
    "events": ["--since 0", "--since {nasty}"],
    "diff": ["1 2", "1 2 --full", "{nasty}"],
    "blame": ["tool/nasty", "{nasty}"],
    "query": ["", "tools", "invocations", "revisions", "tool_overrides", "suspensions", "hand_changes", "{nasty}"],
    "explain": ["", "duplicate-key", "tool.spec", "tool.{nasty}", "{nasty}"],
    "doctor": [""],
    "maintain": ["--list", "rollup_invocations", "{nasty}"],
    "db": ["url", "{nasty}"],
}
FORMATS: Final = ("json", "yaml")
IN_LINES: Final = {"events"}
"""Commands that print a JSON document on each line."""
WITHOUT_DATABASE: Final = {"init", "new", "fmt", "completion", "schema", "owners", "reconcile", "watch"}


def nasty_tool(word: str, name: str = "nasty") -> dict[str, Any]:
    """Return a tool that says something nasty wherever it may."""
    schema = {
        "type": "object",
        "title": word,
        "description": f"{word}\n{word}",
        "properties": {word: {"type": "string", "description": word, "default": word, "enum": [word]}},
        "required": [word],
    }
    return tool(
        name,
        metadata={"title": word[:128], "description": f"{word}\n{word}"},
        inputSchema=schema,
        outputSchema=schema,
        examples=[{"description": word, "input": {word: word}, "output": {word: word}}],
        errors=[{"code": "E", "description": word, "retryable": False}],
    )


def write(repository: Repository, word: str) -> None:
    """Write the tool as JSON, which YAML 1.2 reads."""
    repository.write("tools/nasty.yaml", json.dumps(nasty_tool(word)))


@pytest.fixture
def forged(repository: Repository, database: str) -> tuple[Repository, str]:
    """A registry and a database that are full of nasty words, and how an odd role reaches it."""
    words = " | ".join(NASTY)
    write(repository, "harmless")
    repository.commit()
    assert run("apply", "--database", database, cwd=repository.top).code == 0
    write(repository, "".join(word for word in NASTY if "\n" not in word and "\r" not in word))
    repository.add(service(metadata={"description": words}))
    repository.git("add", "-A")
    author = f"{NASTY[0]} {NASTY[3]} {NASTY[5]} {NASTY[6]} <a@example.com>"
    repository.git("commit", "-q", "--author", author, "-m", "::error::subject ##vso[x] \x1b[31m")
    assert run("apply", "--database", database, cwd=repository.top).code == 0
    with psycopg.connect(as_superuser(database), autocommit=True) as conn:
        conn.execute("SELECT api.set_tool_override('nasty', 'unavailable', %s)", (words,))
        conn.execute(
            "SELECT api.log_invocation(%s, 'failure', 1, %s, error_code => %s, error_message => %s)", (words[:80],) * 4
        )
        conn.execute(
            "SELECT api.log_invocation('nasty', 'failure', 1, %s, arguments => '{\"nasty\": 1}')", (words[:80],)
        )
        conn.execute(
            "UPDATE registry.services SET manifest ="
            " jsonb_set(manifest::jsonb, '{metadata,description}', to_jsonb(%s::text))::json",
            (f"by hand {words}",),
        )
    write(repository, NASTY[3] + NASTY[0])
    repository.write("tools/##vso[task]x/::error::x.yaml", "{")
    return repository, database


def calls() -> Iterator[tuple[str, str, str | None]]:
    """Yield each call of each command, in each format that it has."""
    for command, variants in CALLS.items():
        for variant in variants:
            yield command, variant, None
            yield from ((command, variant, output) for output in FORMATS)


def test_every_command_is_tried() -> None:
    assert set(CALLS) == set(COMMANDS)


@pytest.mark.slow
def test_nothing_that_anybody_wrote_is_obeyed(forged: tuple[Repository, str]) -> None:
    repository, database = forged
    for command, variant, output in calls():
        arguments = [word.format(nasty=NASTY[9] + NASTY[3] + NASTY[6]) for word in variant.split()]
        words = [command, *arguments, *(("-o", output) if output else ())]
        if reads_database(command, words):
            words += ["--database", database]
        result = run(*words, cwd=repository.top)
        shown = (command, variant, output, result.code)
        for text in (result.out, result.err):
            assert OBEYED.search(text) is None, (shown, OBEYED.search(text), text)
            odd = {character for character in text if not character.isprintable() and character != "\n"}
            assert not odd, (shown, odd, text)
        check_parsed(output, result, in_lines=command in IN_LINES)


def reads_database(command: str, words: list[str]) -> bool:
    """Tell whether this call of a command takes a database."""
    if command == "plan":
        return "--against" not in words
    without = {"validate", "lint", "explain", "db"} | WITHOUT_DATABASE
    return command not in without and (command != "check" or "--replay" in words)


def check_parsed(output: str | None, result: Result, *, in_lines: bool = False) -> None:
    """Fail where JSON or YAML does not read back."""
    if output == "json" and result.out:
        for document in result.out.splitlines() if in_lines else [result.out]:
            json.loads(document)
    if output == "yaml" and result.out:
        list(yaml.safe_load_all(result.out))


def test_what_is_escaped_reads_back_as_it_was(repository: Repository, database: str) -> None:
    manifests = {f"nasty{number}": nasty_tool(word, f"nasty{number}") for number, word in enumerate(NASTY)}
    for name, manifest in manifests.items():
        repository.write(f"tools/{name}.yaml", json.dumps(manifest))
    repository.commit()
    assert run("apply", "--database", database, cwd=repository.top).code == 0

    for name, manifest in manifests.items():
        as_json, as_yaml = (
            run("get", f"tool/{name}", "-o", output, "--database", database, cwd=repository.top).out
            for output in ("json", "yaml")
        )
        assert json.loads(as_json) == manifest
        assert yaml.safe_load(as_yaml) == manifest


def test_a_role_of_any_name_forges_nothing(repository: Repository, database: str) -> None:
    with (
        login(database, "toolreg_reader") as conninfo,
        psycopg.connect(as_superuser(database), autocommit=True) as conn,
    ):
        name = psycopg.conninfo.conninfo_to_dict(conninfo)["user"]
        conn.execute(f'ALTER ROLE {name} RENAME TO "::error::##vso[x]"'.encode())
        try:
            result = run("apply", "--database", conninfo.replace(str(name), "::error::##vso[x]"), cwd=repository.top)
        finally:
            conn.execute(f'ALTER ROLE "::error::##vso[x]" RENAME TO {name}'.encode())

    assert result.code == 1
    assert OBEYED.search(result.out + result.err) is None


def test_every_document_says_which_version_it_is(repository: Repository, database: str) -> None:
    """Also of an error; a manifest alone has a version of its own."""
    repository.add(tool())
    repository.commit()
    assert run("apply", "--database", database, cwd=repository.top).code == 0
    for command, variants in CALLS.items():
        for variant in variants:
            words = [command, *variant.format(nasty="1").split(), "-o", "json"]
            words += ["--database", database] if reads_database(command, words) else []
            result = run(*words, cwd=repository.top)
            if result.code == 64 or not result.out or command in {"suspend", "resume", "adopt"}:
                continue
            is_manifest = (command, variant, result.code) == ("get", "tool nasty", 0)
            for document in result.out.splitlines() if command in IN_LINES else [result.out]:
                first = next(iter(json.loads(document)))
                assert first == ("apiVersion" if is_manifest else "formatVersion"), (words, result)
