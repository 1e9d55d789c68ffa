-- Suspensions: an incident cannot wait for a commit that forbids applying the next one.

CREATE TABLE registry.suspensions (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    reason text NOT NULL,
    until timestamptz,
    suspended_by text NOT NULL DEFAULT session_user,
    suspended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    resumed_by text,
    resumed_at timestamptz,
    CONSTRAINT suspensions_have_an_id PRIMARY KEY (id),
    CONSTRAINT suspension_has_a_reason CHECK (char_length(btrim(reason)) BETWEEN 1 AND 1000),
    -- Not every program can read a later year.
    CONSTRAINT suspension_ends_in_a_year_to_come CHECK (until > suspended_at AND until < '9999-12-31 00:00:00+00'),
    CONSTRAINT who_resumed_did_so_at_a_time CHECK (resumed_by IS NULL OR resumed_at IS NOT NULL)
);
COMMENT ON TABLE registry.suspensions IS
'While one is in effect, nothing is applied. Who suspended it, why and until when; those that are over stay.';
COMMENT ON COLUMN registry.suspensions.until IS 'When it is over by itself; NULL for one that lasts until somebody resumes.';
COMMENT ON COLUMN registry.suspensions.resumed_by IS 'Who resumed, or replaced it by another; NULL for one that was over by itself.';
COMMENT ON COLUMN registry.suspensions.resumed_at IS
'When it ended; NULL while it is in effect, and for one that was over by itself and that nobody has replaced since.';
CREATE UNIQUE INDEX one_suspension_is_open ON registry.suspensions ((true)) WHERE resumed_at IS NULL;

CREATE TRIGGER suspensions_are_kept BEFORE DELETE OR TRUNCATE ON registry.suspensions
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
-- Of what was written only the end is still to come, and that once.
CREATE TRIGGER suspensions_only_end BEFORE UPDATE ON registry.suspensions
FOR EACH ROW WHEN (
    old.resumed_at IS NOT NULL
    OR (old.reason, old.until, old.suspended_by, old.suspended_at)
    IS DISTINCT FROM (new.reason, new.until, new.suspended_by, new.suspended_at)
)
EXECUTE FUNCTION registry.refuse_rewriting();

GRANT SELECT ON registry.suspensions TO toolreg_reader, toolreg_agent, toolreg_reconciler;
-- Nobody suspends in another's name.
GRANT INSERT (reason, until), UPDATE (resumed_by, resumed_at) ON registry.suspensions TO toolreg_reconciler;
