"""Replays recorded calls against the proposed schemas of a report, for `toolreg check`."""

import time
from pathlib import Path
from typing import Any

from reconciler.cli.reading import open_for_reading
from reconciler.core.compatibility.replay import Replay
from reconciler.core.compatibility.report import Report
from reconciler.core.manifest.contract import Contract
from reconciler.database.connection import give_up_after
from reconciler.desired.load import load_manifests
from reconciler.desired.source import Source
from reconciler.observed.recorded import Called, count_recorded, opened_arguments, require_payloads
from reconciler.rules.compatibility.replay import SECONDS, RecordedCall, replay


def replay_calls(
    report: Report, source: Source, contract: Contract, most: int, database: str | None, registry: Path
) -> dict[str, Replay]:
    """Return the effect of each proposed input schema on the last recorded calls, at most `most` a tool, by name.

    Raises ToolregError if the role may not read recorded arguments, TemporaryError if the database is away.
    """
    schemas = _read_schemas(report, source, contract)
    names = [Called(tool.name, tool.former_name) for tool in report.tools if tool.name in schemas]
    with open_for_reading(database, registry) as conn:
        give_up_after(conn, SECONDS)
        require_payloads(conn)
        known = count_recorded(conn, names, most) if names else {}
        replays = {name: Replay(0) for name in schemas}
        deadline = time.monotonic() + SECONDS
        for name, tool in known.items():
            with opened_arguments(conn, tool) as arguments:
                calls = (RecordedCall(agent, text) for agent, text in arguments)
                replays[name] = replay(schemas[name], tool.calls, calls, deadline)
        return replays


def _read_schemas(report: Report, source: Source, contract: Contract) -> dict[str, dict[str, Any]]:
    """Return the proposed input schema of each changed tool, by name."""
    paths = {tool.path for tool in report.tools if tool.after is not None}
    delta = source.find_changes_since(report.against) if paths else None
    entries = [entry for entry in delta.entries if entry.path in paths] if delta else []
    manifests = load_manifests(source, entries, contract).manifests
    return {manifest.ref.name: manifest.value["spec"]["inputSchema"] for manifest in manifests}
