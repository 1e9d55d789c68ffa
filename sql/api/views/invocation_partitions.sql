-- The tables of invocation_logs, with the time that each takes.
CREATE VIEW api.invocation_partitions WITH (security_invoker = true) AS
SELECT
    class.oid AS table_id,
    class.relname::text AS name,
    bound.text = 'DEFAULT' AS is_default,
    substring(bound.text FROM 'FROM \(''([^'']+)''\)')::timestamptz AS since,
    substring(bound.text FROM 'TO \(''([^'']+)''\)')::timestamptz AS until
FROM pg_catalog.pg_inherits AS inherits
INNER JOIN pg_catalog.pg_class AS class ON class.oid = inherits.inhrelid
CROSS JOIN LATERAL pg_get_expr(class.relpartbound, class.oid) AS bound (text)
WHERE inherits.inhparent = 'runtime.invocation_logs'::regclass;

COMMENT ON VIEW api.invocation_partitions IS 'Internal: the tables of invocation_logs, with the time that each takes.';
