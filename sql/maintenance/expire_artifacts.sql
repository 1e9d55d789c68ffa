-- Remove artifacts whose time has passed.
SELECT 'SELECT api.remove_expired_artifacts(1000)' AS statement
FROM (SELECT count(*) AS artifacts FROM runtime.artifacts AS artifact WHERE artifact.expires_at < now()) AS expired
CROSS JOIN generate_series(1, ceil(expired.artifacts / 1000.0)::bigint) AS batch
\gexec
\echo 'expire_artifacts: done'
