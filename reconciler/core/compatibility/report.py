"""The effect of changed tools on their callers, as values."""

from typing import Literal, NamedTuple

from reconciler.core.compatibility.verdict import Compatibility, Witness
from reconciler.core.difference import Absent
from reconciler.core.pointer import Json, Pointer

Severity = Literal["break", "warning", "info"]
Direction = Literal["input", "output", "tool"]


class ContractFinding(NamedTuple):
    """One change of a tool. `pointer` is its place in the manifest, `witness` a value rejected by the receiver."""

    rule: str
    level: Severity
    direction: Direction
    pointer: Pointer
    before: Json | Absent
    after: Json | Absent
    message: str
    witness: Witness | None = None

    @property
    def adds(self) -> bool:
        """Whether the change adds to the contract: a harmless change of a schema, except for its words."""
        return self.level == "info" and self.direction != "tool" and self.rule != "contract-wording"


class ToolReport(NamedTuple):
    """The changes of a tool. `before` and `after` are versions, None for an absent tool.

    `required` is the least version that covers the change, None if the version already does. `on_input` and
    `on_output` are the verdicts on the schemas alone.
    """

    name: str
    path: str
    before: str | None
    after: str | None
    required: str | None
    on_input: Compatibility
    on_output: Compatibility
    findings: tuple[ContractFinding, ...]

    @property
    def breaks(self) -> tuple[ContractFinding, ...]:
        """The findings with level break."""
        return tuple(finding for finding in self.findings if finding.level == "break")

    @property
    def is_covered(self) -> bool:
        """Whether the version rose as far as the change demands, or the removal was announced."""
        return self.required is None and (self.after is not None or not self.breaks)


class Report(NamedTuple):
    """The changes of the tools of a registry since a commit."""

    against: str
    tools: tuple[ToolReport, ...]

    @property
    def is_covered(self) -> bool:
        """Whether every change is covered by its version."""
        return all(tool.is_covered for tool in self.tools)
