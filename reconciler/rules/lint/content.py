"""The content of one file, as rules of lint read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from reconciler.core.manifest.contract import Kind
from reconciler.core.pointer import Json, Pointer

_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz0123456789"
# Letters in lower case, and a blank for anything else but the bytes of other alphabets.
_TO_WORDS: Final = bytes(
    code if code in _LETTERS or code > ord("\x7f") else code + 32 if chr(code).isupper() else ord(" ")
    for code in range(256)
)


class Text(NamedTuple):
    """A string of a manifest, a value or a key."""

    pointer: Pointer
    text: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class ManifestContent:
    """A manifest, valid or not. `length` is the length of its file in bytes.

    `metadata` and `spec` are empty unless mappings.

    `text` is for a quick search before a slow one: the JSON text with a blank for each escaped line end or tab.
    """

    kind: Kind
    value: dict[str, Json]
    metadata: dict[str, Any]
    spec: dict[str, Any]
    text: str
    length: int

    @classmethod
    def of(cls, kind: Kind, value: dict[str, Json], text: str, length: int) -> "ManifestContent":
        """Return the content of a manifest with this JSON text."""
        plain = text.replace("\\n", " ").replace("\\t", " ").replace("\\r", " ") if "\\" in text else text
        return cls(kind, value, _as_mapping(value.get("metadata")), _as_mapping(value.get("spec")), plain, length)

    @property
    def is_callable(self) -> bool:
        """Whether models call resources of this kind: the kind has schemas of arguments."""
        return bool(self.kind.schemas)

    def strings(self) -> Iterator[Text]:
        """Yield every key and string with its pointer. Slow."""
        pending: list[tuple[Pointer, Json]] = [((), self.value)]
        while pending:
            pointer, part = pending.pop()
            if isinstance(part, str):
                yield Text(pointer, part, is_key=False)
            elif isinstance(part, dict):
                for key, item in part.items():
                    yield Text((*pointer, key), key, is_key=True)
                    pending.append(((*pointer, key), item))
            elif isinstance(part, list):
                pending += [((*pointer, index), item) for index, item in enumerate(part)]


def split_words(text: str) -> list[bytes]:
    """Return the runs of letters and digits in a text, in lower case, as UTF-8. Fast."""
    return text.encode().translate(_TO_WORDS).split()


def _as_mapping(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
