"""Tools as real servers publish them go through an apply and come back equal, the order of their keys included."""

import json
import re
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.builders import Repository, run, service, tool
from tests.corpora import SERVERS

OURS: Final = Path(__file__).with_name("real-tools.jsonl")
VALID: Final = sorted((Path(__file__).parent / "schemas").glob("*/valid/*.yaml"))
AS_PUBLISHED: Final = ("inputSchema", "outputSchema", "annotations", "icons", "execution")

Published = dict[str, Any]


def published(path: Path) -> list[Published]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def declared(entry: Published) -> dict[str, Any]:
    """Return the manifest of a tool that a server publishes, with nothing of it left out."""
    found = entry["tool"]
    name = re.sub(r"[^a-z0-9_.-]", "_", f"{entry['server']}.{found['name']}".lower()).strip("_.-")
    metadata = {"description": found.get("description") or "-"} | {
        key: found[key] for key in ("title",) if key in found
    }
    spec = {"toolName": found["name"]} | {key: found[key] for key in AS_PUBLISHED if key in found}
    spec |= {"meta": found["_meta"]} if "_meta" in found else {}
    return tool(name, metadata=metadata, **spec)


def text(value: object) -> str:
    """Return a value so that another order of keys is another text, and 1.0 is not 1."""
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(
    "path",
    [
        OURS,
        pytest.param(
            SERVERS,
            marks=pytest.mark.skipif(not SERVERS.exists(), reason="../shared/corpora is not there to be applied"),
        ),
    ],
    ids=["ours", "corpora"],
)
def test_what_a_real_server_publishes_comes_back_equal(repository: Repository, database: str, path: Path) -> None:
    manifests = [declared(entry) for entry in published(path)]
    repository.add(service())
    for manifest in manifests:
        # JSON is YAML 1.2, so a schema can be pasted as it is.
        repository.write(f"tools/{manifest['metadata']['name']}.yaml", json.dumps(manifest, ensure_ascii=False))
    repository.commit()

    applied = run("apply", "--database", database, cwd=repository.top)

    assert applied.code == 0, applied.out + applied.err
    for manifest in manifests:
        shown = run(
            "get", "tool", manifest["metadata"]["name"], "-o", "json", "--database", database, cwd=repository.top
        )
        assert text(shown.json) == text(manifest)
    with psycopg.connect(database) as conn:
        rows = conn.execute(
            "SELECT name, tool_name, input_schema::text, icons::text, execution::text, meta::text FROM api.tools"
        ).fetchall()
    assert {name: [without_blanks(value) for value in values] for name, *values in rows} == {
        manifest["metadata"]["name"]: [without_blanks(value) for value in columns(manifest["spec"])]
        for manifest in manifests
    }


def columns(spec: dict[str, Any]) -> list[str | None]:
    """Return what api.tools shows of a tool, as JSON text."""
    shown = (text(spec[key]) if key in spec else None for key in ("inputSchema", "icons", "execution", "meta"))
    return [spec["toolName"], *shown]


def without_blanks(value: str | None) -> str | None:
    return value and value.replace(" ", "")


def test_the_real_tools_beside_this_test_show_each_thing_that_servers_publish() -> None:
    """Forty at least, each with its source and a licence that lets it stand here."""
    entries = published(OURS)

    assert len(entries) >= 40
    assert {entry["licence"] for entry in entries} <= {"MIT", "Apache-2.0"}
    assert all(entry["source"].startswith("https://github.com/") for entry in entries)
    assert {"icons", "_meta", "execution", "outputSchema", "title"} <= {
        key for entry in entries for key in entry["tool"]
    }
    assert "http://json-schema.org/draft-07/schema#" in {
        entry["tool"]["inputSchema"].get("$schema") for entry in entries
    }


@pytest.mark.parametrize("path", VALID, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_valid_file_is_valid_and_comes_back_equal(repository: Repository, database: str, path: Path) -> None:
    """Each file has the one property that it is named for."""
    content = path.read_text("utf-8")
    (name,) = re.findall("^  name: (.*)$", content, re.MULTILINE)
    repository.add(service("customer-data-api"))
    repository.write(f"{path.parts[-3]}s/{name}.yaml", content)
    repository.commit()

    applied = run("apply", "--database", database, cwd=repository.top)

    assert applied.code == 0, applied.out + applied.err
    assert run("plan", "--detailed-exitcode", "--database", database, cwd=repository.top).code == 0
