"""Realistic manifests, as many as are wanted, the same ones each time: 90 % tools, 5 % services, 5 % nodes."""

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.benchmarks.vocabulary import ERRORS, NOUNS, PROPERTIES, PURPOSES, QUALIFIERS, TEAMS, VERBS, Property

Resource = tuple[str, dict[str, Any]]
"""The path below the registry's folder, and the manifest."""

_SEED: Final = 20261122
_COMBINATIONS: Final = len(VERBS) * len(NOUNS) * len(QUALIFIERS)
# Without a factor in common with _COMBINATIONS, so that steps of it reach each of them once.
_STEP: Final = 7919


def resources(count: int) -> Iterator[Resource]:
    """Yield registry.yaml and this many resources, with references between them that all lead somewhere."""
    chance = random.Random(_SEED)  # noqa: S311  Wanted: the same each time.
    apart = max(1, count // 20)
    nodes = [f"worker-{number:05}" for number in range(apart)]
    services = [f"{TEAMS[number % len(TEAMS)]}-api-{number:05}" for number in range(apart)]
    tools = [_tool_name(number) for number in range(max(1, count - 2 * apart))]
    yield "registry.yaml", _registry()
    for name in nodes:
        yield f"nodes/{chance.choice(TEAMS)}/{name}.yaml", _node(chance, name)
    for number, name in enumerate(services):
        # Ten of hundreds of thousands of names, without a list as long for each service.
        called = sorted({chance.choice(tools) for _ in range(10)})
        yield f"services/{TEAMS[number % len(TEAMS)]}/{name}.yaml", _service(chance, name, called, services)
    for name in tools:
        team = chance.choice(TEAMS)
        manifest = _tool(chance, name, team, chance.choice(services), chance.choice(nodes))
        yield f"tools/{team}/{name}.yaml", manifest


def _tool_name(number: int) -> str:
    turn, index = divmod(number * _STEP, _COMBINATIONS)
    index, verb = divmod(index, len(VERBS))
    qualifier, noun = divmod(index, len(NOUNS))
    version = f"v{number // _COMBINATIONS + 1}" if turn and number >= _COMBINATIONS else ""
    return "_".join(filter(None, (VERBS[verb], NOUNS[noun], QUALIFIERS[qualifier], version)))


def _registry() -> dict[str, Any]:
    return _envelope("Registry", {"name": "benchmark", "description": "Generated.", "owner": "platform"}, {})


def _envelope(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "toolreg/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _node(chance: random.Random, name: str) -> dict[str, Any]:
    zone = f"eu-central-1{chance.choice('abc')}"
    return _envelope(
        "Node",
        {
            "name": name,
            "title": name.replace("-", " ").capitalize(),
            "description": f"Runs tools in {zone}. Drain it before its nightly update at 02:30.",
            "owner": "platform",
            "tags": ["production", zone],
            "labels": {"cost-center": str(chance.randint(1000, 9999))},
        },
        {
            "type": "TOOL_EXECUTOR",
            "address": f"http://{name}:8000",
            "status": chance.choice(("active", "active", "active", "maintenance")),
            "protocols": ["REST", "MCP"],
            "capacity": {"concurrency": chance.choice((16, 64, 256)), "cpus": 8, "memoryBytes": 17179869184},
            "location": {"provider": "aws", "region": "eu-central-1", "zone": zone},
            "healthCheck": {"path": "/healthz", "interval": "10s", "timeout": "2s", "lateAfter": "30s"},
        },
    )


def _service(chance: random.Random, name: str, called: Sequence[str], services: Sequence[str]) -> dict[str, Any]:
    is_agent = chance.random() < 0.2
    host = f"{name}.example.com"
    return _envelope(
        "Service",
        {
            "name": name,
            "title": name.replace("-", " ").capitalize(),
            "description": f"Owns the tools of {name.split('-', maxsplit=1)[0]} and answers for what they do.",
            "owner": name.split("-", maxsplit=1)[0],
            "tags": ["agent" if is_agent else "api"],
            "labels": {"tier": chance.choice(("critical", "standard"))},
        },
        {
            "type": "agent" if is_agent else "api",
            "version": _version(chance),
            "endpoint": f"https://{host}/v2",
            "protocol": "A2A" if is_agent else "REST",
            "auth": {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-Key",
                "credentials": {"apiKey": f"vault:{name}#api_key"},
            },
            "capabilities": ["conversation", "task-planning"] if is_agent else ["lookup", "booking"],
            "communicationPatterns": ["REQUEST_RESPONSE", "WEBHOOK"],
            "recommendedTools": called[:3],
            "usesTools": called,
            "orchestration": {
                "discovery": {"method": "OPENAPI", "url": f"https://{host}/openapi.json", "refreshInterval": "1h"},
                "routing": {
                    "strategy": "LEAST_LOADED",
                    "priority": 100,
                    "timeout": "30s",
                    "maxAttempts": 2,
                    "fallbacks": [chance.choice(services)],
                },
            },
        },
    )


def _tool(chance: random.Random, name: str, team: str, service: str, node: str) -> dict[str, Any]:
    noun = next(noun for noun in sorted(NOUNS, key=len, reverse=True) if noun in name).replace("_", " ")
    title = name.replace("_", " ").capitalize()
    given = chance.sample(PROPERTIES, chance.randint(1, 4))
    answered = chance.sample(PROPERTIES, chance.randint(1, 2))
    return _envelope(
        "Tool",
        {
            "name": name,
            "title": title,
            "description": f"{title}. {' '.join(chance.sample(PURPOSES, chance.randint(1, 2))).format(noun=noun)}",
            "owner": team,
            "tags": sorted({team, noun.replace(" ", "-"), chance.choice(("read", "write"))}),
            "labels": {"tier": chance.choice(("critical", "standard", "best-effort"))},
        },
        {
            "version": _version(chance),
            "category": team.upper(),
            "lifecycle": chance.choice(("active", "active", "active", "experimental", "deprecated")),
            "service": service,
            **({"node": node} if chance.random() < 0.8 else {}),
            "inputSchema": _schema(given, required=len(given) // 2),
            "outputSchema": _schema(answered, required=1),
            "annotations": {"title": title, "readOnlyHint": chance.random() < 0.5, "openWorldHint": False},
            "examples": [
                {
                    "description": f"A usual call for one {noun}.",
                    "input": _values(chance, given),
                    "output": _values(chance, answered),
                }
            ],
            "errors": [
                {"code": code, "description": text.format(noun=noun), "retryable": retryable}
                for code, text, retryable in chance.sample(ERRORS, chance.randint(1, 2))
            ],
            "limits": {
                "timeout": f"{chance.choice((5, 10, 30, 60))}s",
                "concurrency": chance.choice((5, 10, 50)),
                "rate": {"requests": chance.choice((60, 100, 600)), "per": "1m"},
            },
            "objectives": {"successRate": 0.99, "p95LatencyMs": chance.choice((200, 400, 800, 2000))},
        },
    )


def _version(chance: random.Random) -> str:
    return f"{chance.randint(0, 4)}.{chance.randint(0, 20)}.{chance.randint(0, 9)}"


def _schema(properties: Sequence[Property], required: int) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, _, _ in properties[:required]],
        "properties": {name: schema for name, schema, _ in properties},
    }


def _values(chance: random.Random, properties: Sequence[Property]) -> dict[str, Any]:
    return {name: chance.choice(accepted) for name, _, accepted in properties}
