"""Numbers and nulls as spelled in a file: `0042` is read as 42, `1.10` as 1.1, `~` as null."""

from collections.abc import Callable
from typing import NamedTuple

from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Pointer


class Spelling(NamedTuple):
    """A number or null, and its text in the file."""

    value: float | None
    text: str

    def __str__(self) -> str:
        return f"{self.text}, which is read as {to_json_text(self.value)}" if self._is_other else self.text

    @property
    def subject(self) -> str:
        """The value as the subject of a sentence, which goes on behind a comma."""
        return f"{self}," if self._is_other else self.text

    @property
    def _is_other(self) -> bool:
        return self.value is not None and self.text != to_json_text(self.value)


Spell = Callable[[Pointer], Spelling | None]
"""Returns the spelling of the number or null at a place, None for any other value."""


def spell_nothing(_: Pointer) -> None:
    """Return no spelling: the value comes from no file."""
