"""The rules of the architecture, each with its reason."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler import assets
from reconciler.database import migrate as migrate_module
from tests.builders import Repository, run, tool

PACKAGE = Path(assets.__file__).parent
Conn = psycopg.Connection[Any]


@cache
def trees(folder: Path) -> list[tuple[str, ast.Module]]:
    return [(str(path.relative_to(PACKAGE)), parse(path)) for path in sorted(folder.rglob("*.py"))]


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def parts(tree: ast.Module) -> list[ast.AST]:
    return [*ast.walk(tree)]


@pytest.fixture(scope="module", autouse=True)
def _parsed() -> Iterator[None]:
    """Each module is parsed once for all rules, and forgotten after the last."""
    yield
    for function in (trees, parse, parts):
        function.cache_clear()


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield what a module imports, with dots: `os`, `pathlib.Path`."""
    for part in parts(tree):
        if isinstance(part, ast.Import):
            yield from (alias.name for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            yield from (f"{part.module}.{alias.name}" for alias in part.names)


def named(tree: ast.Module) -> set[str]:
    """Return every name that a module uses, with what is asked of it: `print`, `datetime.now`."""
    found = {part.id for part in parts(tree) if isinstance(part, ast.Name)}
    dotted = (part for part in parts(tree) if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name))
    return found | {f"{part.value.id}.{part.attr}" for part in dotted}  # type: ignore[attr-defined]


def within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


# ---- The core is pure


@pytest.mark.parametrize(
    ("forbidden", "reason"),
    [
        (
            ("os", "io", "shutil", "tempfile", "glob", "fcntl", "mmap"),
            "a value comes in, and nobody has to know whence",
        ),
        (("pathlib.Path", "pathlib.PosixPath"), "PurePosixPath names a file; Path opens it"),
        (("subprocess", "multiprocessing", "threading", "concurrent", "asyncio", "signal"), "it runs nothing"),
        (("socket", "ssl", "urllib", "http", "requests", "httpx"), "a manifest causes no network access"),
        (("time", "random", "secrets", "uuid"), "the same values in, the same values out"),
        (("psycopg", "yoyo", "sqlite3"), "it is tested without a database, and knows none"),
        (("click", "rich", "logging", "sys", "warnings"), "a problem is a value; the border says it"),
        (("importlib", "runpy", "pickle", "marshal", "ctypes"), "a manifest causes no code to run"),
        (("reconciler.cli", "reconciler.render", "reconciler.assets"), "the core is what the others are built on"),
    ],
)
def test_the_core_imports_no_io(forbidden: tuple[str, ...], reason: str) -> None:
    found = [
        (path, name)
        for path, tree in trees(PACKAGE / "core")
        for name in imports(tree)
        if any(within(name, module) for module in forbidden)
    ]

    assert found == [], reason


def test_the_core_imports_nothing_of_ours_but_itself() -> None:
    found = [
        (path, name)
        for path, tree in trees(PACKAGE / "core")
        for name in imports(tree)
        if within(name, "reconciler") and not within(name, "reconciler.core")
    ]

    assert found == [], "what the core needs is given to it as a value"


def test_the_core_neither_opens_nor_prints_nor_evaluates() -> None:
    forbidden = {"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint", "globals"}
    # A time is a value; the clock is not.
    forbidden |= {"datetime.now", "datetime.today", "datetime.utcnow", "date.today"}

    assert [(path, names) for path, tree in trees(PACKAGE / "core") if (names := named(tree) & forbidden)] == []


def test_nothing_is_printed_outside_of_the_command_line() -> None:
    """A renderer returns text; who prints it decides where."""
    for path, tree in trees(PACKAGE):
        if not path.startswith(("cli/", "database/embedded/")):
            assert "print" not in named(tree), path
            assert not any(within(name, "click") for name in imports(tree)), path


def test_renderers_return_text() -> None:
    for path, tree in trees(PACKAGE / "render"):
        assert not named(tree) & {"print", "open", "sys.stdout", "sys.stderr", "sys.exit"}, path
        assert not [name for name in imports(tree) if within(name, "sys") or within(name, "os")], path


RENDERERS = sorted(path.stem for path in (PACKAGE / "render").glob("*.py"))
# Of ours, nothing is there when a renderer is imported: as if it were the first.
IMPORTS = """
import importlib, json, sys
brought, forbidden = {}, {"psycopg", "yoyo", "click"}
for name in sys.argv[1:]:
    for known in [*sys.modules]:
        if known.partition(".")[0] in {"reconciler", *forbidden}:
            del sys.modules[known]
    importlib.import_module(f"reconciler.render.{name}")
    brought[name] = sorted(forbidden & {*sys.modules})
print(json.dumps(brought))
"""


