"""A resource: its name, its manifest and its references."""

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


class Range(NamedTuple):
    """The versions of a target that a resource can work with, as written, and its place in the manifest."""

    pointer: Pointer
    text: str


class Reference(NamedTuple):
    """A reference to another resource, with its place in the manifest. `range` is None if any version fits."""

    pointer: Pointer
    target: Ref
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """One resource as declared in a file or stored in the database.

    Compares by content, not by location. `digest` is the SHA-256 of the JSON text, in hexadecimal. `text` is None for a
    row read by its digest alone. `id` is the identity assigned by the database, None for a file.
    """

    ref: Ref
    digest: str
    text: str | None = field(default=None, compare=False, repr=False)
    path: str | None = field(default=None, compare=False)
    blob: str | None = field(default=None, compare=False)
    moved_from: str | None = field(default=None, compare=False)
    references: tuple[Reference, ...] = field(default=(), compare=False, repr=False)
    id: str | None = field(default=None, compare=False)

    def __reduce__(self) -> tuple[type["Manifest"], tuple[object, ...]]:
        # Readers send thousands to the first process; a dataclass with slots lists its fields for each.
        facts = (self.ref, self.digest, self.text, self.path, self.blob, self.moved_from, self.references, self.id)
        return Manifest, facts

    @property
    def value(self) -> dict[str, Any]:
        """The manifest as plain data. Raises ValueError if the text was not read."""
        if self.text is None:
            message = f"the text of {self.ref} was not read"
            raise ValueError(message)
        value: dict[str, Any] = json.loads(self.text)
        return value

    @property
    def former(self) -> Ref | None:
        """The resource's name before its rename, from `metadata.movedFrom`; None if absent."""
        return Ref(self.ref.kind, self.moved_from) if self.moved_from else None


State = Mapping[Ref, Manifest]


def find_former(manifest: Manifest, known: Manifest | None) -> Ref | None:
    """Return the former name of a resource renamed since `known`, the earlier resource of its present name.

    An older mark of a rename says nothing about the resource that has the name now.
    """
    is_news = known is None or known.moved_from != manifest.moved_from
    return manifest.former if is_news else None


def digest_of(text: str) -> str:
    """Return the digest of a text, equal to `registry.digest` in the database."""
    return hashlib.sha256(text.encode()).hexdigest()
