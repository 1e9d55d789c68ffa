"""What is said of a pattern that is refused is true of it."""

import pytest

from reconciler.core.automaton import is_accepted
from reconciler.core.pattern import fault


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"^[\w-.]+$", r"it has \w- inside brackets"),
        (r"^[a-\d]+$", r"it has a-\d inside brackets"),
        (r"^{[a-z]+}$", r"it has a { that begins no repetition; write \{"),
        (r"^a{1,2$", r"it has a { that begins no repetition; write \{"),
        (r"^[a-z]+\Z", "it has \\Z, which is Python's; write $"),
        (r"^\d{,3}$", "it has {,3}, which is no repetition; write {0,3}"),
        (r"^[^]+$", r"it has [^], which only some engines read; write [\s\S]"),
        ("[]", "it has [], which matches nothing"),
        (r"^(?!x)a(?<=b)$", "it has the look-around (?!"),
        (r"(?<n>a)\k<n>", r"it has the back-reference \k<n>"),
        (r"(a)\1", r"it has the back-reference \1"),
        ("(?>a)", "it has the atomic group (?>"),
        (r"\uD83D\uDE00", r"it has a pair of surrogates, \uD83D\uDE00; write one escape, as \u{1F600}"),
        (r"\x4", "without its hexadecimal digits"),
        (r"\p{Nonsense}", r"it has \p{Nonsense}, which names no property of Unicode"),
        (r"\Q", r"it has the escape \Q"),
        ("(?#why)a", "it has the comment (?#why)"),
        ("(?P<n>a)(?P<n>b)", "two groups are called n"),
        ("a{2,1}", "the repetition {2,1} ends before it begins"),
        ("[z-a]", "the range z-a ends before it begins"),
        ("*a", "it has a * with nothing before it"),
        ("(a", "it has a ( without its )"),
        ("a)", "it has a ) without its ("),
        ("[a", "it has a [ without its ]"),
        ("a\\", "it ends with a backslash"),
        (r"^(\p{L}{1000}){1000}$", "its repetitions are too large"),
        (r"^[\w-.]+\Z", r"which is Python's; write $; it has \w- inside brackets"),
        ("(" * 3000, "its 3,000 characters are too many to say why"),
    ],
)
def test_the_fault_is_named(pattern: str, said: str) -> None:
    assert not is_accepted(pattern)
    assert said in fault(pattern)


def test_what_is_shown_of_a_pattern_is_short_and_harmless() -> None:
    said = fault(r"\k<" + "x\x1b[31m\u202e" * 50 + ">")

    assert len(said) < 150
    assert said.isprintable()
