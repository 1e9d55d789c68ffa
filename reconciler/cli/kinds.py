"""Finds kinds by words of the command line, the registry included."""

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.kinds import find_kind
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted


def find_any_kind(contract: Contract, word: str) -> Kind | None:
    """Return the kind of a word, the registry included; None for an unknown word."""
    whole = (kind for kind in contract.kinds.values() if kind.name.lower() == word.lower())
    return find_kind(contract, word) or next(whole, None)


def parse_any_kind(word: str, contract: Contract) -> Kind:
    """Return the kind named by a word, the registry included. Raises ToolregError for an unknown kind."""
    kind = find_any_kind(contract, word)
    if kind is None:
        hint = did_you_mean(word.lower(), (one.name.lower() for one in contract.kinds.values()))
        raise ToolregError(f"there is no kind called {quoted(word)}; {hint}")
    return kind
