"""Rules of a registry's own: JSON Schemas in `policy/<kind>/`, whose `title` is the rule and `description` the message.

A policy schema is untrusted: it is compiled within bounds, its patterns take linear time, and no `$ref` leaves it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.json_text import parse_json_text, to_json_text
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import Entry
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.quote import quoted
from reconciler.core.schema import untrusted
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.remark import LintRemark

_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_ID: Final = 63
_LONGEST_MESSAGE: Final = 1_000
_MOST: Final = 100
RULE: Final = "policy-schema"


class OwnRule(NamedTuple):
    """A rule of the registry: its id, the kind of its manifests, its message, and its schema as JSON text."""

    id: str
    kind: str
    message: str
    schema: str


def check_policies(content: ManifestContent, rules: Sequence[OwnRule]) -> Iterator[LintRemark]:
    """Yield a remark for each place of a manifest that a rule of the registry rejects."""
    left = untrusted.MOST_STEPS
    for rule in rules:
        if rule.kind != content.kind.name:
            continue
        compiled = _compile(rule.schema)
        # A short schema and a short file together take as long as a short file with its own schema.
        if not compiled.is_simple(content.length + len(rule.schema)):
            left -= compiled.count_steps(content.value, left)
        if left < 0:
            message = (
                f"checking this file against the rules of the registry, {rule.id} among them, could take more than"
                f" {untrusted.MOST_STEPS:,} steps; shorten the file, or simplify the rules"
            )
            yield LintRemark((), "too-complex", message)
            return
        for pointer in dict.fromkeys(pointer for pointer, _ in compiled.explain_rejections(content.value)):
            place = f"{format_pointer(pointer)}: " if pointer else ""
            yield LintRemark(pointer, rule.id, f"{place}{quoted(rule.message, _LONGEST_MESSAGE)[1:-1]}")


def read_policies(
    files: Sequence[tuple[Entry, bytes]], contract: Contract
) -> tuple[tuple[OwnRule, ...], list[Diagnostic]]:
    """Return the valid rules in the files of `policy/`, and the problems of the others."""
    rules: dict[tuple[str, str], OwnRule] = {}
    problems: list[Diagnostic] = []
    kinds = {kind.name.lower(): kind.name for kind in contract.kinds.values()}
    for entry, data in files[:_MOST]:
        kind = kinds[entry.inside.split("/")[1]]
        rule = _read_rule(entry, data, kind, rules)
        if isinstance(rule, OwnRule):
            rules[rule.kind, rule.id] = rule
        else:
            problems += rule
    for entry, _ in files[_MOST:]:
        message = f"there are {len(files)} rules; the most that a registry may have is {_MOST}"
        problems.append(Diagnostic(entry.path, 1, 1, RULE, message))
    return tuple(rules.values()), problems


def _read_rule(
    entry: Entry, data: bytes, kind: str, known: Mapping[tuple[str, str], OwnRule]
) -> OwnRule | list[Diagnostic]:
    document = parse_yaml(data)
    if not isinstance(document, Document):
        return [Diagnostic(entry.path, *problem) for problem in document]
    schema = document.value
    if not isinstance(schema, dict):
        return [Diagnostic(entry.path, *document.find_position(()), RULE, "this is no JSON Schema; write a mapping")]
    flaws = [*_check_words(schema, kind, known)]
    compiled = untrusted.compile_schema(schema, document.find_spelling)
    if isinstance(compiled, list):
        flaws += [(flaw.pointer, flaw.message) for flaw in compiled]
    if flaws:
        return [Diagnostic(entry.path, *document.find_position(pointer), RULE, message) for pointer, message in flaws]
    return OwnRule(str(schema["title"]), kind, str(schema["description"]).strip(), to_json_text(schema))


def _check_words(
    schema: dict[str, Json], kind: str, known: Mapping[tuple[str, str], OwnRule]
) -> Iterator[tuple[Pointer, str]]:
    """Yield the problems of the title and the description of a rule."""
    title, message = schema.get("title"), schema.get("description")
    if not isinstance(title, str) or len(title) > _LONGEST_ID or not _ID.fullmatch(title):
        shown = f"title is {quoted(title)}" if isinstance(title, str) else "the schema has no title"
        yield ("title",), f"{shown}; expected the id of the rule, such as owner-is-known: letters a to z, digits and -"
    elif title in CATALOGUE:
        yield ("title",), f"title is {quoted(title)}, which is a rule of toolreg; choose another id"
    elif (kind, title) in known:
        yield ("title",), f"title is {quoted(title)}, which is the id of another rule for this kind; choose another id"
    if not isinstance(message, str) or not message.strip() or len(message) > _LONGEST_MESSAGE:
        yield (
            ("description",),
            f"description is the message of the rule; expected a text of 1 to {_LONGEST_MESSAGE:,} characters",
        )


@lru_cache(maxsize=_MOST)
def _compile(text: str) -> untrusted.Compiled:
    """Compile a schema that compiled before. Each process does so once."""
    schema = parse_json_text(text)
    compiled = untrusted.compile_schema(schema) if isinstance(schema, dict) else []
    if isinstance(compiled, list):
        raise TypeError(text)
    return compiled
