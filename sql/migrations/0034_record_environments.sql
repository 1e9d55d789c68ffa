-- Record which environment was applied: the patches of another one, or of none, must not replace its content unasked.
ALTER TABLE registry.revisions
ADD COLUMN environment text;

-- No revision has one yet.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE registry.revisions ADD CONSTRAINT revisions_environment_is_short CHECK (length(environment) BETWEEN 1 AND 63);

COMMENT ON COLUMN registry.revisions.environment IS
'The environment whose patches the content includes; NULL for the manifests as written.';
