-- Returns the start of the first day (UTC) whose logs are kept.
CREATE FUNCTION internal.log_cutoff() RETURNS timestamptz
LANGUAGE sql STABLE
RETURN (SELECT date_trunc('day', now() - settings.keep_logs, 'UTC') FROM runtime.settings AS settings);

COMMENT ON FUNCTION internal.log_cutoff IS 'The start of the first day (UTC) whose logs are kept; older logs have expired.';
