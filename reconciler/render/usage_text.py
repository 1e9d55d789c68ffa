"""The usage of a tool that a plan takes from its callers, as text and JSON."""

from collections.abc import Iterator

from reconciler.core.pointer import Json
from reconciler.core.state.usage import Usage
from reconciler.core.times import format_time
from reconciler.render.terminal import safe


def render_usage(usage: Usage) -> Iterator[str]:
    """Yield the calls of a tool, and its callers if known, a line each."""
    last = f"; last {format_time(usage.last_call)}" if usage.last_call else ""
    yield f"calls: {usage.calls_7_days:,} in 7 days, {usage.calls_30_days:,} in 30 days{last}"
    agents = [f"{safe(agent.name, 80)} ({agent.calls_30_days:,})" for agent in usage.agents]
    services = [safe(name) for name in usage.services]
    parts = [
        f"{word} {', '.join(names)}{f' and {more:,} more' if more else ''}"
        for word, names, more in (
            ("called by", agents, usage.more_agents),
            ("named by service", services, usage.more_services),
        )
        if names
    ]
    if parts:
        yield "; ".join(parts)


def make_usage_document(usage: Usage) -> dict[str, Json]:
    """Return a usage as JSON."""
    return {
        "calls7Days": usage.calls_7_days,
        "calls30Days": usage.calls_30_days,
        "lastCall": format_time(usage.last_call) if usage.last_call else None,
        "agents": [{"name": agent.name, "calls30Days": agent.calls_30_days} for agent in usage.agents],
        "moreAgents": usage.more_agents,
        "services": [*usage.services],
        "moreServices": usage.more_services,
    }
