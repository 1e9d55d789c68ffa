-- Returns the words of a query as English stems, without the ends of contractions.
CREATE FUNCTION internal.search_words(query text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT
        CASE
            -- A single word may be the name of a tool. In a sentence, names such as ChatGPT and YouTube stay whole.
            WHEN plain.query ~ '^ *[^ ]{1,200} *$' THEN registry.name_words(plain.query)
            ELSE registry.described_words(
                regexp_replace(left(plain.query, 20000), E'[''’](s|m|re|ve|d|ll|t)\\M', ' ', 'gi')
            )
        END
    FROM internal.plain_blanks(query) AS plain (query)
);

COMMENT ON FUNCTION internal.search_words IS
'The words of a query, as stored in registry.tools.search. Only the first 20,000 characters count.';
