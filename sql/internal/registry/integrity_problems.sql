-- Returns the problems of the data without JIT compilation: the plan is long, and compiling takes longer than running it.
CREATE FUNCTION internal.integrity_problems() RETURNS TABLE (
    severity text,
    check_name text,
    subject text,
    problem text,
    fix text
)
LANGUAGE sql STABLE
SET jit = off AS $$
SELECT * FROM internal.declaration_problems
UNION ALL
SELECT * FROM internal.runtime_problems
UNION ALL
SELECT * FROM internal.storage_problems
$$;

COMMENT ON FUNCTION internal.integrity_problems IS
'The rows of data_integrity. A view cannot turn off JIT compilation, a function can.';
