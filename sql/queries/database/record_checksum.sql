-- Record the content of a migration; yoyo itself would not notice an edit.
INSERT INTO yoyo.checksums (migration_id, sha256) VALUES (%(migration_id)s, %(sha256)s)
