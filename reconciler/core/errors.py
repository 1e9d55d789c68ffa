"""Errors in the terms of the user. `cli` turns them into exit codes and messages, in one place."""

from reconciler.core.manifest.diagnostic import Diagnostic


class ToolregError(Exception):
    """An error for the user. The message states the actual value, the expected value and the remedy.

    `is_shown`: stdout already contains the error, as part of a JSON document.
    """

    is_shown = False
    details: tuple[str, ...] = ()
    """Lines below the message, such as the end of a log."""

    @property
    def messages(self) -> tuple[str, ...]:
        """The messages of the error; the docstring of its class if raised without arguments."""
        return tuple(map(str, self.args)) or ((self.__doc__ or "").strip(),)

    def __str__(self) -> str:
        """Return all messages and details in one line."""
        return " ".join(["; ".join(self.messages), *self.details])


class Refused(ToolregError):
    """A guard refused. The message ends with the override."""


class TemporaryError(ToolregError):
    """A failure that a retry may avoid: the database is unreachable, a lock is held."""


class InvalidRegistry(ToolregError):
    """The registry has problems, each with its location."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__()
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        """Return the number of problems, and the first problem."""
        first = self.diagnostics[0]
        count = len(self.diagnostics)
        problems = "1 problem" if count == 1 else f"{count} problems, the first"
        return f"{problems}: {first.path}:{first.line}:{first.column}: {first.message} [{first.rule}]"