@pytest.fixture(scope="module")
def brought() -> dict[str, list[str]]:
    """What each renderer imports of the driver and the command line: in one process, which others' packages stay in."""
    command = [sys.executable, "-c", IMPORTS, *RENDERERS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("module", RENDERERS)
def test_a_renderer_needs_no_database_driver(brought: dict[str, list[str]], module: str) -> None:
    """A page, an editor or a bot can show a plan that it was sent."""
    assert brought[module] == []


# ---- The folders


def arrows() -> set[tuple[str, str]]:
    """Return which folder imports which, a module at the top being a folder of its own."""
    found = set()
    for path, tree in trees(PACKAGE):
        here = path.partition("/")[0].removesuffix(".py")
        for name in imports(tree):
            if within(name, "reconciler"):
                found.add((here, name.split(".")[1]))
    return {(here, there) for here, there in found if here != there}


def test_between_folders_there_is_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for here, there in arrows():
        graph.setdefault(here, set()).add(there)

    assert [*TopologicalSorter(graph).static_order()]


@pytest.mark.parametrize(("folder", "allowed"), [("core", set()), ("render", {"core"})])
def test_a_folder_imports_only(folder: str, allowed: set[str]) -> None:
    assert {there for here, there in arrows() if here == folder} == allowed


def test_nobody_imports_the_command_line() -> None:
    assert {here for here, there in arrows() if there == "cli"} == {"__main__"}


def test_every_folder_says_what_it_is_for() -> None:
    """The map, reconciler/README.md, has a line for each."""
    text = (PACKAGE / "README.md").read_text("utf-8")

    folders = {f"{path.parent.relative_to(PACKAGE)}/" for path in PACKAGE.rglob("__init__.py")} - {"./"}
    assert folders - set(re.findall(r"`([a-z/]+/)`", text)) == set()


def public_names(tree: ast.Module) -> Iterator[str]:
    """Yield the types and constants of a module: classes, aliases and assignments at the top."""
    for part in tree.body:
        match part:
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_a_type_or_constant_means_one_thing() -> None:
    """A reader who knows the name knows the thing; an alias of a tuple counts as much as a class."""
    places: dict[str, list[str]] = {}
    for path, tree in trees(PACKAGE):
        for name in public_names(tree):
            if not name.startswith("_"):
                places.setdefault(name, []).append(path)

    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


# ---- Failpoints are off


def test_nothing_turns_a_failpoint_on() -> None:
    """Only a test that runs in the process does. The module that has them reads nothing that somebody could set."""
    module = ast.parse((PACKAGE / "failpoints.py").read_text("utf-8"))
    assert set(imports(module)) == {"sys", "collections.abc.Callable", "functools.partial", "typing.Final"}

    assert [path for path, tree in trees(PACKAGE) if "sys.addaudithook" in named(tree)] == []


def test_every_failpoint_has_a_name_that_stands_in_the_code() -> None:
    """Or is that of a file of sql/apply. Whether an apply reaches each is seen in tests/faults/test_failpoints.py."""
    calls = [
        (path, ast.unparse(call.args[0]))
        for path, tree in trees(PACKAGE)
        for call in parts(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "reached"
    ]
    names = [name for _, name in calls]

    assert len(names) == len(set(names))
    assert [
        call for call in calls if not re.fullmatch(r"f?'(before|during|after)-([a-z-]+|{script\.stem})'", call[1])
    ] == []


# ---- SQL stands in files


STATEMENT = re.compile(
    r"\s*(--.*\n\s*)*("
    r"(SELECT|WITH|VALUES|EXPLAIN|DO|CALL)\s+\S"
    r"|(INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|UPDATE\s+\S+\s+SET|SET\s+(LOCAL\s+|SESSION\s+)?[a-z_.]+\s*(=|TO)\s)"
    r"|(CREATE|ALTER|DROP|COMMENT\s+ON|GRANT|REVOKE|TRUNCATE|LOCK|COPY|ANALYZE|VACUUM|REFRESH|REINDEX)\s+[A-Za-z_%\"{]"
    r"|(LISTEN|NOTIFY|SAVEPOINT)\s+\S)"
)


@pytest.mark.parametrize(
    ("text", "is_statement"),
    [
        ("SELECT 1", True),
        ("-- Why.\nINSERT INTO t VALUES (1)", True),
        ("SET search_path TO x", True),
        ("COPY t FROM STDIN", True),
        ("UPDATE t SET a = 1", True),
        ("Create what is new.", False),
        ("the connection was lost during COMMIT", False),
        ("update", False),
    ],
)
def test_a_statement_is_recognised(text: str, is_statement: bool) -> None:  # noqa: FBT001  A column of the table.
    assert bool(STATEMENT.match(text)) is is_statement


def test_python_holds_no_sql() -> None:
    """A person can run a file, and a linter reads it."""
    found = [
        (path, part.lineno, part.value)
        for path, tree in trees(PACKAGE)
        for part in parts(tree)
        if isinstance(part, ast.Constant)
        and isinstance(part.value, str | bytes)
        and STATEMENT.match(text_of(part.value))
    ]

    assert found == []


def text_of(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def test_python_knows_no_kind() -> None:
    """Adding one needs no Python. The command line may have options that only some kinds answer to."""
    kinds = {kind for kind in assets.load_contract().kinds if kind != "Registry"}
    found = [
        (path, part.lineno, part.value)
        for path, tree in trees(PACKAGE)
        if not path.startswith("cli/")
        for part in parts(tree)
        if isinstance(part, ast.Constant) and part.value in kinds | {kind.lower() + "s" for kind in kinds}
        # JSON keys of `toolreg check`, which is about tools, of the usage of a tool, and of MCP's answer to tools/list.
        if (path, part.value)
        not in {("render/check_text.py", "tools"), ("render/usage_text.py", "services"), ("exchange/mcp.py", "tools")}
    ]

    assert found == []


def test_every_query_begins_with_one_sentence_on_what_it_is_for() -> None:
    for path in assets.list_scripts("queries"):
        comment = path.read_text("utf-8").partition("\n")[0]

        assert re.match(r"-- [A-Z].{10,}", comment), path.name


def test_every_query_is_used_from_python() -> None:
    used = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))

    names = {path.relative_to(assets.SQL / "queries").with_suffix("") for path in assets.list_scripts("queries")}
    assert [str(name) for name in names if f'"{name}"' not in used] == []
    # It stands with who uses it.
    assert {name.parts[0] for name in names} <= {path.name for path in PACKAGE.iterdir()}


# ---- The database


OURS = b"SELECT oid FROM pg_namespace WHERE nspname IN ('registry', 'runtime', 'api', 'internal')"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            (
                b"SELECT oid::regclass::text FROM pg_class WHERE relnamespace IN (%b)"
                b" AND relkind IN ('r', 'p', 'v', 'm') AND obj_description(oid, 'pg_class') IS NULL"
            ),
            "psql shows what each relation is for",
        ),
        (
            (
                b"SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace IN (%b)"
                b" AND obj_description(oid, 'pg_proc') IS NULL"
            ),
            "psql shows what each function is for",
        ),
        (
            (
                b"SELECT oid::regclass::text FROM pg_class WHERE relnamespace IN (%b) AND relkind = 'v'"
                b" AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)"
            ),
            "a view must not lend the rights of its owner",
        ),
        (
            (
                b"SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE connamespace IN (%b)"
                b" AND contype IN ('c', 'f', 'p', 'u', 'x') AND conname ~ '_(pkey|key|fkey|check|excl)[0-9]*$'"
                b" AND conparentid = 0"
            ),
            "the name of a constraint is the proposition that a row broke",
        ),
        (
            (
                b"SELECT class.oid::regclass || ' ' || grants.privilege_type FROM pg_class AS class,"
                b" aclexplode(class.relacl) AS grants WHERE class.relnamespace IN (%b) AND grants.grantee = 0"
            ),
            "nothing is granted to PUBLIC",
        ),
        (
            (
                b"SELECT proc.oid::regprocedure || ' ' || grants.privilege_type FROM pg_proc AS proc,"
                b" aclexplode(coalesce(proc.proacl, acldefault('f', proc.proowner))) AS grants"
                b" WHERE proc.pronamespace IN (%b) AND grants.grantee = 0"
            ),
            "functions are executable by PUBLIC until that is revoked",
        ),
        (
            (
                b"SELECT nspname || ' ' || grants.privilege_type FROM pg_namespace, aclexplode(nspacl) AS grants"
                b" WHERE oid IN (%b) AND grants.grantee = 0"
            ),
            "nothing is granted to PUBLIC",
        ),
        (
            (
                b"SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace IN (%b) AND prosecdef"
                b" AND NOT coalesce(array_to_string(proconfig, ' ') ~ 'search_path=.*pg_temp\"?$', false)"
            ),
            "a temporary table could take the place of a real one",
        ),
        (
            (
                b"SELECT class.oid::regclass || '.' || attname FROM pg_attribute INNER JOIN pg_class AS class"
                b" ON class.oid = attrelid"
                b" WHERE class.relnamespace IN (%b) AND class.relkind IN ('r', 'p') AND attnum > 0"
                b" AND atttypid IN ('varchar'::regtype, 'char'::regtype, 'timestamp'::regtype, 'money'::regtype)"
            ),
            "text has no limit to regret, and a time has its zone",
        ),
        (
            (
                b"SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE connamespace IN (%b)"
                b" AND contype = 'f' AND (connamespace = 'registry'::regnamespace"
                b" OR confrelid <> 'registry.entities'::regclass) AND NOT EXISTS"
                b" (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])"
            ),
            # Identities, to which runtime refers, are never removed.
            "else removing the target reads the whole table",
        ),
    ],
)
def test_the_database_keeps_the_rules(conn: Conn, statement: bytes, reason: str) -> None:
    assert conn.execute(statement.replace(b"%b", OURS)).fetchall() == [], reason


