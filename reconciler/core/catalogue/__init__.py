"""The catalogue of rules: the id of every diagnostic and refusal, its meaning and its remedy."""

from typing import Final

from reconciler.core.catalogue.contracts import BREAKS, CONTRACT_NOTES, CONTRACT_WARNINGS
from reconciler.core.catalogue.files import FILE_RULES, REGISTRY_RULES
from reconciler.core.catalogue.lint import DANGERS, DOUBTS, HINTS
from reconciler.core.catalogue.plans import PLAN_RULES
from reconciler.core.rule import Level

CATALOGUE: Final = {
    rule.id: rule
    for rule in (
        *FILE_RULES,
        *REGISTRY_RULES,
        *DANGERS,
        *DOUBTS,
        *HINTS,
        *BREAKS,
        *CONTRACT_WARNINGS,
        *CONTRACT_NOTES,
        *PLAN_RULES,
    )
}
"""All rules by id, in the order of the checks."""

EXCEPTABLE: Final = tuple(name for name in CATALOGUE if name.startswith("contract-"))
"""The rules from which exceptions.yaml can make an exception: those about the contract of a tool."""


def level_of(rule: str) -> Level:
    """Return the level of a rule."""
    return CATALOGUE[rule].level
