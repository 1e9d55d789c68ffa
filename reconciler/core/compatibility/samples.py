"""Values near the borders of a schema: candidates for a witness. A validator decides about each."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from reconciler.core.compatibility.distinct import make_distinct_scalars
from reconciler.core.compatibility.hints import (
    COUNTS,
    LENGTHS,
    NUMBER_BOUNDS,
    Hints,
    is_number,
    list_literals,
)
from reconciler.core.compatibility.keywords import ABOUT_OTHERS, Part, get_mapping, may_match, select_texts
from reconciler.core.compatibility.references import resolve_reference
from reconciler.core.compatibility.scalars import sample_numbers, sample_strings
from reconciler.core.compatibility.strings import make_matching
from reconciler.core.pointer import Json

_DEEPEST: Final = 6
_MOST_OF_A_PLACE: Final = 320
_FEWEST_OF_A_PLACE: Final = 24
_MOST_ITEMS: Final = 200
_LONGEST_LIST: Final = 10_000
_DEEP: Final = 5
_COMBINATIONS: Final = 300
_MOST_VIEWS: Final = 16
_MOST_NAMES: Final = 60
_ODD_NAMES: Final = ("A b", "0", "", "\u00e9")
_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")


def make_candidates(schema: Json, *others: Json) -> Iterator[Json]:
    """Yield values probably admitted by a schema, simple values first. The others add values near their borders."""
    return _Sampler(schema, [schema, *others]).sample([schema], 0, most=4_000)


class _Sampler:
    def __init__(self, root: Json, schemas: Sequence[Json]) -> None:
        self._root = root
        self._hints = Hints(schemas)
        # Values listed in some schemas only.
        lists = [Hints([schema]).values for schema in schemas]
        counts = Counter(key for values in lists for key in {*map(_make_key, values)})
        self._contested = {key for key, count in counts.items() if count < len(lists)}
        self._known: dict[tuple[frozenset[int], int, int], list[Json]] = {}

    def sample(self, schemas: Sequence[Json], depth: int, *, most: int | None = None) -> Iterator[Json]:
        """Yield values for a place to which all these schemas apply, each once."""
        if any(schema is False for schema in schemas) or depth > _DEEPEST:
            return
        if depth > 0:
            yield from self._recall(schemas, depth, most or max(_MOST_OF_A_PLACE >> depth, _FEWEST_OF_A_PLACE))
            return
        yield from self._sample_distinct(schemas, depth, most or _MOST_OF_A_PLACE)

    def _recall(self, schemas: Sequence[Json], depth: int, most: int) -> Sequence[Json]:
        key = (frozenset(map(id, schemas)), depth, most)
        if key not in self._known:
            # A place inside itself has no values of its own yet.
            self._known[key] = []
            self._known[key] = [*self._sample_distinct(schemas, depth, most)]
        return self._known[key]

    def _sample_distinct(self, schemas: Sequence[Json], depth: int, most: int) -> Iterator[Json]:
        seen: set[str] = set()
        for value in islice(self._sample_all(schemas, depth), 4 * most):
            key = _make_key(value)
            if key not in seen:
                seen.add(key)
                yield value
                if len(seen) >= most:
                    return

    def _sample_all(self, schemas: Sequence[Json], depth: int) -> Iterator[Json]:
        views = self._list_views(schemas)
        literals = [value for view in views for part in view for value in list_literals(part)]
        yield from sorted(literals, key=lambda value: _make_key(value) not in self._contested)
        iterators = [self._sample_view(view, depth) for view in views]
        # A few of each branch first.
        while iterators:
            for iterator in [*iterators]:
                taken = [*islice(iterator, 8)]
                if not taken:
                    iterators.remove(iterator)
                yield from taken

    def _list_views(self, schemas: Sequence[Json]) -> list[list[Part]]:
        """Return the certain schemas with each branch in turn; the first view has no branch."""
        try:
            certain, branches = self._split(schemas)
            views = [certain]
            for branch in islice(branches, _MOST_VIEWS):
                inner, further = self._split([branch])
                views.append([*inner, *certain])
                views += [[*self._split([deeper])[0], *inner, *certain] for deeper in further[:4]]
        except LookupError:
            return [[part for part in schemas if isinstance(part, dict)]]
        return views[:1] + views[1 : 2 * _MOST_VIEWS]

    def _split(self, schemas: Sequence[Json]) -> tuple[list[Part], list[Json]]:
        certain: list[Part] = []
        branches: list[Json] = []
        stack = [*schemas]
        seen: set[int] = set()
        while stack:
            part: Any = stack.pop(0)
            if not isinstance(part, dict) or id(part) in seen:
                continue
            seen.add(id(part))
            certain.append(part)
            references = (part.get(key) for key in ("$ref", "$dynamicRef", "$recursiveRef"))
            stack += [
                resolve_reference(self._root, reference) for reference in references if isinstance(reference, str)
            ]
            stack += part["allOf"] if isinstance(part.get("allOf"), list) else []
            for key in ("anyOf", "oneOf"):
                branches += part[key] if isinstance(part.get(key), list) else []
            branches += [part[key] for key in ("if", "then", "else") if key in part]
            branches += [
                s
                for key in ("dependentSchemas", "dependencies")
                for _, s in get_mapping(part, key)
                if isinstance(s, dict)
            ]
        return certain, branches

    def _sample_view(self, parts: list[Part], depth: int) -> Iterator[Json]:
        said = [types for part in parts if (types := _list_types(part))]
        allowed = [kind for kind in _TYPES if all(_allows(types, kind) for types in said)]
        if not said:
            allowed = _guess_types(parts)
        makers = [self._sample_type(kind, parts, depth) for kind in allowed]
        share = 1
        while makers:
            for maker in [*makers]:
                taken = [*islice(maker, share)]
                if not taken:
                    makers.remove(maker)
                yield from taken
            # A value of each type first.
            share = 6

    def _sample_type(self, kind: str, parts: list[Part], depth: int) -> Iterator[Json]:
        if kind == "object":
            return self._sample_objects(parts, depth)
        if kind == "array":
            return self._sample_arrays(parts, depth)
        if kind == "string":
            return sample_strings(parts, self._hints)
        if kind in ("integer", "number"):
            return sample_numbers(parts, self._hints, whole=kind == "integer")
        return iter([True, False] if kind == "boolean" else [None])

    def _sample_arrays(self, parts: list[Part], depth: int) -> Iterator[Json]:
        prefix: dict[int, list[Json]] = {}
        rest: list[Json] = []
        for part in parts:
            items = part.get("items")
            first = items if isinstance(items, list) else part.get("prefixItems")
            for index, schema in enumerate(first if isinstance(first, list) else []):
                prefix.setdefault(index, []).append(schema)
            rest += [part[key] for key in ("additionalItems", "unevaluatedItems", "contains") if key in part]
            rest += [items] if isinstance(items, (dict, bool)) else []
        beyond = [*self.sample([*rest] or [True], depth + 1)]
        contains = [part["contains"] for part in parts if "contains" in part]
        contained = [*self.sample(contains, depth + 1, most=6)] if contains else []
        loose = [*self.sample([schema for schema in rest if schema is not False][:1] or [True], depth + 1, most=8)]
        at = [[*self.sample(prefix[index], depth + 1, most=8)] for index in sorted(prefix)]
        sizes = {size for part in parts for key in COUNTS[:4] if is_number(part.get(key)) for size in [int(part[key])]}
        if not sizes:
            yield []
        head = [options[0] if options else None for options in at]
        if head:
            yield from (head[: count + 1] for count in range(len(head)))
            for index, options in enumerate(at):
                yield from ([*head[:index], option, *head[index + 1 :]] for option in options)
                yield from ([*head[:index], option] for option in options)
        items = beyond or loose
        longest = _LONGEST_LIST if depth < _DEEP else _MOST_ITEMS
        counts = [c for size in sorted(sizes) for c in (size, size + 1, size - 1) if 0 <= c <= longest]
        yield from self._vary_distinct(parts, counts, head, rest, depth)
        counts += [
            c
            for size in self._hints.sizes
            for c in (size, size + 1, size - 1)
            if 1 < c <= _MOST_ITEMS >> 3 * depth and not sizes
        ]
        if sizes:
            yield from self._vary_sizes(counts, head, items, [*contained, *items, *loose])
        yield from ([*head, value] for value in items)
        yield from ([*head, value, value] for value in items)
        yield []
        for value in [*contained, *loose]:
            yield [value]
            yield [value, value]
            yield [*head, value]
        if not sizes:
            yield from self._vary_sizes(counts, head, items, [*contained, *items, *loose])
        for number in range(20 if items else 0):
            yield [items[_scatter(number, place) % len(items)] for place in range(1 + number % 4)]

    def _vary_distinct(
        self, parts: list[Part], counts: Sequence[int], head: list[Json], rest: list[Json], depth: int
    ) -> Iterator[list[Json]]:
        """Yield lists of different items, if demanded, of the sizes near which schemas differ."""
        if all(part.get("uniqueItems") is not True for part in parts):
            return
        near = [*counts, *(size + step for size in self._hints.sizes for step in (0, 1) if size <= _MOST_ITEMS)]
        distinct = self._make_distinct([*rest] or [True], max(near, default=0), depth)
        for count in dict.fromkeys(near):
            if len(head) + len(distinct) >= count:
                yield [*head, *distinct][:count]

    def _make_distinct(self, schemas: Sequence[Json], count: int, depth: int) -> list[Json]:
        """Return different values for a place, as many as wanted if a simple change makes another value."""
        parts = self._list_views(schemas)[0] if depth <= _DEEPEST else []
        scalars = make_distinct_scalars(parts, count)
        if scalars or "object" not in (_list_types(parts[0]) if parts else []):
            return scalars
        values = self._sample_properties(parts, depth + 1)
        demanded = {name for part in parts for name in select_texts(part.get("required"))}
        least = {name: options[0] for name, options in values.items() if name in demanded and options}
        for part in parts:
            for name, schema in get_mapping(part, "properties"):
                varied = self._make_distinct([schema], count, depth + 1)
                if len(varied) >= min(count, 2):
                    return [{**least, name: value} for value in varied]
        return []

    def _vary_sizes(
        self, counts: Iterable[int], head: list[Json], items: list[Json], pool: list[Json]
    ) -> Iterator[list[Json]]:
        for count in dict.fromkeys(islice(counts, 24)):
            if pool:
                yield [pool[0]] * count
                yield [pool[index % len(pool)] for index in range(count)]
                yield [*pool[:1], *([items[0]] * (count - 1) if items else [])]
            yield [*head, *range(count)][:count]

    def _sample_objects(self, parts: list[Part], depth: int) -> Iterator[Json]:
        values = self._sample_properties(parts, depth)
        demanded = [name for name in values if any(name in select_texts(part.get("required")) for part in parts)]
        least = {name: values[name][0] for name in demanded if values[name]}
        full = {name: options[0] for name, options in values.items() if options}
        yield least
        yield full
        for index in range(8):
            yield from ({**least, name: options[index]} for name, options in values.items() if index < len(options))
        yield from self._vary_counts(parts, depth, least, full)
        yield from self._add_others(parts, depth, least, full, values)
        yield from _combine(values, least, full)

    def _sample_properties(self, parts: list[Part], depth: int) -> dict[str, list[Json]]:
        """Return values for each declared property."""
        schemas: dict[str, list[Json]] = {}
        for part in parts:
            for name, schema in get_mapping(part, "properties"):
                schemas.setdefault(name, []).append(schema)
        others = [part[key] for part in parts for key in ABOUT_OTHERS if key in part]
        patterns = [pair for part in parts for pair in get_mapping(part, "patternProperties")]
        for name in sorted({name for part in parts for name in select_texts(part.get("required"))} - schemas.keys()):
            schemas[name] = [schema for pattern, schema in patterns if may_match(pattern, name)] or others
        return {name: [*self.sample(schemas[name], depth + 1)] for name in islice(schemas, _MOST_NAMES)}

    def _add_others(
        self, parts: list[Part], depth: int, least: Part, full: Part, values: dict[str, list[Json]]
    ) -> Iterator[Part]:
        """Yield objects with an undeclared property."""
        others = [part[key] for part in parts for key in ABOUT_OTHERS if key in part]
        patterns = [pair for part in parts for pair in get_mapping(part, "patternProperties")]
        for pattern, schema in patterns:
            for name in make_matching(pattern)[:4]:
                yield from ({**least, name: value} for value in self.sample([schema], depth + 1, most=6))
        extra = self.sample([*others, *(schema for _, schema in patterns)][:1] or [True], depth + 1, most=6)
        loose = [*extra, 0, "", {}, None, "a", True, 1.5][:10]
        free = [name for name in [*self._hints.names, "q", *_ODD_NAMES] if name not in values][:_MOST_NAMES]
        yield from ({**least, name: value} for value in loose for name in [*free[:8], *free[-len(_ODD_NAMES) :]])
        yield from ({**full, name: value} for name in free for value in loose[:4])

    def _vary_counts(self, parts: list[Part], depth: int, least: Part, full: Part) -> Iterator[Part]:
        """Yield objects of the sizes near which schemas differ."""
        others = [part[key] for part in parts for key in ABOUT_OTHERS if key in part and part[key] is not False]
        fillers = [*self.sample(others or [True], depth + 1, most=3), 0][:3]
        sizes = [int(part[key]) for part in parts for key in COUNTS[4:] if is_number(part.get(key))]
        counts = (count for size in [*sizes, *self._hints.sizes] for count in (size, size + 1, size - 1))
        for count in dict.fromkeys(counts):
            if 0 < count <= _MOST_ITEMS:
                for filler in fillers:
                    filled = {**{f"p{index}": filler for index in range(max(count - len(least), 0))}, **least}
                    yield filled
                    yield dict([*full.items(), *filled.items()][:count])


def _combine(values: dict[str, list[Json]], least: Part, full: Part) -> Iterator[Part]:
    """Yield objects of declared properties: each value in turn, each property omitted, pairs, and many combinations."""
    for name, options in values.items():
        for value in options:
            yield {**least, name: value}
            yield {**full, name: value}
        yield {key: value for key, value in full.items() if key != name}
    some = [name for name in islice(values, 8) if values[name]]
    yield from ({**least, one: values[one][0], other: values[other][0]} for one in some for other in some)
    for number in range(_COMBINATIONS):
        chosen = [(place, name) for place, name in enumerate(values) if values[name] and _scatter(number, place) % 2]
        yield {**least, **{name: values[name][_scatter(place, number) % len(values[name])] for place, name in chosen}}


def _scatter(one: int, other: int) -> int:
    """Return a pseudo-random number, the same each time (Knuth's multiplicative hash)."""
    return (one * 2654435761 + other * 40503 + 12345) % (1 << 32) >> 7


def _make_key(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _list_types(part: Part) -> list[str]:
    kind = part.get("type")
    return (
        [kind]
        if isinstance(kind, str)
        else [name for name in kind if isinstance(name, str)]
        if isinstance(kind, list)
        else []
    )


def _allows(types: Sequence[str], kind: str) -> bool:
    return kind in types or (kind == "integer" and "number" in types)


def _guess_types(parts: Sequence[Part]) -> list[str]:
    """Return all types, the subjects of the keywords first."""
    about = {
        "object": (
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            *COUNTS[4:],
        ),
        "array": ("items", "prefixItems", "contains", "uniqueItems", *COUNTS[:4]),
        "string": ("pattern", "format", *LENGTHS),
        "number": NUMBER_BOUNDS,
    }
    first = [kind for kind, keys in about.items() if any(key in part for part in parts for key in keys)]
    return [*first, *(kind for kind in _TYPES if kind not in first)]
