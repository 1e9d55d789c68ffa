"""Recognises files that differ from their rows in the order of the envelope's keys alone: formatting is no change."""

from collections.abc import Collection
from dataclasses import replace

from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.key_order import arrange
from reconciler.core.manifest.resource import Manifest, Ref, State


def keep_stored_order(
    desired: State, observed: State, contract: Contract, drifted: Collection[Ref]
) -> dict[Ref, Manifest]:
    """Return the desired state, with the text of the row for each manifest in another order of the envelope's keys.

    The digest of a row covers the order, which is kept as first applied. Rows changed by hand are compared exactly.
    """
    return {
        ref: replace(after, text=row.text, digest=row.digest)
        if (row := observed.get(ref)) and ref not in drifted and _is_formatted(row, after, contract)
        else after
        for ref, after in desired.items()
    }


def _is_formatted(row: Manifest, after: Manifest, contract: Contract) -> bool:
    if row.digest == after.digest or row.text is None or after.text is None or len(row.text) != len(after.text):
        return False
    order = contract.kinds[after.ref.kind].key_order
    return to_json_text(arrange(row.value, order)) == to_json_text(arrange(after.value, order))
