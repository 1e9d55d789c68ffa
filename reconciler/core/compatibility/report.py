"""The effect of changed tools on their callers, as values."""

from typing import Final, Literal, NamedTuple

from reconciler.core.compatibility.verdict import Compatibility, Witness
from reconciler.core.difference import Absent
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.exceptions import ExceptionEntry
from reconciler.core.pointer import Json, Pointer

Severity = Literal["break", "error", "warning", "info"]
Direction = Literal["input", "output", "tool"]

LEVELS: Final[tuple[Severity, ...]] = ("break", "error", "warning", "info")
"""The levels of findings, the worst first. Only a strict check has errors."""

ROUTING: Final = "contract-wording"
"""The rule of changes that break no call, and change the tool that a model picks."""

# The first is about the version itself; the second is a change of another file, whose version has to rise.
_DEMAND_NO_VERSION: Final = ("contract-version", "contract-auth")


class ContractFinding(NamedTuple):
    """One change of a tool. `pointer` is its place in the manifest, `witness` a value rejected by the receiver.

    `exception` is the exception in force that covers the finding, None without an exception.
    """

    rule: str
    level: Severity
    direction: Direction
    pointer: Pointer
    before: Json | Absent
    after: Json | Absent
    message: str
    witness: Witness | None = None
    exception: ExceptionEntry | None = None

    @property
    def adds(self) -> bool:
        """Whether the change adds to the contract: a harmless change of a schema, except for its words."""
        return self.level == "info" and self.direction != "tool" and self.rule != ROUTING

    @property
    def demands_version(self) -> bool:
        """Whether the version of the tool has to rise for the change."""
        return self.exception is None and self.rule not in _DEMAND_NO_VERSION


class ToolReport(NamedTuple):
    """The changes of a tool. `before` and `after` are versions, None for an absent tool.

    `required` is the least version that covers the change, None if the version already does. `on_input` and
    `on_output` are the verdicts on the schemas alone. `former_name` is the name before a rename.
    """

    name: str
    path: str
    before: str | None
    after: str | None
    required: str | None
    on_input: Compatibility
    on_output: Compatibility
    findings: tuple[ContractFinding, ...]
    former_name: str | None = None

    @property
    def breaks(self) -> tuple[ContractFinding, ...]:
        """The findings with level break, but those covered by an exception."""
        return self._select("break")

    @property
    def errors(self) -> tuple[ContractFinding, ...]:
        """The findings with level error, but those covered by an exception."""
        return self._select("error")

    @property
    def is_covered(self) -> bool:
        """Whether the version rose as far as the change demands, or the removal was announced, without errors."""
        return self.required is None and (self.after is not None or not self.breaks) and not self.errors

    def _select(self, level: Severity) -> tuple[ContractFinding, ...]:
        return tuple(finding for finding in self.findings if finding.level == level and finding.exception is None)


class ExceptionNote(NamedTuple):
    """A finding about an exception in exceptions.yaml, at `path`: it expired, or covers no finding."""

    rule: str
    level: Severity
    path: str
    entry: ExceptionEntry
    message: str


class Report(NamedTuple):
    """The changes of the tools of a registry since a commit.

    `policy_from` is the commit of the exceptions, None for the work tree. `affected` are unchanged tools of services
    that demand more; `more` counts the tools beyond the listed ones. `unsatisfied` are ranges of consumers that exclude
    a version. `foreign` are changed files that do not belong to the team `author`.
    """

    against: str
    tools: tuple[ToolReport, ...]
    policy_from: str | None = None
    notes: tuple[ExceptionNote, ...] = ()
    affected: tuple[ToolReport, ...] = ()
    more: int = 0
    unsatisfied: tuple[Diagnostic, ...] = ()
    author: str | None = None
    foreign: tuple[Diagnostic, ...] = ()

    @property
    def is_covered(self) -> bool:
        """Whether every change is covered by its version, in the ranges of its consumers, and in the author's files."""
        return all(tool.is_covered for tool in self.tools) and not self.unsatisfied and not self.foreign
