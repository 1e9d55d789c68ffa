"""Renders a plan as a JSON document, both for people and for programs."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from reconciler.core.difference import ABSENT, Comparison, Difference, find_differences
from reconciler.core.masking import mask_difference
from reconciler.core.plan.changes import Action, Change
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.plan.teams import list_teams
from reconciler.core.pointer import format_pointer, to_json_pointer
from reconciler.core.secrets import mask
from reconciler.core.state.drift import DriftKind, Unrepaired
from reconciler.render import json_document, usage_text
from reconciler.render.advice_text import make_rename_document
from reconciler.render.check_text import make_contract_document
from reconciler.render.operations_text import make_override_document


class _Document(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class FieldDocument(_Document):
    """One changed field. `before` is missing for an added field, `after` for a removed field."""

    field: str
    pointer: str
    # added, removed, changed or reordered
    change: str
    before: Any = None
    after: Any = None
    reordered: bool = False

    @classmethod
    def of(cls, difference: Difference) -> "FieldDocument":
        """Return the document of one difference."""
        difference = mask_difference(difference)
        sides = {"before": difference.before, "after": difference.after}
        there: dict[str, Any] = {name: value for name, value in sides.items() if value is not ABSENT}
        if difference.reordered:
            there["reordered"] = True
        return cls(
            field=format_pointer(difference.pointer),
            pointer=mask(to_json_pointer(difference.pointer)),
            change=difference.change,
            **there,
        )


class ChangeDocument(_Document):
    """One change. Each digest covers the manifest of its side, None without a manifest."""

    action: Action
    kind: str
    name: str
    former_name: str | None
    # The names in between, for a rename over several commits.
    names_between: tuple[str, ...]
    path: str | None
    drifted: bool
    before_digest: str | None
    after_digest: str | None
    fields: tuple[FieldDocument, ...]
    # The effect of a changed tool on its callers, as `toolreg check` reports it.
    contract: dict[str, Any] | None = None
    # The calls of a tool that is deleted, renamed for its callers, or broken.
    usage: dict[str, Any] | None = None

    @classmethod
    def of(cls, change: Change, compare: Comparison, proposal: Proposal) -> "ChangeDocument":
        """Return the document of one change; a creation or deletion lists the whole manifest as fields."""
        before = change.before.value if change.before else {}
        after = change.after.value if change.after else {}
        way = proposal.trail.ways.get(change.ref, ())
        report = proposal.reports.get(change.ref) if change.before and change.after else None
        usage = proposal.usage_of(change)
        told = {"contract": make_contract_document(report)} if report else {}
        told |= {"usage": usage_text.make_usage_document(usage)} if usage else {}
        return cls(
            action=change.action,
            kind=change.ref.kind,
            name=change.ref.name,
            former_name=change.before.ref.name if change.before and change.action is Action.MOVE else None,
            names_between=way if change.action is Action.MOVE else (),
            path=change.resource.path,
            drifted=change.drifted,
            before_digest=change.before.digest if change.before else None,
            after_digest=change.after.digest if change.after else None,
            fields=tuple(map(FieldDocument.of, compare(before, after))),
            **told,
        )


class RefusalDocument(_Document):
    """The reason of a guard for refusing a plan. `blocks`: the changes concerned; `waived`: overridden by an option."""

    rule: str
    message: str
    blocks: tuple[str, ...]
    waived: bool

    @classmethod
    def of(cls, refusal: Refusal) -> "RefusalDocument":
        """Return the document of one refusal."""
        blocks = tuple(map(str, sorted(refusal.refs)))
        return cls(rule=refusal.rule, message=refusal.message, blocks=blocks, waived=refusal.waived)


class OptionsDocument(_Document):
    """The options that shaped a plan. The last two are present only if given."""

    max_deletes: int | None
    no_delete: bool
    max_usage: int | None = None
    allow_version_reuse: bool = False

    @classmethod
    def of(cls, consent: Consent) -> "OptionsDocument":
        """Return the document of the user's consent."""
        given: dict[str, Any] = {} if consent.max_usage is None else {"max_usage": consent.max_usage}
        if consent.version_reuse:
            given["allow_version_reuse"] = True
        return cls(max_deletes=consent.max_deletes, no_delete=not consent.delete, **given)


