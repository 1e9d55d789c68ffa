"""The results of linting one file, as sent between processes."""

from typing import NamedTuple

from reconciler.core.manifest.diagnostic import Diagnostic


class ToolFacts(NamedTuple):
    """The facts about a tool that rules between files compare.

    `called` is the name by which agents call the tool, from spec.toolName if `is_tool_name`. `words` is the description
    in lower case, words only. `mentions` are the words of the description that may be names of tools, in lower case.
    """

    path: str
    name: str
    service: str
    called: str
    is_tool_name: bool
    words: str
    mentions: tuple[str, ...]


class Ignore(NamedTuple):
    """An entry of metadata.lint, with its number from 0.

    `may_be_useless` is false in an invalid file, of which not every rule is asked.
    """

    path: str
    number: int
    rule: str
    may_be_useless: bool = True


class Inspected(NamedTuple):
    """The findings in one file, before entries of metadata.lint count."""

    findings: tuple[Diagnostic, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    facts: ToolFacts | None = None
