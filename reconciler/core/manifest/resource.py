"""A resource: its name, its manifest, and what it names in turn."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.core.pointer import Pointer


class Ref(NamedTuple):
    """The identity of a resource in a registry: its kind and its name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Reference(NamedTuple):
    """A place in a manifest that names another resource."""

    pointer: Pointer
    target: Ref


@dataclass(frozen=True, slots=True)
class Manifest:
    """One resource as a file declares it or as the database holds it.

    Compares by content, not by where it stands. `digest` is the SHA-256 of the JSON text, in hexadecimal. `text` is
    None for a row whose digest was enough to know. `id` is the identity that the database gave it, None for a file.
    """

    ref: Ref
    digest: str
    text: str | None = field(default=None, compare=False, repr=False)
    path: str | None = field(default=None, compare=False)
    blob: str | None = field(default=None, compare=False)
    moved_from: str | None = field(default=None, compare=False)
    references: tuple[Reference, ...] = field(default=(), compare=False, repr=False)
    id: str | None = field(default=None, compare=False)

    @property
    def value(self) -> dict[str, Any]:
        """The manifest as plain data. Raises ValueError where the text was not asked for."""
        if self.text is None:
            message = f"the text of {self.ref} was not read"
            raise ValueError(message)
        value: dict[str, Any] = json.loads(self.text)
        return value

    @property
    def former(self) -> Ref | None:
        """The resource that this one was, if it says that it was renamed."""
        return Ref(self.ref.kind, self.moved_from) if self.moved_from else None


State = Mapping[Ref, Manifest]


def digest_of(text: str) -> str:
    """Return what `registry.digest` computes for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()
