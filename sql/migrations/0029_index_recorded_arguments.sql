-- Let a proposed schema be tried on the last recorded calls of a tool at a cost that follows their number: most calls are
-- logged without arguments, and the index of all calls would be read through to find the others.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX invocations_recorded ON runtime.invocation_logs (tool_id, started_at, id) WHERE arguments IS NOT NULL;
