"""Says a change of a schema in words."""

from typing import Final

from reconciler.core.compatibility.changes import SchemaChange
from reconciler.core.compatibility.report import Direction
from reconciler.core.difference import ABSENT, Absent
from reconciler.core.json_text import to_json_text
from reconciler.core.masking import SAMPLE, mask_value
from reconciler.core.pointer import Json
from reconciler.core.quote import quoted

LONGEST: Final = 60
"""The characters of a value in a message."""


def describe_change(change: SchemaChange, direction: Direction) -> str:
    """Return a change as a sentence."""
    name = change.pointer[-1] if change.pointer else "the schema"
    match change.rule:
        case "contract-property-removed":
            return f"{show_value(str(name))} is no longer declared" + (
                "; a tool that is open ignores it silently" if direction == "input" else ""
            )
        case "contract-property-added":
            return f"{show_value(str(name))} is declared"
        case "contract-required":
            return (
                f"{show_value(change.after)} is required"
                if change.before is ABSENT
                else f"{show_value(change.before)} is no longer required"
            )
        case "contract-enum" if change.after is ABSENT and name == "enum":
            return f"{show_value(change.before)} is no longer listed"
        case "contract-enum" if change.before is ABSENT and name == "enum":
            return f"{show_value(change.after)} is listed"
    return f"{name} {describe_values(change)}"


def describe_values(change: SchemaChange) -> str:
    """Return the values before and after a change."""
    if change.before is ABSENT:
        return f"{show_value(change.after)} is new"
    if change.after is ABSENT:
        return f"{show_value(change.before)} is gone"
    return f"was {show_value(change.before)}, and is {show_value(change.after)}"


def show_value(value: Json | Absent) -> str:
    """Return a value on one line, shortened."""
    if value is ABSENT:
        return "absent"
    value = mask_value(value, SAMPLE)
    return (
        quoted(value, LONGEST)
        if isinstance(value, str)
        else quoted(to_json_text(value), LONGEST)[1:-1].replace('\\"', '"')
    )
