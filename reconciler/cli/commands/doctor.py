"""toolreg doctor."""

import sys
from pathlib import Path

import click

from reconciler.cli.databases import choose_target
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import choose_palette, put
from reconciler.cli.reading import measure_terminal, print_lines
from reconciler.core.state.finding import FindingLevel
from reconciler.operating.doctor import examine
from reconciler.render import doctor_text, json_document


@click.command(cls=Command)
@database_option
@registry_option
@output_option("text", "json")
def doctor(database: str | None, registry: Path, output: str) -> int:
    """Check the database, git and the registry, and advise on repairs.

    Writes no data and shows no secrets. Exits with 0 if no finding is worse than a warning, 1 if there are errors, and
    4 if the database is unavailable.

    \b
    Example:
        toolreg doctor --database postgresql://reader@db.example.com/tools
    """
    findings = [*examine(choose_target(database, registry), registry)]
    if output == "json":
        put(json_document.render_json(doctor_text.make_findings_document(findings)))
    else:
        print_lines(doctor_text.render_findings(findings, measure_terminal(), choose_palette(sys.stdout)))
    if any(finding.is_temporary for finding in findings):
        return ExitCode.TEMPORARY
    return ExitCode.FAILED if any(finding.level is FindingLevel.ERROR for finding in findings) else ExitCode.DONE
