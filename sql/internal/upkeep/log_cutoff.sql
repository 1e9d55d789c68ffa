-- The first day (UTC) whose logs are kept.
CREATE FUNCTION internal.log_cutoff() RETURNS timestamptz
LANGUAGE sql STABLE
RETURN (SELECT date_trunc('day', now() - settings.keep_logs, 'UTC') FROM runtime.settings AS settings);

COMMENT ON FUNCTION internal.log_cutoff IS
'When the first day (UTC) began whose logs are kept. What began before has expired.';
