-- Allow one writer at a time. Any login may take an advisory lock; this lock requires the right to change the table.
-- Readers, dumps and replication continue beside it. It ends with its transaction: behind a pooler in transaction mode, no
-- other lock is exclusive.
LOCK TABLE yoyo.writer IN EXCLUSIVE MODE
