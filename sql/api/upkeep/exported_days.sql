-- Lists the files of days of logs.
CREATE VIEW api.exported_days WITH (security_invoker = true) AS
SELECT
    exported.day,
    exported.part,
    format('calls-%s-%s.parquet', to_char(exported.day, 'YYYY-MM-DD'), exported.part) AS file,
    exported.calls,
    exported.bytes,
    exported.sha256,
    exported.has_payloads,
    exported.exported_at,
    exported.exported_by,
    exported.dropped_at
FROM runtime.exported_days AS exported;

COMMENT ON VIEW api.exported_days IS
'The Parquet files that hold logs of a day (UTC): calls, size, checksum, whether they hold arguments and results, and when the '
'calls were dropped from the logs (NULL: still there).';
