"""Keywords of JSON Schema that are misspelt: a validator ignores them."""

from functools import lru_cache
from typing import Final

KEYWORDS: Final = frozenset(
    {
        # 2020-12, 2019-09 and draft-07, and `id` of draft-04.
        *("$schema", "$id", "id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef"),
        *(
            "$recursiveAnchor",
            "$vocabulary",
            "$comment",
            "$defs",
            "definitions",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "if",
        ),
        *("then", "else", "dependentSchemas", "dependencies", "prefixItems", "items", "additionalItems", "contains"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedItems"),
        *("unevaluatedProperties", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum"),
        *(
            "exclusiveMinimum",
            "maxLength",
            "minLength",
            "pattern",
            "maxItems",
            "minItems",
            "uniqueItems",
            "maxContains",
        ),
        *("minContains", "maxProperties", "minProperties", "required", "dependentRequired", "title", "description"),
        *("default", "deprecated", "readOnly", "writeOnly", "examples", "format", "contentEncoding"),
        *("contentMediaType", "contentSchema"),
        # OpenAPI 3.0, and editors.
        *("nullable", "example", "discriminator", "xml", "externalDocs", "markdownDescription", "enumDescriptions"),
        *("enumNames", "defaultSnippets", "errorMessage", "propertyOrdering", "order", "optional"),
    }
)
"""The known keywords of schemas."""

# Words of their own that differ from a keyword in one letter.
_OTHERS: Final = frozenset({"note", "cost", "when", "term", "team", "tile", "time", "types", "tide", "hype", "form"})
_SHORTEST: Final = 3
_LONGEST: Final = 40
# In characters: words of this length may differ in two letters.
_LONG: Final = 9


@lru_cache(maxsize=1024)
def find_meant(word: str) -> str | None:
    """Return the keyword that an unknown word is near to, None for a word of its own."""
    if word in KEYWORDS or word in _OTHERS or not _SHORTEST <= len(word) <= _LONGEST or word.startswith("x-"):
        return None
    folded = _fold(word)
    most = 2 if len(word) >= _LONG else 1
    candidates = ((keyword, other) for keyword, other in _FOLDED if _may_be_near(folded, other, most))
    near = sorted((_distance(folded, other), keyword) for keyword, other in candidates)
    return near[0][1] if near and near[0][0] <= most else None


def _may_be_near(one: str, other: str, most: int) -> bool:
    """Whether two words differ little enough in length and letters to be compared letter by letter."""
    return abs(len(one) - len(other)) <= most and len(set(one) ^ set(other)) <= 2 * most


def _fold(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").removeprefix("$")


_FOLDED: Final = tuple((keyword, _fold(keyword)) for keyword in sorted(KEYWORDS) if len(keyword) >= _SHORTEST)


def _distance(one: str, other: str) -> int:
    """Return the number of letters to insert, remove, replace or exchange with a neighbour."""
    rows: list[list[int]] = [[*range(len(other) + 1)]]
    for at, letter in enumerate(one):
        row = [at + 1]
        for to, wanted in enumerate(other):
            costs = [rows[-1][to + 1] + 1, row[to] + 1, rows[-1][to] + (letter != wanted)]
            if at and to and (letter, one[at - 1]) == (other[to - 1], wanted):
                costs.append(rows[-2][to - 1] + 1)
            row.append(min(costs))
        rows.append(row)
    return rows[-1][-1]
