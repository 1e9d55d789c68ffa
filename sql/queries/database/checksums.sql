-- The migrations that were applied, with the SHA-256 of the file each came from.
SELECT
    migration_id,
    sha256
FROM yoyo.checksums
ORDER BY migration_id
