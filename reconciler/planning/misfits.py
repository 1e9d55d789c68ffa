"""Reports `movedFrom` lines that do not fit as problems, and renames that git cannot tell as refusals."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.history.succession import Wrong
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.refusal import Refusal
from reconciler.desired.git.process import GitError
from reconciler.desired.git.walk import find_last_with
from reconciler.desired.source import Source
from reconciler.planning.affected import Affected
from reconciler.planning.renames import Names

_RULE: Final = "untold-renames"
_MOST_NAMED: Final = 3


def find_misfits(names: Names, affected: Affected) -> Iterator[Problem]:
    """Yield a problem for each line that would split or merge an identity, or that names an unknown resource."""
    wrong = {} if names.untold and _find_refs_at_stake(names, affected) else names.succession.wrong
    first: dict[Ref, Ref] = {}
    for ref, why in sorted(wrong.items(), key=lambda item: item[0]):
        manifest = affected.desired.get(ref)
        if manifest is None or manifest.former is None:
            continue
        if first.setdefault(manifest.former, ref) == ref and why is Wrong.TWICE:
            continue
        message = _format_message(ref, manifest.former, why, names, affected, first)
        yield Problem(manifest.path or "", ("metadata", "movedFrom"), "moved-from", message)


def _format_message(ref: Ref, former: Ref, why: Wrong, names: Names, affected: Affected, first: dict[Ref, Ref]) -> str:
    match why:
        case Wrong.TWICE:
            return f"{first[former]} already says that it was {former.name}; only one of them can be it"
        case Wrong.STILL_THERE:
            path = affected.desired[former].path if former in affected.desired else affected.kept.get(former)
            return f"{former} is still there (in {path}); remove that file, or remove metadata.movedFrom"
        case Wrong.ITSELF:
            return f"{ref} is already in the database, as a resource of its own; it cannot be two"
        case Wrong.NEVER:
            return _explain_unknown_name(former, names, affected)


def _explain_unknown_name(former: Ref, names: Names, affected: Affected) -> str:
    if former in affected.drift.unmanaged - affected.desired.keys():
        return (
            f"{former} was put in by hand and never applied; remove metadata.movedFrom,"
            " or have it declared under that name first: toolreg adopt"
        )
    if known := names.bearers.get(former):
        now = known[0].now
        return f"{former} was renamed{f' to {now}' if now else ''} already; remove metadata.movedFrom"
    return f"there never was a {former} here; name the resource that this was, or remove metadata.movedFrom"


def refuse_untold(names: Names, affected: Affected, source: Source) -> Iterator[Refusal]:
    """Yield a refusal if renames are at stake and git cannot tell the renames of the commits in between."""
    stake = _find_refs_at_stake(names, affected) if names.untold else frozenset()
    if not stake or names.untold is None or affected.head is None or affected.head.commit is None:
        return
    more = f" and {len(stake) - _MOST_NAMED} more" if len(stake) > _MOST_NAMED else ""
    told = ", ".join(map(str, sorted(stake)[:_MOST_NAMED])) + more
    message = (
        f"{told} may have been renamed more than once since commit {affected.head.commit[:12]}, which is applied, and"
        f" git cannot tell: {names.untold.why}"
    )
    if names.untold.is_shallow:
        message = f"{message}; run: git fetch --unshallow, and try again"
    else:
        message = f"{message}. {_suggest_first_commit(affected, source)}"
    yield Refusal(_RULE, message, "git cannot tell how it was renamed", stake, temporary=names.untold.is_shallow)


def _find_refs_at_stake(names: Names, affected: Affected) -> frozenset[Ref]:
    told = (names.succession.told | names.succession.wrong.keys()) & affected.desired.keys()
    hidden = affected.desired.keys() - names.rows.keys() if names.untold and names.untold.hides else set()
    return frozenset(told | hidden)


def _suggest_first_commit(affected: Affected, source: Source) -> str:
    """Return advice on the commit to apply first: the last commit with the file of a vanished row."""
    gone = sorted(row.path for ref, row in affected.resources.items() if ref not in affected.desired and row.path)
    if gone and source.repository and source.commit:
        try:
            commit = find_last_with(source.repository, source.commit.id, gone[0])
        except GitError:
            commit = None
        if commit:
            return (
                f"Apply the commit before the rename first: toolreg apply --ref {commit[:12]} --allow-rewind;"
                " then apply this one"
            )
    return "Apply the last commit before the rename first, with --allow-rewind, and then this one"
