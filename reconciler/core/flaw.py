"""A problem at a place of a value."""

from typing import NamedTuple

from reconciler.core.pointer import Pointer


class Flaw(NamedTuple):
    """A problem at a place of a manifest, a schema or an example. `pointer` is relative to this value."""

    pointer: Pointer
    rule: str
    message: str
