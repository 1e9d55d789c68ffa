"""Renders resources, revisions, history and blame as JSON values."""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.core.difference import Absent, Comparison, Difference, find_differences
from reconciler.core.manifest.resource import Ref
from reconciler.core.masking import mask_difference
from reconciler.core.plan.changes import Action, Change, Plan
from reconciler.core.pointer import Json, Pointer, format_pointer, to_json_pointer
from reconciler.core.secrets import mask
from reconciler.core.state.history import Applied
from reconciler.core.state.resource import Identity, References, Resource, Revision, Version
from reconciler.core.times import format_time

JsonObject = dict[str, Json]


def make_revision_document(revision: Revision) -> JsonObject:
    """Return all properties of a revision."""
    return {
        "revision": revision.number,
        "outcome": revision.outcome,
        "source": revision.source,
        "commit": revision.commit,
        "author": revision.author,
        "committedAt": format_time(revision.committed_at) if revision.committed_at else None,
        "subject": revision.subject,
        "created": revision.created,
        "updated": revision.updated,
        "deleted": revision.deleted,
        "finishedAt": format_time(revision.finished_at),
        "appliedBy": revision.applied_by,
        "error": revision.error,
        **_describe_restoration(revision),
        "repairs": revision.repairs,
        "overridden": [*revision.overridden],
        "leftUndeleted": revision.left_undeleted,
        "environment": revision.environment,
        "registry": revision.registry,
    }


def make_history_document(identity: Identity, changes: Iterable[tuple[Version, Sequence[Difference]]]) -> JsonObject:
    """Return the versions of one resource with the fields changed by each."""
    return {
        **_describe_identity(identity),
        "versions": [
            {**_describe_version(version), "fields": [make_field_document(difference) for difference in fields]}
            for version, fields in changes
        ],
    }


def make_diff_document(
    plan: Plan, before: Applied, after: Applied, compare: Comparison = find_differences
) -> JsonObject:
    """Return the changed resources between two revisions, with their fields."""
    return {
        "from": _describe_applied(before),
        "to": _describe_applied(after),
        "summary": {action.value: plan.count(action) for action in Action},
        "changes": [_describe_change(change, compare) for change in plan.changes],
    }


def _describe_applied(applied: Applied) -> JsonObject:
    commit = applied.content.commit
    return {
        "revision": applied.number,
        "restored": applied.content.number if applied.content.number != applied.number else None,
        "commit": commit.id if commit else None,
        "author": commit.author if commit else None,
        "appliedAt": format_time(applied.finished_at),
    }


def _describe_change(change: Change, compare: Comparison) -> JsonObject:
    before, after = change.before, change.after
    return {
        "action": change.action.value,
        **_describe_ref(change.ref),
        "id": change.id,
        "formerName": before.ref.name if before and change.action is Action.MOVE else None,
        "path": change.resource.path,
        "beforeDigest": before.digest if before else None,
        "afterDigest": after.digest if after else None,
        "fields": [
            make_field_document(one) for one in compare(before.value if before else {}, after.value if after else {})
        ],
    }


def make_description_document(
    resource: Resource, made: Version | None, references: References, versions: Iterable[Version]
) -> JsonObject:
    """Return all properties of a resource; `made` is its current version, None if unknown."""
    provenance = made.revision if made else None
    return {
        "kind": resource.ref.kind,
        "name": resource.ref.name,
        "id": resource.id,
        "state": resource.state,
        "manifest": resource.value,
        "provenance": {
            "path": resource.path,
            "revision": resource.revision,
            "commit": provenance.commit if provenance else None,
            "author": provenance.author if provenance else None,
            **_describe_writer(made),
            "subject": provenance.subject if provenance else None,
            "restored": provenance.restored if provenance else None,
            "reason": provenance.reason if provenance else None,
            "appliedAt": format_time(provenance.finished_at) if provenance else None,
            "appliedBy": provenance.applied_by if provenance else None,
            "createdAt": format_time(resource.created_at),
            "updatedAt": format_time(resource.updated_at),
        },
        "names": [{"pointer": pointer, **_describe_ref(target)} for pointer, target in references.names],
        "namedBy": [{**_describe_ref(source), "pointer": pointer} for source, pointer in references.named_by],
        "versions": [_describe_version(version) for version in versions],
    }


def make_blame_document(
    identity: Identity, fields: Mapping[Pointer, Version], values: Mapping[Pointer, Json]
) -> JsonObject:
    """Return each field with the revision of its last change."""
    return {
        **_describe_identity(identity),
        "fields": [
            {
                "field": format_pointer(pointer),
                "pointer": to_json_pointer(pointer),
                "value": values[pointer],
                **_describe_origin(version.revision),
                **_describe_writer(version),
            }
            for pointer, version in fields.items()
        ],
    }


def _describe_identity(identity: Identity) -> JsonObject:
    return {**_describe_ref(identity.ref), "id": identity.id, "present": identity.present}


def _describe_ref(ref: Ref) -> JsonObject:
    return {"kind": ref.kind, "name": ref.name}


def _describe_origin(revision: Revision) -> JsonObject:
    return {
        "revision": revision.number,
        "commit": revision.commit,
        "author": revision.author,
        "appliedAt": format_time(revision.finished_at),
    }


def _describe_writer(version: Version | None) -> JsonObject:
    """Return the commit and author of a version: one of the commits applied by its revision."""
    return {"changedCommit": version.commit if version else None, "changedAuthor": version.author if version else None}


def _describe_restoration(revision: Revision) -> JsonObject:
    return {"restored": revision.restored, "reason": revision.reason}


def _describe_version(version: Version) -> JsonObject:
    return {
        "action": version.action,
        "name": version.name,
        "path": version.path,
        "drifted": version.drifted,
        "subject": version.revision.subject,
        **_describe_origin(version.revision),
        **_describe_writer(version),
        **_describe_restoration(version.revision),
    }


def make_field_document(difference: Difference) -> JsonObject:
    """Return one changed field."""
    difference = mask_difference(difference)
    sides = {"before": difference.before, "after": difference.after}
    there = {name: value for name, value in sides.items() if not isinstance(value, Absent)}
    field: JsonObject = {
        "field": format_pointer(difference.pointer),
        "pointer": mask(to_json_pointer(difference.pointer)),
        **there,
    }
    return {**field, "reordered": True} if difference.reordered else field
