"""The terms of a check: the exceptions in force, and the level of routing findings."""

from collections.abc import Container, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from reconciler.core.compatibility.report import LEVELS, ROUTING, ContractFinding, ExceptionNote
from reconciler.core.manifest.exceptions import ExceptionEntry
from reconciler.core.quote import quoted


class Terms(NamedTuple):
    """The exceptions of a registry, read from `path` at `commit`, None for the work tree; and the day of the check."""

    today: date
    exceptions: tuple[ExceptionEntry, ...] = ()
    path: str = ""
    commit: str | None = None
    is_strict: bool = False

    def judge(self, findings: Iterable[ContractFinding], *names: str) -> tuple[ContractFinding, ...]:
        """Return the findings about a tool, the worst first, each with its exception and level by these terms.

        `names` are the name of the tool and its former name: an exception survives a rename.
        """
        covering = {
            entry.rule: entry for entry in self.exceptions if entry.tool in names and not entry.is_expired(self.today)
        }
        judged = (self._raise_level(finding)._replace(exception=covering.get(finding.rule)) for finding in findings)
        return tuple(sorted(judged, key=lambda finding: LEVELS.index(finding.level)))

    def _raise_level(self, finding: ContractFinding) -> ContractFinding:
        return finding._replace(level="error") if self.is_strict and finding.rule == ROUTING else finding


def list_unused(terms: Terms, findings: Iterable[ContractFinding]) -> list[ExceptionEntry]:
    """Return the exceptions in force that cover none of these findings."""
    used = {(finding.exception.tool, finding.exception.rule) for finding in findings if finding.exception}
    entries = (entry for entry in terms.exceptions if not entry.is_expired(terms.today))
    return [entry for entry in entries if (entry.tool, entry.rule) not in used]


def tell_expired(terms: Terms) -> Iterator[ExceptionNote]:
    """Yield a note for each exception whose last day is past."""
    for entry in terms.exceptions:
        if entry.is_expired(terms.today):
            message = f"{_name(entry)} expired after {entry.expires} and covers nothing; remove it, or renew it"
            yield ExceptionNote("exception-expired", "warning", terms.path, entry, message)


def tell_unused(terms: Terms, unused: Iterable[ExceptionEntry], known: Container[str]) -> Iterator[ExceptionNote]:
    """Yield a note for each exception without use. `known` are the tools that exist, or existed before."""
    for entry in unused:
        why = "covers no finding" if entry.tool in known else "names a tool that is not there"
        message = f"{_name(entry)} {why}; remove it"
        yield ExceptionNote("exception-unused", "info", terms.path, entry, message)


def _name(entry: ExceptionEntry) -> str:
    return f"the exception of {quoted(entry.tool)} from {entry.rule}"
