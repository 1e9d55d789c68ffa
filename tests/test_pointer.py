"""A pointer is shown the way people write a path."""

import pytest

from reconciler.core.pointer import Pointer, format_pointer


@pytest.mark.parametrize(
    ("pointer", "shown"),
    [
        ((), "the document"),
        (("spec",), "spec"),
        (("spec", "inputSchema", "properties", "amount", "minimum"), "spec.inputSchema.properties.amount.minimum"),
        (("spec", "errors", 2, "code"), "spec.errors[2].code"),
        ((0, "a"), "[0].a"),
        (("spec", "labels", "a b"), 'spec.labels["a b"]'),
        (("a", "$ref"), "a.$ref"),
        (("a", "x-references"), "a.x-references"),
        (("a", ""), 'a[""]'),
        (("a", "2"), 'a["2"]'),
        (("a", "b.c"), 'a["b.c"]'),
        (("a", "b\n"), r'a["b\n"]'),
        (("a", "\x1b]0;"), r'a["\u001b]0;"]'),
        (("a", "k" * 80), f'a["{"k" * 57}..."]'),
        (("été",), '["été"]'),
    ],
)
def test_a_pointer_reads_as_a_path_with_odd_keys_quoted(pointer: Pointer, shown: str) -> None:
    assert format_pointer(pointer) == shown
