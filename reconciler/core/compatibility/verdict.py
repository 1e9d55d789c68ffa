"""The verdict on a pair of schemas."""

from enum import Enum
from typing import NamedTuple

from reconciler.core.pointer import Json


class Compatibility(Enum):
    """Whether the receiver accepts every value of the sender."""

    COMPATIBLE = "compatible"
    BREAK = "break"
    UNKNOWN = "unknown"


class Witness(NamedTuple):
    """A value of the sender, rejected by the receiver."""

    value: Json


class Verdict(NamedTuple):
    """The compatibility of a pair; a witness of a break, and the reason of an unknown."""

    compatibility: Compatibility
    witness: Witness | None = None
    reason: str = ""
