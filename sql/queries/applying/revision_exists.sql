-- Read whether a revision exists, and whether the server is read-only, after the connection was lost during COMMIT.
SELECT
    EXISTS (SELECT FROM registry.revisions WHERE id = %(id)s) AS applied,
    current_setting('transaction_read_only')::boolean AS only_reads
