"""What is said of a pattern that is refused is true of it."""

import pytest

from reconciler.core.schema.automaton import is_accepted
from reconciler.core.schema.pattern import describe_pattern_fault


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
        (r"\uD83D\uDE39", r"write one escape, as \u{1F639}"),
        (r"\uD83D", r"it has half of a character, \uD83D"),
        (r"\u{D800}", r"it has half of a character, \u{D800};"),
        (r"\u{110000}", "there is no character with this number"),
        ("{1}", "it has {1} with nothing before it to repeat"),
        ("a|{2,}", "it has {2,} with nothing before it to repeat"),
        (r"[\Z]", r"it has \Z inside brackets, where only characters stand"),
        (r"[a\b]", r"it has \b inside brackets; write \x08"),
        (r"\0", r"it has \0; write \x00"),
        (r"[\012]", r"it has \012; write \x0a"),
        (r"\o{12}", r"write \x0a"),
        (r"\Ga", r"it has \G, which is not of ECMA-262; remove it"),
        (r"a\Kb", r"it has \K, which is not of ECMA-262; remove it"),
        (r"\R", r"write (?:\r\n|[\n\r])"),
        (r"\N+", r"write [^\n]"),
        (r"\X", r"write [\s\S]"),
        (r"\H", r"write [^ \t]"),
        (r"\a", r"write \x07"),
        (r"(a)\g1", r"it has the back-reference \g1"),
        (r"(?<n>a)\g<n>", r"it has \g<n>, which repeats a group"),
        ("(?<n>a)(?&n)", "it has (?&n), which repeats a group"),
        ("(a)(?1)", "it has (?1), which repeats a group"),
        ("(a)(?(1)b|c)", "it has the condition (?(1)"),
        ("(?|a)", "it has the branch reset (?|"),
        ("(?a)b", "it has the flags (?a)"),
        ("(?'n'a)", "write (?<n>"),
        ("(?<1>a)", "the group (?<1> has no proper name"),
        (r"\c", r"it has \c without a letter after it"),
        (r"\C", r"it has the escape \C"),
        (r"\U41", r"it has \U without its hexadecimal digits"),
        (r"\p", r"it has \p without the name of a property"),
        (r"\k", r"it has \k without the name of a group"),
        ("(" * 3000, "its 3,000 characters are too many to say why"),
    ],
)
def test_the_fault_is_named(pattern: str, said: str) -> None:
    assert not is_accepted(pattern)
    assert said in describe_pattern_fault(pattern)


def test_what_is_shown_of_a_pattern_is_short_and_harmless() -> None:
    said = describe_pattern_fault(r"\k<" + "x\x1b[31m\u202e" * 50 + ">")

    assert len(said) < 150
    assert said.isprintable()
