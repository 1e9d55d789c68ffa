"""Saves plans. pydantic is imported only then: the import takes longer than most plans."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.cli.output import note
from reconciler.cli.place import find_registry
from reconciler.core.errors import Refused, ToolregError
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.render.terminal import safe

Save = Callable[[Proposal, Origin, Consent], None]


@contextmanager
def prepare_saving(path: Path | None, ref: str | None, registry: Path) -> Iterator[Save]:
    """Yield a function that writes a plan to the file and shows the command to apply it; a no-op without a file.

    Raises ToolregError at once if the file cannot be written.
    """
    if path is None:
        yield lambda *_: None
        return
    from reconciler.applying import saved_plan  # noqa: PLC0415

    with saved_plan.replace_file(path) as write:

        def save(proposal: Proposal, origin: Origin, consent: Consent) -> None:
            try:
                write(saved_plan.format_plan(proposal, origin, consent))
            except ToolregError as error:
                # The plan itself was shown.
                error.is_shown = True
                raise
            what = "" if origin.name == "commit" else ", of the files as they lie (--ref HEAD would plan the commit)"
            command = _format_command(path, ref, registry)
            note(f"The plan was written to {safe(str(path))}{what}. This applies exactly that: {command}")

        try:
            yield save
        except Refused:
            note(f"{safe(str(path))} was not written: apply would refuse this plan.")
            raise


def _format_command(path: Path, ref: str | None, registry: Path) -> str:
    is_usual = registry == find_registry(Path.cwd())
    same = [*(("--ref", ref) if ref else ()), *(() if is_usual else ("--registry", str(registry)))]
    return safe(shlex.join(["toolreg", "apply", "--plan", str(path), *same]), 1000)
