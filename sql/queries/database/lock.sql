-- One writer at a time. Any login may take an advisory lock; this one needs the right to change the table. Readers, dumps and
-- replication go on beside it. It ends with its transaction: behind a pooler in transaction mode no other is exclusive.
LOCK TABLE yoyo.writer IN EXCLUSIVE MODE