# ---- Adding a kind


PROMPTS = """\
-- Prompts: texts that agents start from.

CREATE TABLE registry.prompts (
    language text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,language}') STORED,
    CONSTRAINT prompts_have_an_id PRIMARY KEY (id),
    CONSTRAINT prompt_name_is_unique UNIQUE (name),
    CONSTRAINT prompt_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities (id)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT prompt_is_a_prompt CHECK (kind = 'Prompt')
) INHERITS (registry.resources);
COMMENT ON TABLE registry.prompts IS 'Prompts that are declared now.';

CREATE TRIGGER prompts_changed_by_hand AFTER INSERT OR UPDATE OR DELETE ON registry.prompts
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.record_by_hand();
CREATE TRIGGER prompts_are_not_truncated BEFORE TRUNCATE ON registry.prompts
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
"""


@pytest.fixture
def _prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A toolreg that knows prompts: by one schema and one migration."""
    schemas, scripts = tmp_path / "schemas", tmp_path / "sql"
    shutil.copytree(assets.SCHEMAS, schemas)
    shutil.copytree(assets.SQL, scripts)
    schema = json.loads((schemas / "node.schema.json").read_text("utf-8"))
    schema |= {"title": "Prompt", "x-plural": "prompts", "examples": []}
    schema["properties"]["kind"]["const"] = "Prompt"
    schema["properties"]["spec"] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["language", "text"],
        "properties": {
            "language": {"type": "string"},
            "text": {"type": "string"},
            "tools": {"type": "array", "items": {"type": "string", "x-references": "Tool"}},
        },
    }
    (schemas / "prompt.schema.json").write_text(json.dumps(schema), "utf-8")
    (scripts / "migrations/0100_create_prompts.sql").write_text(PROMPTS, "utf-8")
    monkeypatch.setattr(assets, "SQL", scripts)
    monkeypatch.setattr(migrate_module, "SQL", scripts)
    monkeypatch.setattr(assets.load_contract, "__defaults__", (schemas,))


def prompt(**spec: Any) -> dict[str, Any]:
    manifest = tool("greeting")
    return manifest | {"kind": "Prompt", "spec": {"language": "en", "text": "Hello", "tools": ["lookup"]} | spec}


@pytest.mark.usefixtures("_prompts")
def test_adding_a_kind_needs_no_python(repository: Repository, empty_database: str) -> None:
    """One schema, one migration; then it is validated, planned, applied, followed, read back and removed."""

    def toolreg(*arguments: str) -> str:
        result = run(*arguments, "--database", empty_database, cwd=repository.top)
        assert result.code == 0, result.err
        return result.out

    assert "applied 0100_create_prompts\n" in toolreg("migrate")
    repository.add(prompt())
    refused = run("validate", cwd=repository.top)
    assert "there is no Tool/lookup in this registry" in refused.out
    repository.add(tool(), prompt())
    repository.commit()
    assert run("validate", cwd=repository.top).out == "4 files, 4 valid, 0 invalid\n"
    assert "+ create Prompt/greeting  registry/prompts/greeting.yaml" in toolreg("plan")

    toolreg("apply")

    assert toolreg("plan") == "Nothing to do: the database matches.\n"
    assert "greeting" in toolreg("get", "prompts")
    assert json.loads(toolreg("get", "prompt", "greeting", "-o", "json")) == prompt()
    assert "Tool/lookup" in toolreg("describe", "prompt/greeting")
    assert "Prompt/greeting" in toolreg("describe", "tool/lookup")
    repository.add(prompt(language="fr"))
    repository.commit()
    assert 'spec.language: "en" -> "fr"' in toolreg("apply")
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(b"UPDATE registry.prompts SET manifest = replace(manifest::text, '\"fr\"', '\"de\"')::json")
    assert " by " in toolreg("drift").partition("changed by hand ")[2]
    assert 'spec.language: "de" -> "fr"' in toolreg("drift", "prompt/greeting", "--fix")
    repository.remove("prompts/greeting.yaml")
    repository.commit()
    assert "- delete Prompt/greeting" in toolreg("apply", "--max-deletes", "1")
    with psycopg.connect(empty_database) as conn:
        assert conn.execute(b"SELECT count(*) FROM registry.prompts").fetchone() == (0,)
