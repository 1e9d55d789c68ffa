"""toolreg explain."""

import click

from reconciler.cli.group import Command
from reconciler.cli.options import output_option
from reconciler.cli.output import put
from reconciler.core.errors import ToolregError
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.rule import CATALOGUE
from reconciler.render import rule_text


@click.command(cls=Command)
@click.argument("rule", required=False)
@output_option("text", "json")
def explain(rule: str | None, output: str) -> None:
    """Explain a rule, and how to fix violations.

    RULE is the word in brackets after a diagnostic. Without RULE, lists all rules.

    \b
    Examples:
        toolreg explain duplicate-key
        toolreg explain -o json
    """
    if rule is None:
        put(
            rule_text.render_rules_json([*CATALOGUE.values()])
            if output == "json"
            else rule_text.render_rules([*CATALOGUE.values()])
        )
        return
    wanted = rule.strip("[]")
    if wanted not in CATALOGUE:
        raise ToolregError(f"there is no rule {quoted(wanted)}; {did_you_mean(wanted, CATALOGUE)}")
    entry = CATALOGUE[wanted]
    put(rule_text.render_rules_json([entry]) if output == "json" else rule_text.render_rule(entry))
