"""toolreg explain."""

import click

from reconciler.assets import load_contract
from reconciler.cli.completing import complete_subject
from reconciler.cli.group import Command
from reconciler.cli.kinds import find_any_kind
from reconciler.cli.options import output_option
from reconciler.cli.output import put
from reconciler.core.catalogue import CATALOGUE
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.field import Field, UnknownField, find_field, list_fields
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.rule import Rule
from reconciler.render import field_text, rule_text


@click.command(cls=Command)
@click.argument("subject", required=False, metavar="[RULE | FIELD]", shell_complete=complete_subject)
@output_option("text", "json")
def explain(subject: str | None, output: str) -> None:
    """Explain a rule, or a field of a manifest.

    RULE is the word in brackets after a diagnostic. FIELD is a path such as tool.spec.limits, or a kind alone. Without
    both, lists all rules.

    \b
    Examples:
        toolreg explain duplicate-key
        toolreg explain tool.spec.limits
    """
    if subject is None:
        rules = [*CATALOGUE.values()]
        put(rule_text.render_rules_json(rules) if output == "json" else rule_text.render_rules(rules))
        return
    known = load_contract()
    word, *steps = subject.split(".")
    if subject.strip("[]") in CATALOGUE:
        _show_rule(CATALOGUE[subject.strip("[]")], output)
    elif kind := find_any_kind(known, word):
        _show_field(kind, tuple(steps), output)
    else:
        raise ToolregError(_describe_unknown(subject.strip("[]"), known))


def _show_rule(rule: Rule, output: str) -> None:
    put(rule_text.render_rules_json([rule]) if output == "json" else rule_text.render_rule(rule))


def _show_field(kind: Kind, steps: tuple[str, ...], output: str) -> None:
    try:
        field: Field = find_field(kind, steps)
    except UnknownField as error:
        place = ".".join((kind.name.lower(), *steps[: steps.index(error.step)]))
        hint = did_you_mean(error.step, error.known) if error.known else "it has no fields of its own"
        raise ToolregError(f"{place} has no field {quoted(error.step)}; {hint}") from None
    # Imported late: rules need no database driver.
    from reconciler.cli.reading import measure_terminal  # noqa: PLC0415

    below = [*list_fields(kind, field)]
    put(
        field_text.render_field_json(field, below)
        if output == "json"
        else field_text.render_field(field, below, measure_terminal())
    )


def _describe_unknown(subject: str, known: Contract) -> str:
    words = [*CATALOGUE, *(kind.name.lower() for kind in known.kinds.values())]
    if "." in subject:
        hint = did_you_mean(subject.partition(".")[0], (kind.name.lower() for kind in known.kinds.values()))
        return f"there is no kind called {quoted(subject.partition('.')[0])}; {hint}"
    return f"there is no rule {quoted(subject)}; {did_you_mean(subject, words)}"
