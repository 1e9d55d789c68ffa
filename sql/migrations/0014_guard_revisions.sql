-- Let guards know what holds: the registry.yaml in force, what was left undeleted, what was overridden, and why.

ALTER TABLE registry.revisions
ADD COLUMN policy json,
ADD COLUMN overridden text[] NOT NULL DEFAULT '{}',
ADD COLUMN left_undeleted bigint NOT NULL DEFAULT 0,
ADD COLUMN restored bigint,
ADD COLUMN reason text;

-- A wider one takes its place.
-- squawk-ignore ban-drop-constraint
ALTER TABLE registry.revisions DROP CONSTRAINT source_is_known;
-- Attempts are few, so nobody waits long for the check of those that are there.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE registry.revisions ADD CONSTRAINT source_is_known CHECK (source IN ('commit', 'worktree', 'history'));
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE registry.revisions ADD CONSTRAINT only_history_is_restored CHECK ((source = 'history') = (restored IS NOT NULL));

COMMENT ON COLUMN registry.revisions.policy IS
'registry.yaml as it was applied. It is what the next revision is judged by, which cannot loosen its own guard.';
COMMENT ON COLUMN registry.revisions.overridden IS 'The guards that would have refused it, and were overridden by their option.';
COMMENT ON COLUMN registry.revisions.left_undeleted IS
'How many resources are no longer declared, but were left by apply --no-delete: all files are compared next time.';
COMMENT ON COLUMN registry.revisions.restored IS 
'For source history: the revision whose content was applied again, never itself one that restored another.';
COMMENT ON COLUMN registry.revisions.reason IS 'For source history: why, in the words of who did it.';
COMMENT ON COLUMN registry.revisions.commit IS
'The commit applied; for source worktree, the commit that was checked out, if any; for source history, that of the restored '
'revision.';

-- A rename is told by the names that an identity had before.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX history_by_name ON registry.history (name);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX revisions_applied_from_commits ON registry.revisions (number DESC)
WHERE outcome = 'applied' AND source <> 'history' AND commit IS NOT NULL;
