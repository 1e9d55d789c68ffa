-- The changes of one revision, copied in and then written by the files of sql/apply.
CREATE TEMPORARY TABLE staged (
    action text NOT NULL,
    plural text NOT NULL,
    kind text NOT NULL,
    -- For leave, the former name; for vanish, the name of the deleted resource, NULL if another resource has taken it.
    name text,
    id uuid,
    manifest json,
    path text,
    blob text,
    digest text,
    drifted boolean NOT NULL,
    refers json,
    changed_commit text,
    changed_author text,
    -- Whether the row was removed to be inserted again.
    comes_back boolean NOT NULL DEFAULT false
) ON COMMIT DROP
