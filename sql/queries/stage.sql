-- The changes of one revision, to be copied in and then written by the files of sql/apply.
CREATE TEMPORARY TABLE staged (
    action text NOT NULL,
    plural text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    id uuid,
    manifest json,
    path text,
    blob text,
    digest text,
    drifted boolean NOT NULL,
    refers json,
    -- Whether its row was removed to be put in again.
    comes_back boolean NOT NULL DEFAULT false
) ON COMMIT DROP
