"""Real tools and the questions that people asked, where they lie beside the project; they are no part of it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg

from tests.builders import service, tool

FOLDER: Final = Path(__file__).parents[2] / "shared" / "corpora"
QUESTIONS: Final = FOLDER / "metatool-queries.json"
SERVERS: Final = FOLDER / "mcp-tools.jsonl"
PAIRS: Final = FOLDER / "contract-pairs.jsonl"
ABSENT: Final = "../shared/corpora is not there, so nothing was searched in it"

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Corpus:
    """Tools, and questions with the name of the tool that answers each."""

    tools: list[Manifest]
    questions: list[tuple[str, str]]


def metatool() -> Corpus:
    """Return the 199 tools and 2,000 questions of MetaTool."""
    content = json.loads(QUESTIONS.read_text("utf-8"))
    names = {given: _name(given) for given in content["tools"]}
    tools = [
        tool(
            names[given],
            metadata={"description": described},
            toolName=re.sub(r"[^A-Za-z0-9_. -]", "_", given),
            inputSchema={"type": "object"},
        )
        for given, described in content["tools"].items()
    ]
    return Corpus(tools, [(question["query"], names[question["tool"]]) for question in content["queries"]])


def first_sentences() -> Corpus:
    """Return the tools of MCP servers without the first sentence of their descriptions, which is the question."""
    tools, questions = [], []
    for published in _published():
        name = published["metadata"]["name"]
        first, _, rest = published["metadata"]["description"].partition(". ")
        tools.append(published | {"metadata": published["metadata"] | {"description": rest or "-"}})
        questions.append((first, name))
    return Corpus(tools, questions)


def names() -> Corpus:
    """Return the tools of MCP servers without their names, which are the questions."""
    tools, questions = [], []
    for number, published in enumerate(_published()):
        metadata = published["metadata"]
        tools.append(published | {"metadata": metadata | {"name": f"x{number}"}})
        questions.append((metadata["name"].partition(".")[2], f"x{number}"))
    return Corpus(tools, questions)


def parameters() -> Corpus:
    """Return the tools of MCP servers without their parameters, whose descriptions are the questions."""
    tools, questions = [], []
    for published in _published():
        properties = published["spec"]["inputSchema"].get("properties", {})
        described = " ".join(str(schema.get("description", "")) for schema in properties.values())
        tools.append(published | {"spec": published["spec"] | {"inputSchema": {"type": "object"}}})
        if described.strip():
            questions.append((described, published["metadata"]["name"]))
    return Corpus(tools, questions)


def load(conn: psycopg.Connection[Any], manifests: list[Manifest]) -> None:
    """Write manifests as an apply does, all of them new, with the service that those of the builders name."""
    with conn.transaction():
        conn.execute("SET LOCAL toolreg.applying = 'on'")
        conn.execute("CREATE TEMPORARY TABLE loaded (id uuid, kind text, manifest json) ON COMMIT DROP")
        with conn.cursor().copy("COPY loaded FROM STDIN") as copy:
            for manifest in [service(), *manifests]:
                copy.write_row((uuid4(), manifest["kind"], json.dumps(manifest)))
        conn.execute(
            "INSERT INTO registry.entities (id, kind, name) SELECT id, kind, manifest #>> '{metadata,name}' FROM loaded"
        )
        conn.execute("INSERT INTO registry.nodes (id, manifest) SELECT id, manifest FROM loaded WHERE kind = 'Node'")
        conn.execute(
            "INSERT INTO registry.services (id, manifest) SELECT id, manifest FROM loaded WHERE kind = 'Service'"
        )
        conn.execute("INSERT INTO registry.tools (id, manifest) SELECT id, manifest FROM loaded WHERE kind = 'Tool'")
        conn.execute(
            "INSERT INTO registry.tool_tags (tool_id, tag) SELECT loaded.id, tag.value FROM loaded"
            " CROSS JOIN LATERAL json_array_elements_text(loaded.manifest #> '{metadata,tags}') AS tag"
            " WHERE loaded.kind = 'Tool'"
        )


def _published() -> list[Manifest]:
    tools = []
    for line in SERVERS.read_text("utf-8").splitlines():
        entry = json.loads(line)
        found = entry["tool"]
        name = f"{_name(entry['server'])}.{_name(found['name'])}"
        described = {"description": found.get("description") or "-"}
        tools.append(tool(name, metadata=described, inputSchema=found["inputSchema"]))
    return tools


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9_.-]", "_", text.lower()).strip("_.-")
