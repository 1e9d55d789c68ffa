-- Say who calls in one place: behind one login that acts for many (PostgREST, PostGraphile, pools) session_user is everybody.

-- The role of a gateway is trusted to say for whom it acts; which of the claims says so is a setting.
ALTER TABLE runtime.settings ADD COLUMN caller_claim text NOT NULL DEFAULT 'sub';
COMMENT ON COLUMN runtime.settings.caller_claim IS
'The claim in request.jwt.claims that names the caller, where the login is a member of toolreg_gateway.';

-- SET ROLE outlives the change of current_user in a function that runs with the rights of its owner.
CREATE FUNCTION registry.acting_role() RETURNS text
LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('role'), 'none'), session_user::text);
COMMENT ON FUNCTION registry.acting_role IS
'The role whose rights the caller has: that of SET ROLE, else the login. Also within functions with the rights of others.';

CREATE FUNCTION registry.claimed_caller() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claimed text;
BEGIN
    IF pg_has_role(session_user, to_regrole('toolreg_gateway')::oid, 'MEMBER') THEN
        SELECT current_setting('request.jwt.claims', true)::jsonb ->> settings.caller_claim
        INTO claimed
        FROM runtime.settings AS settings;
    END IF;
    -- As long as the name of an agent may be, and nothing that drives a terminal.
    IF octet_length(claimed) BETWEEN 1 AND 256 AND claimed !~ '[\u0001-\u001F\u007F-\u009F]' THEN
        RETURN claimed;
    END IF;
    RETURN registry.acting_role();
EXCEPTION
    WHEN data_exception OR program_limit_exceeded THEN
        -- No JSON, or none that fits: the same as no claim.
        RETURN registry.acting_role();
END
$$;
COMMENT ON FUNCTION registry.claimed_caller IS
'Whom the claims of a request name, if the login is a member of toolreg_gateway; else the role that acts.';

CREATE FUNCTION registry.caller() RETURNS text
LANGUAGE sql STABLE
RETURN CASE
    WHEN current_setting('request.jwt.claims', true) <> '' THEN registry.claimed_caller()
    ELSE registry.acting_role()
END;
COMMENT ON FUNCTION registry.caller IS
'Who calls: the claim of a trusted login, else the role that acts. Everything that is recorded or owned is under this name.';

ALTER TABLE registry.revisions ALTER COLUMN applied_by SET DEFAULT registry.caller();
ALTER TABLE registry.hand_changes ALTER COLUMN role SET DEFAULT registry.caller();
ALTER TABLE registry.suspensions ALTER COLUMN suspended_by SET DEFAULT registry.caller();
-- With the tables of days.
ALTER TABLE runtime.invocation_logs ALTER COLUMN recorded_by SET DEFAULT registry.caller();
ALTER TABLE runtime.artifacts ALTER COLUMN created_by SET DEFAULT registry.caller();
ALTER TABLE runtime.node_heartbeats ALTER COLUMN reported_by SET DEFAULT registry.caller();
ALTER TABLE runtime.tool_overrides ALTER COLUMN set_by SET DEFAULT registry.caller();
ALTER TABLE runtime.tool_status_changes ALTER COLUMN changed_by SET DEFAULT registry.caller();
ALTER TABLE runtime.maintenance_runs ALTER COLUMN run_by SET DEFAULT registry.caller();

COMMENT ON COLUMN registry.hand_changes.role IS 'Who changed it, as registry.caller says.';
COMMENT ON COLUMN runtime.invocation_logs.recorded_by IS
'Who logged the call, as registry.caller says; only that caller may read arguments and result.';
