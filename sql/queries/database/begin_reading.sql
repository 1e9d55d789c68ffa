-- One snapshot for all reads of a command, and no writes.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
