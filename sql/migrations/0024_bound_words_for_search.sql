-- No manifest is refused for its words: a description has up to 32,768 characters now, and the words of a hostile file of
-- 1 MB could take more than the 1 MB that a tsvector holds, so that no apply ended. The parts together take 0.93 MB at most.

-- plpgsql, so that the manifest is read once: an SQL function would be expanded and read it for each part.
CREATE OR REPLACE FUNCTION registry.search_text(manifest json) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- In characters, each of up to four bytes. A name that capitals part counts twice: as its parts, and as a whole.
    most_of_names CONSTANT integer := 4000;
    most_of_tags CONSTANT integer := 4000;
    most_of_description CONSTANT integer := 40000;
    most_of_parameters CONSTANT integer := 40000;
    most_of_texts CONSTANT integer := 100000;
    metadata CONSTANT jsonb := manifest #> '{metadata}';
    spec CONSTANT json := manifest #> '{spec}';
    schema CONSTANT jsonb := spec -> 'inputSchema';
    name CONSTANT text := metadata ->> 'name';
    name_of_provider CONSTANT text := spec ->> 'toolName';
BEGIN
    RETURN
        setweight(
            registry.name_words(
                left(
                    concat_ws(
                        ' ',
                        CASE WHEN name = lower(name_of_provider) THEN name_of_provider ELSE name END,
                        CASE WHEN name <> lower(name_of_provider) THEN name_of_provider END,
                        metadata ->> 'title'
                    ),
                    most_of_names
                )
            ),
            'A'
        )
        || setweight(registry.described_words(left(metadata ->> 'tags', most_of_tags)), 'B')
        || setweight(registry.described_words(left(metadata ->> 'description', most_of_description)), 'C')
        || setweight(
            registry.name_words(
                left(
                    jsonb_path_query_array(
                        schema,
                        'strict $.**{0 to 12}.properties ? (@.type() == "object").keyvalue().key',
                        silent => true
                    )::text,
                    most_of_parameters
                )
            )
            || registry.described_words(
                left(
                    -- The text of an array writes the end of a line as \n, which would be a word.
                    replace(
                        concat_ws(
                            ' ',
                            jsonb_path_query_array(
                                schema, 'strict $.**{0 to 12}.description ? (@.type() == "string")', silent => true
                            ),
                            jsonb_path_query_array(
                                (spec -> 'examples')::jsonb,
                                'strict $[*].description ? (@.type() == "string")',
                                silent => true
                            )
                        ),
                        '\n', ' '
                    ),
                    most_of_texts
                )
            ),
            'D'
        );
END
$$;
