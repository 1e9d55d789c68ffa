-- Replaces each blank of Unicode by a space.
-- By number, since the classes [:space:] and \s depend on the locale of the database: the text search parser takes 13 of the
-- 25 characters with the property White_Space for letters.
CREATE FUNCTION internal.plain_blanks(query text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(
    query,
    U&'\0009\000A\000B\000C\000D\0085\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000',
    repeat(' ', 24)
);

COMMENT ON FUNCTION internal.plain_blanks IS 'A text with a space for each blank of Unicode.';
