"""Text from strangers is shown in quotes, on one line, and cannot steer a terminal."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.quote import quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", '""'),
        ("plain", '"plain"'),
        ("café 日本", '"café 日本"'),
        ('say "hi"', r'"say \"hi\""'),
        ("a\\b", r'"a\\b"'),
        ("two\nlines", r'"two\nlines"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
        ("\u202eevil", r'"\u202eevil"'),
        ("\u2028", r'"\u2028"'),
        ("\ud800", r'"\ud800"'),
        ("\U000e0001", r'"\udb40\udc01"'),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 57}..."'),
        ("\x00" * 1000, '"' + r"\u0000" * 9 + '..."'),
    ],
)
def test_text_is_quoted_as_json_and_shortened(text: str, shown: str) -> None:
    assert quoted(text) == shown


@settings(deadline=None)  # A slow machine is no defect.
@given(st.text(st.characters()))
def test_what_is_shown_is_printable_short_and_json(text: str) -> None:
    shown = quoted(text)

    assert shown.isprintable()
    assert len(shown) <= 62
    assert text == json.loads(shown) or shown.endswith('..."')