class UnrepairedDocument(_Document):
    """A drifted resource that this plan does not repair; references of `namedBy` to it now dangle."""

    resource: str
    way: DriftKind
    named_by: tuple[str, ...]

    @classmethod
    def of(cls, unrepaired: Unrepaired) -> "UnrepairedDocument":
        """Return the document of one unrepaired resource."""
        named_by = tuple(map(str, unrepaired.named_by))
        return cls(resource=str(unrepaired.ref), way=unrepaired.way, named_by=named_by)


class EnvironmentDocument(_Document):
    """The changes of an environment that the plan has not, and resources that the plan changes and it does not."""

    digest: str
    unchanged: tuple[str, ...]
    changes: tuple[ChangeDocument, ...]

    @classmethod
    def of(cls, proposal: Proposal, environment: str, compare: Comparison) -> "EnvironmentDocument":
        """Return the document of one environment."""
        own, left = proposal.list_own(environment)
        planned = proposal.environments[environment]
        return cls(
            digest=planned.plan.digest,
            unchanged=tuple(map(str, left)),
            changes=tuple(ChangeDocument.of(change, compare, planned) for change in own),
        )


class PlanDocument(_Document):
    """A plan: the base revision, the source, and each change."""

    # Rises when a reader has to change.
    format_version: int = 1
    digest: str
    registry: str
    # The digest of registry.yaml, as JSON.
    registry_digest: str | None
    source: str
    folder: str
    commit: str | None
    base_revision: int | None
    base_commit: str | None
    # The environment whose patches the plan includes; absent without one.
    environment: str | None = None
    # Only in a saved plan.
    options: OptionsDocument | None = None
    summary: dict[str, int]
    # The owners of the changed resources, before and after.
    teams: tuple[str, ...] | None = None
    # A deletion and a creation each, probably a rename that lacks `movedFrom`.
    probable_renames: tuple[dict[str, Any], ...] | None = None
    unmanaged: tuple[str, ...]
    # No longer declared, but kept because of --no-delete.
    left: tuple[str, ...]
    # Changed or removed by hand, and not repaired, since spec.drift is report.
    unrepaired: tuple[UnrepairedDocument, ...] = ()
    refusals: tuple[RefusalDocument, ...]
    # Overrides set by operators: not part of the plan, of its digest, or of the apply.
    overrides: tuple[dict[str, Any], ...] = ()
    changes: tuple[ChangeDocument, ...]
    revision: int | None = None
    # By name, for a plan without a database: what other environments change beside or instead.
    environments: dict[str, EnvironmentDocument] | None = None


def render_plan_json(
    proposal: Proposal,
    source: Origin,
    revision: int | None = None,
    consent: Consent | None = None,
    compare: Comparison = find_differences,
) -> str:
    """Return the JSON document of a plan, indented.

    `revision` is the revision that applied the plan. A document with the user's consent is the input of
    `toolreg apply --plan`.
    """
    plan, head = proposal.plan, proposal.head
    applied: dict[str, Any] = {"revision": revision} if revision is not None else {}
    if consent:
        applied["options"] = OptionsDocument.of(consent)
    if proposal.environments:
        environments = proposal.environments
        applied["environments"] = {name: EnvironmentDocument.of(proposal, name, compare) for name in environments}
    if source.environment:
        applied["environment"] = source.environment
    if teams := list_teams(plan):
        applied["teams"] = teams
    if proposal.probable_renames:
        applied["probable_renames"] = tuple(map(make_rename_document, proposal.probable_renames))
    made = PlanDocument(
        format_version=1,
        digest=plan.digest,
        registry=proposal.registry.ref.name if proposal.registry else "",
        registry_digest=proposal.registry.digest if proposal.registry else None,
        source=source.name,
        folder=source.folder,
        commit=source.commit.id if source.commit else None,
        base_revision=head.number if head else None,
        base_commit=proposal.base_commit,
        summary={action.value: plan.count(action) for action in Action},
        unmanaged=tuple(map(str, plan.unmanaged)),
        left=tuple(map(str, proposal.left)),
        unrepaired=tuple(map(UnrepairedDocument.of, proposal.unrepaired)),
        refusals=tuple(map(RefusalDocument.of, proposal.refusals)),
        overrides=tuple(map(make_override_document, proposal.overrides)),
        changes=tuple(ChangeDocument.of(change, compare, proposal) for change in plan.changes),
        **applied,
    )
    return json_document.render_json(made.model_dump(mode="json", by_alias=True, exclude_unset=True))
