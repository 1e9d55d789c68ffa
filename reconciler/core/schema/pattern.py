r"""Explains the refusal of an untrusted regular expression, with a remedy. Pure.

Patterns run on an automaton of linear time (the Rust crate `regex`); JSON Schema means ECMA-262. The library refuses a
pattern without naming the construct, hence the search in this module. A construct with a remedy is blamed only if the
pattern is accepted with the remedy applied.
"""

import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

from reconciler.core.quote import quoted
from reconciler.core.schema.automaton import is_accepted
from reconciler.core.schema.pattern_faults import FAULTS

_LONGEST_EXPLAINED: Final = 2_000
# In bytes. Compiling takes 1 ms for this size.
_SMALL: Final = 200_000


_REPETITION: Final = re.compile(r"(?<!\\[xu])\{[0-9]+(,[0-9]*)?\}")


def describe_pattern_fault(pattern: str) -> str:
    """Describe the fault of a refused pattern, with a remedy."""
    if is_accepted(pattern):
        return "the patterns of this schema are too large together; use fewer, or smaller repetitions"
    if len(pattern) > _LONGEST_EXPLAINED:
        return f"it is refused; its {len(pattern):,} characters are too many to say why: use several shorter ones"
    return (
        next(_find_faults(pattern), None) or _describe_unbalanced(pattern) or "it is no regular expression; correct it"
    )


def _find_faults(pattern: str) -> Iterator[str]:
    yield from _check_ranges_and_names(pattern)
    if match := re.search(r"(?:^|[^\\][(|]|^[(|])(\{[0-9]+(?:,[0-9]*)?\})", pattern):
        yield f"it has {_quote_part(match[1])} with nothing before it to repeat; write \\{{ for the character"
    if _is_well_formed(pattern):
        yield "its repetitions are too large; use smaller ones, or maxLength"
    for construct, instead, message in FAULTS:
        match = construct.search(pattern)
        if match is None:
            continue
        if instead is None or _is_well_formed(construct.sub(instead, pattern)):
            yield _format_fault(message, match, instead)
    yield from _combine_faults(pattern)
    yield from _find_unknown_escapes(pattern)


def _is_well_formed(pattern: str) -> bool:
    """Whether a pattern is accepted without its repetitions, for fast compilation."""
    return is_accepted(_REPETITION.sub("", pattern), _SMALL)


def _format_fault(message: str, match: re.Match[str], instead: str | Callable[[re.Match[str]], str] | None) -> str:
    remedy = instead(match) if callable(instead) else ""
    return message.format(*(_quote_part(group) for group in match.groups() if group is not None), remedy=remedy)


def _quote_part(text: str) -> str:
    """Return a part of a pattern on one line, safe for a terminal."""
    return quoted(text, 40)[1:-1].replace("\\\\", "\\")


def _check_ranges_and_names(pattern: str) -> Iterator[str]:
    for match in re.finditer(r"\{([0-9]+),([0-9]+)\}", pattern):
        if int(match[1][:9]) > int(match[2][:9]):
            yield f"the repetition {_quote_part(match[0])} ends before it begins; exchange the numbers"
    names = re.findall(r"\(\?P?<(\w+)>", pattern)
    yield from (f"two groups are called {_quote_part(name)}; rename one" for name in names if names.count(name) > 1)


def _combine_faults(pattern: str) -> Iterator[str]:
    """Yield one message for all faults of a pattern, if their remedies together make the pattern well-formed."""
    mended, messages = pattern, []
    for construct, instead, message in FAULTS:
        match = construct.search(mended)
        if match and instead is not None:
            mended = construct.sub(instead, mended)
            messages.append(_format_fault(message, match, instead))
    if len(messages) > 1 and _is_well_formed(mended):
        yield "; ".join(messages)


def _find_unknown_escapes(pattern: str) -> Iterator[str]:
    for match in re.finditer(r"\\(.)", pattern, re.DOTALL):
        if match[1].isalnum() and match[1] not in "xuUpPkc" and not is_accepted(match[0]):
            yield f"it has the escape {_quote_part(match[0])}, which is not of ECMA-262; write the character itself"
            return


def _describe_unbalanced(pattern: str) -> str | None:
    """Describe the misplaced bracket, parenthesis or repetition of a pattern."""
    plain = re.sub(r"\\.", "", pattern, flags=re.DOTALL)
    if plain.endswith("\\"):
        return "it ends with a backslash; write two for the character"
    # The first ] of a class is a literal.
    outside = re.sub(r"\[\^?\]?[^\]]*\]", "", plain)
    if "[" in outside:
        return "it has a [ without its ]; write \\[ for the character"
    opened = list(accumulate((character == "(") - (character == ")") for character in outside))
    if min(opened, default=0) < 0:
        return "it has a ) without its (; write \\) for the character"
    if opened and opened[-1]:
        return "it has a ( without its ); write \\( for the character"
    return _describe_misplaced(pattern)


def _describe_misplaced(pattern: str) -> str | None:
    if match := re.search(r"(?:^|[(|])([*+?])", pattern.replace("(?", "(")):
        return f"it has a {match[1]} with nothing before it to repeat; write \\{match[1]} for the character"
    for match in re.finditer(r"([^\\\[])-([^\]\\])", pattern):
        if match[1] > match[2] and not is_accepted(f"[{re.escape(match[1])}-{re.escape(match[2])}]"):
            return (
                f"the range {_quote_part(match[0])} ends before it begins; "
                "exchange its ends, or write \\- for the character"
            )
    return None
