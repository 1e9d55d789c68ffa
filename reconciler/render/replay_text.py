"""The effect of a proposed schema on recorded calls, as text and JSON."""

from collections.abc import Iterator

from reconciler.core.compatibility.replay import BrokenRule, Replay
from reconciler.core.pointer import Json, format_pointer, to_json_pointer
from reconciler.render.terminal import PLAIN, Paint, safe

_PLACE = ("spec", "inputSchema")


def render_replay(replay: Replay, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield what recorded calls say of a changed tool."""
    if not replay.recorded:
        yield f"{paint('replay', 'faint')}   no call with recorded arguments is known"
        return
    word = paint("replay  ", "red" if replay.rejected else "faint")
    late = f", of {replay.recorded:,}: the time ran out" if replay.calls < replay.recorded else ""
    calls = f"{replay.calls:,} recorded call{'' if replay.calls == 1 else 's'}"
    if not replay.rejected:
        yield f"{word} 0 of {calls} would be rejected{late}"
        return
    agents = ", ".join(f"{safe(name)} ({count:,})" for name, count in replay.agents)
    yield f"{word} {replay.rejected:,} of {calls} would be rejected{late}"
    yield f"         from {agents}{_format_rest(replay.more_agents)}"
    for rule, count in replay.rules:
        yield f"         {count:,} by {safe(format_pointer((*_PLACE, *rule.pointer)), 400)}"
    if replay.more_rules:
        yield f"         and by {replay.more_rules:,} more rules"


def _format_rest(count: int) -> str:
    return f" and {count:,} more" if count else ""


def make_replay_document(replay: Replay) -> dict[str, Json]:
    """Return a replay as JSON; pointers are relative to the input schema."""
    return {
        "recorded": replay.recorded,
        "calls": replay.calls,
        "rejected": replay.rejected,
        "rules": [_make_rule(rule, count) for rule, count in replay.rules],
        "moreRules": replay.more_rules,
        "agents": [{"name": name, "rejected": count} for name, count in replay.agents],
        "moreAgents": replay.more_agents,
    }


def _make_rule(rule: BrokenRule, count: int) -> Json:
    return {"keyword": rule.keyword, "schemaPointer": to_json_pointer(rule.pointer), "count": count}
