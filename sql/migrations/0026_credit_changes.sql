-- Say who wrote each change, and in which commit: with several pull requests between two applies, all went to the last one.

ALTER TABLE registry.history
ADD COLUMN changed_commit text,
ADD COLUMN changed_author text;

-- No version has one yet.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE registry.history ADD CONSTRAINT changed_commit_is_an_object_id
CHECK (changed_commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE registry.history ADD CONSTRAINT changed_author_is_short CHECK (length(changed_author) <= 1000);

COMMENT ON COLUMN registry.history.changed_commit IS
'The commit that changed, moved or removed the file last, among those that the revision brought; the applied commit where git does '
'not tell. NULL for files outside git, for what no commit has, and for versions from before this was recorded.';
COMMENT ON COLUMN registry.history.changed_author IS 'The author of that commit, as Name <address>, cut after 300 characters.';
