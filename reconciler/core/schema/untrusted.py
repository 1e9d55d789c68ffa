"""Compiles untrusted JSON Schemas within bounds, without network, files or back-tracking."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, NoReturn

from jsonschema_rs import ValidationError

from reconciler.core.flaw import Flaw
from reconciler.core.pointer import Json, Pointer
from reconciler.core.quote import quoted
from reconciler.core.schema import complexity
from reconciler.core.schema.automaton import MOST_BYTES, MOST_BYTES_OF_ALL, make_options
from reconciler.core.schema.dialect import DEFAULT, DIALECTS, Dialect, Validator, find_dialect, read_dialect
from reconciler.core.schema.parts import (
    KEYWORDS_WITH_NAMES,
    KEYWORDS_WITH_VALUES,
    REFERENCES,
    VALUE,
    describe,
    get_part,
)
from reconciler.core.spelling import Spell, spell_nothing

MOST_STEPS: Final = 500_000
"""The maximum number of steps of checking the examples of one manifest, as counted by `complexity`."""

# In bytes. Most manifests are shorter.
_SHORT: Final = 4_000
_MOST_REJECTIONS: Final = 20
# The library creates every error before the first can be read, at 2 kB a step. Above this number of steps, only the
# first error is requested.
_MOST_STEPS_FOR_ALL: Final = 20_000

_WORDS_OUT: Final = frozenset({*REFERENCES, "$schema"})
_WORDS_AGAIN: Final = complexity.UNEVALUATED.union(REFERENCES)
_WORDS: Final = _WORDS_OUT | _WORDS_AGAIN | {"pattern", "patternProperties"}
# Even the shortest pattern takes 12 us and 4 kB.
_MOST_PATTERNS: Final = 5_000

_DIALECTS: Final = (
    ", ".join(f"{dialect.name} ({dialect.uri})" for dialect in DIALECTS if dialect is not DEFAULT)
    + f" or {DEFAULT.name} ({DEFAULT.uri}), which is meant where there is no $schema"
)


def refuse_uri(uri: str) -> NoReturn:
    """Refuse to retrieve a schema. Raises ValueError."""
    message = f"{uri} is not read"
    raise ValueError(message)


class Compiled(NamedTuple):
    """A compiled, untrusted JSON Schema."""

    validator: Validator
    schema: dict[str, Any]
    survey: "_Survey"

    def is_simple(self, length: int) -> bool:
        """Whether checking any value from a file of `length` bytes is quick, without counting steps."""
        # At most a fourth of the square of the length, in comparisons: some hundredths of a second.
        is_short = length <= _SHORT and self.survey.states * length <= MOST_STEPS
        return is_short and not self.survey.may_repeat

    def count_steps(self, instance: Json, most: int) -> int:
        """Return an upper bound of the steps of checking a value. Counting stops above `most`."""
        return complexity.count_steps(self.schema, instance, most)

    def explain_rejections(self, instance: Json, spell: Spell = spell_nothing) -> Iterator[tuple[Pointer, str]]:
        """Yield the reasons for rejecting a value, with pointers relative to the value; none for a valid value."""
        if self.validator.is_valid(instance):
            return
        if self.count_steps(instance, _MOST_STEPS_FOR_ALL) > _MOST_STEPS_FOR_ALL:
            errors = _find_first_error(self.validator, instance)
        else:
            errors = islice(self.validator.iter_errors(instance), _MOST_REJECTIONS)
        for error in errors:
            pointer = tuple(error.instance_path)
            yield pointer, describe(error, get_part(instance, pointer), spell(pointer))


def compile_schema(schema: dict[str, Any], spell: Spell = spell_nothing) -> Compiled | list[Flaw]:
    """Compile a schema by the rules of its dialect, or return its problems, with pointers relative to the schema."""
    dialect = read_dialect(schema)
    survey = _Survey.of(schema)
    if survey.patterns > _MOST_PATTERNS:
        message = f"there are {survey.patterns:,} patterns; the most that one schema may have is {_MOST_PATTERNS:,}"
        return [Flaw((), "too-complex", f"{message}: use fewer")]
    if survey.may_leave and (leaving := list(_find_departures(schema, dialect))):
        from reconciler.core.schema.ill_formed import find_schema_problems  # noqa: PLC0415  As below.

        return [*leaving, *find_schema_problems(schema, dialect, spell)]
    patterns = make_options(min(MOST_BYTES_OF_ALL // max(survey.patterns, 1), MOST_BYTES))
    try:
        validator = dialect.validator(
            _normalize_dialect(schema, dialect),
            # An annotation by default since 2019-09, and optional in draft-07 (validation, 7.2): off in all dialects.
            validate_formats=False,
            retriever=refuse_uri,
            pattern_options=patterns,
            mask=VALUE,
        )
    except ValidationError as error:
        # Few schemas are ill-formed, and importing the explanations is slow.
        from reconciler.core.schema.ill_formed import find_schema_problems, make_compiling_problem  # noqa: PLC0415

        return find_schema_problems(schema, dialect, spell) or [make_compiling_problem(schema, error, spell)]
    except Exception as error:  # noqa: BLE001  The library documents no closed list of its exceptions.
        return [Flaw((), "json-schema", f"this is not a JSON Schema that can be used: {quoted(str(error))}")]
    return Compiled(validator, schema, survey)


def _normalize_dialect(schema: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return the schema with the URI of its dialect that the library resolves without the network."""
    return {**schema, "$schema": dialect.uri} if schema.get("$schema", dialect.uri) != dialect.uri else schema


