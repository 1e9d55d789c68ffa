"""A finding of doctor: the check, the result, and advice."""

from dataclasses import dataclass
from enum import Enum


class FindingLevel(Enum):
    """The severity of a finding."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, and advice, which is empty if all is well or `found` already contains the advice.

    An error that `is_temporary` may be gone at the next try.
    """

    check: str
    level: FindingLevel
    found: str
    advice: str = ""
    is_temporary: bool = False
