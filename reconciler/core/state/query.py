"""The views and functions of schema api, and the result of a query."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Cell = str | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function. `default` is an SQL expression, None for a `required` parameter."""

    name: str
    type: str
    required: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A view or a function of schema `api`. toolreg does not run a function that `writes`."""

    name: str
    kind: str
    comment: str
    writes: bool
    allowed: bool
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a query, in the text format of PostgreSQL; rows are read on demand."""

    columns: Sequence[str]
    cells: Iterator[Sequence[Cell]]


def format_signature(wanted: Query) -> str:
    """Return the name of a view, or the signature of a function."""
    if wanted.kind == "view":
        return wanted.name
    return f"{wanted.name}({', '.join(map(_format_parameter, wanted.parameters))})"


def _format_parameter(parameter: Parameter) -> str:
    default = "" if parameter.required else f" = {parameter.default}"
    return f"{parameter.name} {parameter.type}{default}"
