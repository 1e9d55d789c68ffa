"""Renders rules: an explanation, a list, JSON, and a Markdown table."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from reconciler.core.pointer import Json
from reconciler.core.rule import Rule
from reconciler.render import json_document


def render_rule(rule: Rule) -> str:
    """Return the explanation of one rule."""
    return "\n".join(
        [
            f"{rule.id}: {rule.title}",
            f"  about    {rule.subject.value}",
            f"  level    {rule.level.value}",
            f"  means    {rule.meaning}",
            f"  to mend  {rule.remedy}",
            f"  since    {rule.since}",
        ]
    )


def render_rules(rules: Sequence[Rule]) -> str:
    """Return one line per rule, grouped by subject."""
    width = max(len(rule.id) for rule in rules)
    parts = []
    for subject, some in groupby(rules, lambda rule: rule.subject):
        parts += [f"About {subject.value}:", *(f"  {rule.id:{width}}  {rule.title}" for rule in some)]
    return "\n".join(parts)


def render_rules_json(rules: Iterable[Rule]) -> str:
    """Return rules as JSON."""
    return json_document.render_json([_make_entry(rule) for rule in rules])


def render_rules_table(rules: Iterable[Rule]) -> str:
    """Return rules as a Markdown table."""
    rows = [f"| `{rule.id}` | {rule.level.value} | {rule.meaning} | {rule.remedy} |" for rule in rules]
    return "\n".join(["| rule | level | means | to mend |", "|---|---|---|---|", *rows]) + "\n"


def _make_entry(rule: Rule) -> dict[str, Json]:
    return {
        "id": rule.id,
        "subject": rule.subject.value,
        "level": rule.level.value,
        "title": rule.title,
        "meaning": rule.meaning,
        "remedy": rule.remedy,
        "since": rule.since,
    }
