"""Judges a pair of schemas, without bounds on time and memory. Runs in a killable process."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import jsonschema_rs
from jsonschema_rs.canonical import CanonicalizationError, Containment, IncompatibleOperands

from reconciler.core.compatibility.closing import Sender
from reconciler.core.compatibility.samples import make_candidates
from reconciler.core.compatibility.verdict import Compatibility, Verdict, Witness
from reconciler.core.pointer import Json
from reconciler.core.schema.dialect import Dialect
from reconciler.core.schema.untrusted import refuse_uri

_DRAFTS: Final = {"draft-07": 7, "2019-09": 19, "2020-12": 20}
_QUICK: Final = 200
_ROOT: Final = "toolreg-root"


class SchemaPair(NamedTuple):
    """The schemas of sender and receiver, each with its dialect."""

    sender: Sender
    sender_dialect: Dialect
    receiver: Json
    receiver_dialect: Dialect


def judge_pair(pair: SchemaPair, seconds: float) -> Verdict:
    """Return the verdict on a pair. The search for a witness ends after `seconds`."""
    deadline = time.monotonic() + seconds
    witnesses = _Witnesses(pair)
    if witness := witnesses.search([pair.sender.schema], deadline, _QUICK):
        return Verdict(Compatibility.BREAK, witness)
    contained, difference = _judge_containment(pair)
    if contained is Containment.YES:
        return Verdict(Compatibility.COMPATIBLE)
    if witness := witnesses.search([*difference, pair.sender.schema], deadline):
        return Verdict(Compatibility.BREAK, witness)
    if contained is Containment.NO and pair.sender.exact:
        return Verdict(Compatibility.BREAK)
    return Verdict(Compatibility.UNKNOWN, reason="neither a proof nor a value that breaks was found")


def search_witness(pair: SchemaPair, seconds: float) -> Verdict:
    """Return a break if a witness is found, else unknown, without a proof."""
    if witness := _Witnesses(pair).search([pair.sender.schema], time.monotonic() + seconds):
        return Verdict(Compatibility.BREAK, witness)
    return Verdict(Compatibility.UNKNOWN, reason="a proof takes too long, and no value that breaks was found")


class _Witnesses:
    """Searches for values of the sender that the receiver rejects."""

    def __init__(self, pair: SchemaPair) -> None:
        self._pair = pair
        self._sends = _make_validator(pair.sender.schema, pair.sender_dialect)
        self._accepts = _make_validator(pair.receiver, pair.receiver_dialect)

    def search(self, sources: list[Json], deadline: float, most: int | None = None) -> Witness | None:
        """Return the first value on which both validators agree, None without such a value in time."""
        if not self._pair.sender.exact:
            # The sender may never send a value of an inexact schema.
            return None
        for source in sources:
            for value in islice(self._list_values(source, deadline), most):
                if self._sends.is_valid(value) and not self._accepts.is_valid(value) and self._is_agreed(value):
                    return Witness(value)
        return None

    def _list_values(self, source: Json, deadline: float) -> Iterator[Json]:
        for value in make_candidates(source, self._pair.sender.schema, self._pair.receiver):
            if time.monotonic() > deadline:
                return
            yield value

    def _is_agreed(self, value: Json) -> bool:
        """Whether the other validator says the same."""
        # Slow to import, and most pairs have no witness.
        from reconciler.rules.compatibility.second_opinion import is_valid  # noqa: PLC0415

        pair = self._pair
        return (
            is_valid(value, pair.sender.schema, pair.sender_dialect.name) is True
            and is_valid(value, pair.receiver, pair.receiver_dialect.name) is False
        )


def _judge_containment(pair: SchemaPair) -> tuple[Containment, list[Json]]:
    """Return whether the receiver's schema contains the sender's, and a schema of the values outside."""
    try:
        wide = _canonicalize(pair.receiver, pair.receiver_dialect)
        narrow = _canonicalize(pair.sender.schema, pair.sender_dialect)
        try:
            contained = wide.covers(narrow)
        except IncompatibleOperands:
            wide = _canonicalize(_name_root(pair.receiver, "receiver"), pair.receiver_dialect)
            narrow = _canonicalize(_name_root(pair.sender.schema, "sender"), pair.sender_dialect)
            contained = wide.covers(narrow)
    except (CanonicalizationError, ValueError):
        return Containment.UNKNOWN, []
    if contained is Containment.YES:
        return contained, []
    try:
        return contained, [narrow.subtract(wide).to_json_schema()]
    except (CanonicalizationError, ValueError):
        return contained, []


def _canonicalize(schema: Json, dialect: Dialect) -> Any:  # noqa: ANN401  An experimental class.
    return jsonschema_rs.canonicalize(
        _remove_dialect(schema),
        draft=_DRAFTS[dialect.name],
        validate_formats=True,
        retriever=refuse_uri,
    )


def _make_validator(schema: Json, dialect: Dialect) -> Any:  # noqa: ANN401  One of three classes.
    return dialect.validator(_remove_dialect(schema), validate_formats=True, retriever=refuse_uri)


def _remove_dialect(schema: Json) -> Any:  # noqa: ANN401  JSON.
    return {key: value for key, value in schema.items() if key != "$schema"} if isinstance(schema, dict) else schema


def _name_root(schema: Json, side: str) -> Json:
    """Return a schema with a named root: the library cannot combine two documents with references to `#`."""
    if not isinstance(schema, dict):
        return schema
    name = f"{_ROOT}-{side}"
    return {"$ref": f"#/$defs/{name}", "$defs": {name: _rename_references(schema, f"#/$defs/{name}")}}


def _rename_references(value: Json, root: str) -> Json:
    if isinstance(value, list):
        return [_rename_references(item, root) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: root + item[1:]
        if key in ("$ref", "$dynamicRef") and isinstance(item, str) and item[:1] == "#"
        else item
        if key in ("enum", "const", "examples", "default")
        else _rename_references(item, root)
        for key, item in value.items()
    }
