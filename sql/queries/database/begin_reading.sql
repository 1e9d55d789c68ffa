-- One snapshot for everything that a command reads, and no writes.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
