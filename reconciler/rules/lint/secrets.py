"""Secrets, random texts and long encoded texts. No message repeats them."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from jsonschema_rs import Draft202012Validator

from reconciler.core.entropy import SHORTEST, find_random, has_long_word
from reconciler.core.masking import KEYWORDS_WITH_SAMPLES
from reconciler.core.pointer import Pointer, format_pointer
from reconciler.core.secrets import find_secrets, mask
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.probe import make_probe
from reconciler.rules.lint.remark import LintRemark

_LONG: Final = 160
_BASE64: Final = re.compile(rf"[A-Za-z0-9+/_-]{{{_LONG},}}={{0,2}}")
# The beginning of each shape of core/secrets.py, as the automaton reads it.
_BEGINNINGS: Final = (
    *("A(?:KI|SI)A[A-Z2-7]{16}", "gh[pousr]_[A-Za-z0-9]{36}", "github_pat_", "sk-[A-Za-z0-9_-]{24}"),
    *("xox[abeoprs]-[A-Za-z0-9]", "xapp-[0-9]", r"hooks\.slack\.com/services", "AIza[A-Za-z0-9_-]{35}"),
    *(r"eyJ[A-Za-z0-9_-]+\.eyJ", "PRIVATE KEY", r'://[^/" @]*:[^/" @]*@'),
)
_ICONS: Final = ("spec", "icons")


def find_exposed_secrets(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for each secret of a known shape, in any string or key."""
    if not compile_beginnings().is_valid(content.text):
        return
    for pointer, text, is_key in content.strings():
        for secret in find_secrets(text):
            where = f"a key of {_show_parent(pointer)}" if is_key else mask(format_pointer(pointer))
            article = "an" if secret.kind[0] in "AO" else "a"
            message = f"{where} holds {article} {secret.kind}; revoke it, and name a reference such as env:NAME instead"
            yield LintRemark(pointer, "secret", message, at_key=is_key)


@cache
def compile_beginnings() -> Draft202012Validator:
    """Return the validator of texts with the beginning of a secret."""
    return make_probe(*_BEGINNINGS)


def find_encoded_texts(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for each long text in base64, but for icons, and each random text among samples."""
    if not has_long_word(content.text):
        return
    is_long, is_random = has_long_word(content.text, _LONG), any(find_random(content.text))
    for pointer, text, is_key in content.strings() if is_long or is_random else ():
        if len(text) >= _LONG and pointer[:2] != _ICONS:
            yield from _check_base64(pointer, text, is_key=is_key)
        if len(text) >= SHORTEST and not is_key and not KEYWORDS_WITH_SAMPLES.isdisjoint(pointer):
            yield from _check_sample(pointer, text)


def _check_base64(pointer: Pointer, text: str, *, is_key: bool) -> Iterator[LintRemark]:
    match = _BASE64.search(text)
    if match and _is_mixed(match[0]):
        place = format_pointer(pointer)
        message = f"{place} has {len(match[0]):,} characters of base64, which nobody can review; remove them"
        yield LintRemark(pointer, "encoded-text", message, at_key=is_key)


def _check_sample(pointer: Pointer, text: str) -> Iterator[LintRemark]:
    for begin, end in find_random(mask(text)):
        message = (
            f"{format_pointer(pointer)} has {end - begin} characters that look random, as a secret does; replace it"
        )
        yield LintRemark(pointer, "random-text", message)


def _is_mixed(text: str) -> bool:
    return all(any(map(test, text)) for test in (str.isdigit, str.isupper, str.islower))


def _show_parent(pointer: Pointer) -> str:
    return mask(format_pointer(pointer[:-1]))
