-- Whether a revision is there, and whether who says so only reads: read back after a connection was lost during COMMIT.
SELECT
    EXISTS (SELECT FROM registry.revisions WHERE id = %(id)s) AS applied,
    current_setting('transaction_read_only')::boolean AS only_reads
