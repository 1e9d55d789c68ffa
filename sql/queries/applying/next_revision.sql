-- Draw the number of the new revision; the files of sql/apply read it with currval. If revisions were replicated from
-- another database, the sequence is behind them: numbers are drawn until one is new.
WITH RECURSIVE drawn AS (
    SELECT nextval(pg_get_serial_sequence('registry.revisions', 'number')) AS number
    UNION ALL
    SELECT nextval(pg_get_serial_sequence('registry.revisions', 'number'))
    FROM drawn
    WHERE drawn.number <= (SELECT max(revision.number) FROM registry.revisions AS revision)
)

SELECT max(number) AS number
FROM drawn
