"""Makes untrusted text printable for the formats of CI systems."""

from reconciler.core.quote import quoted

WHOLE_PATH = 8192
_LONGEST_MESSAGE = 4000


def printable(text: str, limit: int = _LONGEST_MESSAGE) -> str:
    """Return the text on one line, with unprintable characters escaped, shortened. Markup is left to the format."""
    return quoted(text, limit)[1:-1].replace('\\"', '"').replace("\\\\", "\\")
