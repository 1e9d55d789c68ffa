-- Make a temporary table for the lines of write_usage.sql, from any number of databases.
CREATE TEMPORARY TABLE usage (
    tool text NOT NULL,
    day date NOT NULL,
    bucket smallint,
    calls bigint NOT NULL,
    successes bigint,
    duration_ms double precision,
    last_used_at timestamptz
)
