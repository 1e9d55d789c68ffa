"""The rules of plans, by which guards refuse."""

from typing import Final

from reconciler.core.rule import Subject, make_rules

PLAN_RULES: Final = make_rules(
    Subject.PLAN,
    (
        "too-many-deletions",
        "Too many deletions",
        "A plan deletes more of a kind than spec.limits.maxDeletions, or all of a kind.",
        "Apply with --max-deletes N, or with --no-delete.",
    ),
    (
        "too-much-usage",
        "Tool in use",
        "A plan deletes, renames or breaks a tool with more calls in 30 days than spec.limits.maxUsage.",
        "Deprecate the tool and wait, or apply with --max-usage N.",
    ),
    (
        "version-reused",
        "Version used before",
        "A tool returns to a version that an earlier revision had with other content.",
        "Raise the version, restore the content, or apply with --allow-version-reuse.",
    ),
    (
        "protected",
        "Protected",
        "A plan deletes a resource that says metadata.protected.",
        "Remove that in one revision, and the file in a later one.",
    ),
    (
        "left-behind",
        "Left behind",
        "Without deletions, a resource that is left would be named wrongly or twice.",
        "Apply with deletions, or correct what names it.",
    ),
    (
        "other-registry",
        "Of another registry",
        "A plan declares a resource that belongs to another registry of the same database.",
        "Rename or remove it in one of both. For a renamed registry: metadata.movedFrom in registry.yaml.",
    ),
    (
        "named-elsewhere",
        "Named by another registry",
        "A plan deletes or renames a resource that another registry of the same database names.",
        "Remove the name there first.",
    ),
    (
        "rewind",
        "Not a descendant",
        "The commit does not descend from the applied one.",
        "Merge it, or apply with --allow-rewind.",
    ),
    (
        "not-on-branch",
        "Not on the branch",
        "The files are no commit of the branch that spec.branch names.",
        "Merge the commit and fetch, or apply with --allow-branch.",
    ),
    (
        "other-environment",
        "Other environment",
        "The database holds another environment than the one to apply.",
        "Name its environment with --env, or switch it with --switch-env.",
    ),
    (
        "rolled-back",
        "Rolled back",
        "The commit was rolled back, and would come back.",
        "Apply a newer commit, or with --allow-rewind.",
    ),
    (
        "shallow",
        "History is cut off",
        "In a shallow clone nobody can tell whether a commit descends from another.",
        "git fetch --unshallow",
    ),
    (
        "untold-renames",
        "Renames cannot be told",
        "Names vanish and others appear in commits that git cannot show.",
        "Fetch them, or apply the commit first that the message names.",
    ),
    ("drift", "Drift", "Rows differ from what was applied, and spec.drift is refuse.", "toolreg drift --fix"),
    ("suspended", "Suspended", "Somebody suspended applying.", "toolreg resume, or --override-suspend"),
    ("frozen", "Frozen", "A window of spec.freeze is open.", "Wait, or apply with --override-suspend."),
    ("unsigned", "No good signature", "spec.signatures demands one.", "Sign a commit on top."),
    ("stale-plan", "Not as it was planned", "Something changed since the plan was saved.", "Plan again."),
    (
        "unapproved-plan",
        "Not what was approved",
        "The plan's digest is not that of --expect.",
        "Plan and review again.",
    ),
)

# Changes of a tool. A finding has the level of its effect, and at most the level of its rule.
