"""Renders the consumers of a tool, with their calls, as text and JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reconciler.core.pointer import Json
from reconciler.core.state.resource import Consumer
from reconciler.core.times import format_time
from reconciler.render import table
from reconciler.render.table import Column, Keep
from reconciler.render.terminal import PLAIN, Paint

_COLUMNS: Final = (
    Column("CONSUMER", Keep.END),
    Column("OWNER"),
    Column("RANGE"),
    Column("7 DAYS", Keep.ALL),
    Column("30 DAYS", Keep.ALL),
    Column("LAST CALL", Keep.ALL),
)
_MOST_SHOWN: Final = 50


def make_consumer_documents(consumers: Iterable[Consumer]) -> list[Json]:
    """Return all consumers as JSON."""
    return [_make_entry(consumer) for consumer in consumers]


def _make_entry(consumer: Consumer) -> Json:
    return {
        "kind": consumer.kind,
        "name": consumer.name,
        "owner": consumer.owner,
        "range": consumer.range,
        "isSatisfied": consumer.is_satisfied,
        "pointers": [*consumer.pointers],
        "calls7Days": consumer.calls_7_days,
        "calls30Days": consumer.calls_30_days,
        "lastCall": format_time(consumer.last_call) if consumer.last_call else None,
    }


def render_consumers(consumers: Sequence[Consumer], width: int | None = None, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield a table of at most 50 consumers, most calls first."""
    yield paint("Used and called by", "bold")
    rows = [_make_row(consumer) for consumer in consumers[:_MOST_SHOWN]]
    narrowed = width - 2 if width is not None else None
    yield from (f"  {line}" for line in table.render_table(_COLUMNS, rows, narrowed)) if rows else ["  nothing"]
    if len(consumers) > _MOST_SHOWN:
        yield f"  and {len(consumers) - _MOST_SHOWN:,} more; -o json shows all"


def _make_row(consumer: Consumer) -> list[str]:
    unsatisfied = ", unsatisfied" if consumer.is_satisfied is False else ""
    allowed = f"{consumer.range or 'any'}{unsatisfied}" if consumer.pointers else "-"
    calls = [str(consumer.calls_7_days), str(consumer.calls_30_days)]
    last = format_time(consumer.last_call) if consumer.last_call else "never"
    return [f"{consumer.kind}/{consumer.name}", consumer.owner or "-", allowed, *calls, last]
