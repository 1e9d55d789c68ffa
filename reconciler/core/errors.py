"""What can go wrong, in the terms of the user. `cli` turns each into an exit code and a message, in one place."""

from reconciler.core.manifest.diagnostic import Diagnostic


class ToolregError(Exception):
    """An error. The message says what was found, what was expected and what to do.

    `is_shown` says that stdout has it already, as part of a JSON document.
    """

    is_shown = False
    details: tuple[str, ...] = ()
    """Lines that stand below the message, such as the end of a log."""

    @property
    def messages(self) -> tuple[str, ...]:
        """What is wrong, one thing each; the class's own docstring unless something was given."""
        return tuple(map(str, self.args)) or ((self.__doc__ or "").strip(),)

    def __str__(self) -> str:
        """Return everything that is wrong in one line."""
        return " ".join(["; ".join(self.messages), *self.details])


class Refused(ToolregError):
    """A guard refused. The message ends with what overrides it."""


class TemporaryError(ToolregError):
    """Something that may well work when tried again: the database is away, a lock is held."""


class InvalidRegistry(ToolregError):
    """The registry has problems, all of them located."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__()
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        """Return how many there are, and the first one."""
        first = self.diagnostics[0]
        count = len(self.diagnostics)
        problems = "1 problem" if count == 1 else f"{count} problems, the first"
        return f"{problems}: {first.path}:{first.line}:{first.column}: {first.message} [{first.rule}]"
