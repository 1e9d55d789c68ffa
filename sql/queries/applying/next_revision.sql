-- The number of the revision that is being made; the files of sql/apply read it again with currval. Where revisions came from
-- another database, the sequence is behind them: numbers are drawn until there is a new one.
WITH RECURSIVE drawn AS (
    SELECT nextval(pg_get_serial_sequence('registry.revisions', 'number')) AS number
    UNION ALL
    SELECT nextval(pg_get_serial_sequence('registry.revisions', 'number'))
    FROM drawn
    WHERE drawn.number <= (SELECT max(revision.number) FROM registry.revisions AS revision)
)

SELECT max(number) AS number
FROM drawn
