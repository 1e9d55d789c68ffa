"""A finding in a manifest, without its line."""

from typing import NamedTuple

from reconciler.core.pointer import Pointer


class LintRemark(NamedTuple):
    """A finding at a value of a manifest, or at its key."""

    pointer: Pointer
    rule: str
    message: str
    at_key: bool = False
