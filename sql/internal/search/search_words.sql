-- The words of a text as tools are searched by: in English stems, without the ends of contractions.
CREATE FUNCTION internal.search_words(query text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT
        CASE
            -- One word alone may be the name of a tool. In a sentence, ChatGPT and YouTube are names that stay whole.
            WHEN plain.query ~ '^ *[^ ]{1,200} *$' THEN registry.name_words(plain.query)
            ELSE registry.described_words(
                regexp_replace(left(plain.query, 20000), E'[''’](s|m|re|ve|d|ll|t)\\M', ' ', 'gi')
            )
        END
    FROM internal.plain_blanks(query) AS plain (query)
);

COMMENT ON FUNCTION internal.search_words IS
'For search_tools: the words that a question is searched by. Only its first 20,000 characters count.';
