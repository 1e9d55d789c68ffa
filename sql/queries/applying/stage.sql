-- The changes of one revision, to be copied in and then written by the files of sql/apply.
CREATE TEMPORARY TABLE staged (
    action text NOT NULL,
    plural text NOT NULL,
    kind text NOT NULL,
    -- For leave, a name that was left; for vanish, the name of what is gone, NULL where another resource has it since.
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
    -- Whether its row was removed to be put in again.
    comes_back boolean NOT NULL DEFAULT false
) ON COMMIT DROP