def _find_first_error(validator: Validator, instance: Json) -> Iterator[ValidationError]:
    try:
        validator.validate(instance)
    except ValidationError as error:
        yield error


class _Survey(NamedTuple):
    """The number of patterns of a schema, their states, and the presence of some keywords, read in one pass."""

    patterns: int
    states: int
    may_repeat: bool
    may_leave: bool

    @classmethod
    def of(cls, schema: dict[str, Any]) -> "_Survey":
        words: set[str] = set()
        patterns: list[str] = []
        pending: list[Json] = [schema]
        while pending:
            part = pending.pop()
            if isinstance(part, dict):
                if not _WORDS.isdisjoint(part):
                    words |= _WORDS.intersection(part)
                    patterns += _list_patterns(part)
                pending += part.values()
            elif isinstance(part, list):
                pending += part
        states = sum(map(complexity.estimate_weight, patterns))
        return cls(len(patterns), states, not words.isdisjoint(_WORDS_AGAIN), not words.isdisjoint(_WORDS_OUT))


def _list_patterns(part: dict[str, Json]) -> list[str]:
    pattern, properties = part.get("pattern"), part.get("patternProperties")
    return [*([pattern] if isinstance(pattern, str) else ()), *(properties if isinstance(properties, dict) else ())]


def _find_departures(schema: dict[str, Any], dialect: Dialect) -> Iterator[Flaw]:
    """Yield each reference out of the document and each other dialect, at all possible places of a schema."""
    pending: list[tuple[Pointer, Json]] = [((), schema)]
    while pending:
        at, part = pending.pop()
        if isinstance(part, list):
            pending += [((*at, index), item) for index, item in enumerate(part)]
        elif isinstance(part, dict):
            yield from _check_part(at, part, dialect)
            for keyword, value in part.items():
                if keyword in KEYWORDS_WITH_NAMES and isinstance(value, dict):
                    pending += [((*at, keyword, name), item) for name, item in value.items()]
                elif keyword not in KEYWORDS_WITH_VALUES:
                    pending.append(((*at, keyword), value))


def _check_part(at: Pointer, part: dict[str, Json], dialect: Dialect) -> Iterator[Flaw]:
    for keyword in REFERENCES:
        target = part.get(keyword)
        if isinstance(target, str) and not target.startswith("#"):
            message = f"{keyword} {quoted(target)} leaves this document; copy what it names into {dialect.definitions}"
            yield Flaw((*at, keyword), "remote-ref", message)
    uri = part.get("$schema")
    if isinstance(uri, str) and find_dialect(uri) is None:
        message = f"the dialect {quoted(uri)} is not supported; expected {_DIALECTS}"
        yield Flaw((*at, "$schema"), "schema-dialect", message)
    elif isinstance(uri, str) and find_dialect(uri) != dialect:
        # Forbidden in a part of a document (2020-12, core, 8.1.1; draft-07, core, 7); validators read it differently.
        message = f"the dialect {quoted(uri)} differs from that of the schema around it, which is {dialect.name}"
        yield Flaw((*at, "$schema"), "schema-dialect", f"{message}; name one dialect, at the root")
