"""What schema api offers, and what one of its queries returns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Cell = str | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function. `default` is an expression of SQL, None where the parameter is `required`."""

    name: str
    type: str
    required: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A view or a function of schema `api`. One that `writes` is not for us to run."""

    name: str
    kind: str
    comment: str
    writes: bool
    allowed: bool
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query returns, as PostgreSQL writes it; the rows are read as they are taken."""

    columns: Sequence[str]
    cells: Iterator[Sequence[Cell]]


def signature(wanted: Query) -> str:
    """Return the name of a view, or how a function is called."""
    if wanted.kind == "view":
        return wanted.name
    return f"{wanted.name}({', '.join(map(_declaration, wanted.parameters))})"


def _declaration(parameter: Parameter) -> str:
    default = "" if parameter.required else f" = {parameter.default}"
    return f"{parameter.name} {parameter.type}{default}"
