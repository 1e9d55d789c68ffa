-- Records of migrations: yoyo's own tables, and beside them a checksum of each file.

CREATE TABLE IF NOT EXISTS yoyo.checksums (
    migration_id text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT migrations_are_applied_once PRIMARY KEY (migration_id)
);
COMMENT ON TABLE yoyo.checksums IS 'SHA-256 of each migration file when it was applied: an edited one is refused.';
