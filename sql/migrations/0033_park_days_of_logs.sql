-- Days of logs are parked in files before they are dropped: records the files, and lets an operator demand them.

ALTER TABLE runtime.settings ADD COLUMN export_before_drop boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN runtime.settings.export_before_drop IS
'Whether expired logs stay until toolreg maintain export_partitions has written them to a file.';

CREATE TABLE runtime.exported_days (
    day date NOT NULL,
    part bigint NOT NULL,
    calls bigint NOT NULL,
    ids numeric NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    has_payloads boolean NOT NULL,
    exported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    exported_by text NOT NULL DEFAULT registry.caller(),
    dropped_at timestamptz,
    CONSTRAINT part_of_a_day_is_exported_once PRIMARY KEY (day, part),
    CONSTRAINT parts_are_counted_from_one CHECK (part >= 1),
    CONSTRAINT exported_calls_are_counted CHECK (calls >= 1 AND bytes >= 1),
    CONSTRAINT sha256_is_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
COMMENT ON TABLE runtime.exported_days IS 'Files that hold the logs of a day (UTC), written by toolreg maintain export_partitions.';
COMMENT ON COLUMN runtime.exported_days.part IS
'1; a higher number for calls that were logged after the earlier ones had been dropped.';
COMMENT ON COLUMN runtime.exported_days.ids IS 'The sum of the ids of the calls: tells whether the logs still hold the same calls.';
COMMENT ON COLUMN runtime.exported_days.has_payloads IS
'Whether the file holds arguments, result and attributes: only if the role that exported may read them.';
COMMENT ON COLUMN runtime.exported_days.dropped_at IS 'When the calls were dropped; NULL while the logs hold them.';
