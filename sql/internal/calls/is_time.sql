-- Tests whether a text is an RFC 3339 time with a time zone, since 1900, for which a cast raises no error.
CREATE FUNCTION internal.is_time(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE
    WHEN value ~ (
        '^(19|[2-9][0-9])[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]'
        '([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]([.][0-9]{1,9})?|60))?([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)$'
    )
        THEN substr(value, 9, 2)::int <= extract(
            DAY FROM make_date(substr(value, 1, 4)::int, substr(value, 6, 2)::int, 1) + interval '1 month - 1 day'
        )
    ELSE false
END;

COMMENT ON FUNCTION internal.is_time IS
'Whether a text is a time with a time zone, such as 2026-11-22T10:00:00Z, for which a cast raises no error.';
