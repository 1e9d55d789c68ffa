-- Returns a key of a version: keys compare by precedence (SemVer 2.0.0, section 11) in collation C.
CREATE FUNCTION internal.version_key(version text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- A number has no leading zeros, so the one with fewer digits is smaller. A release is above its pre-releases, a word
    -- above a number.
    SELECT
        ARRAY(
            SELECT lpad(length(number.digits)::text, 4, '0') || number.digits
            FROM unnest(part.found[1:3]) WITH ORDINALITY AS number (digits, place)
            ORDER BY number.place
        )
        || CASE WHEN part.found[4] IS NULL THEN '1' ELSE '0' END
        || ARRAY(
            SELECT
                CASE
                    WHEN identifier.word ~ '^[0-9]+$' THEN '0' || lpad(length(identifier.word)::text, 4, '0') || identifier.word
                    ELSE '1' || identifier.word
                END
            FROM string_to_table(part.found[4], '.') WITH ORDINALITY AS identifier (word, place)
            ORDER BY identifier.place
        )
    FROM regexp_match(version, '^(\d+)\.(\d+)\.(\d+)(?:-([^+]+))?') AS part (found)
    WHERE part.found IS NOT NULL
$$;

COMMENT ON FUNCTION internal.version_key IS
'A key of a version, to compare it with others by precedence in collation C; NULL for an invalid version.';
