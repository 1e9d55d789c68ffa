-- Whether a revision is there: read back after a connection was lost during COMMIT.
SELECT EXISTS (SELECT FROM registry.revisions WHERE id = %(id)s) AS applied
