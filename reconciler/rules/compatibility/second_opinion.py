"""The other validator, which has to agree before a witness is shown."""

import re
from typing import Any, Final

import jsonschema
from referencing import Registry
from referencing.exceptions import Unresolvable

from reconciler.core.pointer import Json

_VALIDATORS: Final[dict[str, Any]] = {
    "draft-07": jsonschema.Draft7Validator,
    "2019-09": jsonschema.Draft201909Validator,
    "2020-12": jsonschema.Draft202012Validator,
}


def is_valid(value: Json, schema: Json, dialect: str) -> bool | None:
    """Whether jsonschema accepts a value. None for an unusable schema, such as a pattern unknown to Python."""
    kind = _VALIDATORS[dialect]
    try:
        return bool(kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER).is_valid(value))
    except (Unresolvable, RecursionError, jsonschema.exceptions.SchemaError, re.error, ValueError, TypeError):
        return None
