"""A finding of doctor: what was looked at, how it is, and what to do about it."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it, which is empty where that is said already or all is well.

    An error that `is_temporary` may be gone when it is tried again.
    """

    check: str
    level: Level
    found: str
    advice: str = ""
    is_temporary: bool = False
