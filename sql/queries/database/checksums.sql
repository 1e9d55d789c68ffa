-- Read the applied migrations with the SHA-256 of each file.
SELECT
    migration_id,
    sha256
FROM yoyo.checksums
ORDER BY migration_id
