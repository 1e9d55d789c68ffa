-- Tools are found by more words: those of their parameters and examples too, each counted by where it stands.
-- And by their parameters: which ones there are, and which are required. Agents look for tools now.

CREATE FUNCTION registry.plain_words(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(words, '_./:@-', '      ');
COMMENT ON FUNCTION registry.plain_words IS
'A text in which nothing looks like a path, a host or an address, so that each of its words counts.';

CREATE FUNCTION registry.described_words(description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('pg_catalog.english'::regconfig, coalesce(registry.plain_words(description), ''));
COMMENT ON FUNCTION registry.described_words IS 'The words of a text that people wrote, in English stems.';

-- OAuth2 is asked for as oauth2, too: what was parted counts whole as well, and what was not parted counts once.
CREATE FUNCTION registry.name_words(names text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    english CONSTANT regconfig := 'pg_catalog.english';
    plain CONSTANT text := registry.plain_words(names);
    parts tsvector;
BEGIN
    IF plain !~ '[a-z0-9][A-Z]|[A-Z][A-Z][a-z][a-z]|[A-Za-z][0-9]' THEN
        RETURN to_tsvector(english, plain);
    END IF;
    parts := to_tsvector(
        english, regexp_replace(plain, '([a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z][a-z])|[A-Za-z](?=[0-9]))', '\1 ', 'g')
    );
    RETURN parts || ts_delete(to_tsvector(english, plain), tsvector_to_array(parts));
END
$$;
COMMENT ON FUNCTION registry.name_words IS
'The words of names, which _ - . and capitals part: HTTPServer2 is http server 2, and httpserver2.';

-- plpgsql, so that the manifest is read once: an SQL function would be expanded and read it for each part.
CREATE OR REPLACE FUNCTION registry.search_text(manifest json) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- A tsvector holds at most 1 MB.
    most CONSTANT integer := 100000;
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
                    most
                )
            ),
            'A'
        )
        || setweight(registry.described_words(left(metadata ->> 'tags', most)), 'B')
        || setweight(registry.described_words(left(metadata ->> 'description', most)), 'C')
        || setweight(
            registry.name_words(
                left(
                    jsonb_path_query_array(
                        schema,
                        'strict $.**{0 to 12}.properties ? (@.type() == "object").keyvalue().key',
                        silent => true
                    )::text,
                    most
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
                    most
                )
            ),
            'D'
        );
END
$$;
COMMENT ON FUNCTION registry.search_text IS
'Words of a manifest in English stems, by weight: A its names and title, B tags, C description, D parameters and examples.';

-- The same name, so that whoever searches by it finds more. The table is rewritten once, its rows keep their place.
-- squawk-ignore ban-drop-column
ALTER TABLE registry.tools DROP COLUMN search;
ALTER TABLE registry.tools
-- squawk-ignore adding-field-with-default
ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (registry.search_text(manifest)) STORED;
-- Kept in the row and not compressed, since a search reads it from many rows, once for each word.
ALTER TABLE registry.tools ALTER COLUMN search SET STORAGE MAIN;
COMMENT ON COLUMN registry.tools.search IS 'What api.search_tools looks through: the words of the manifest, by weight.';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX tools_by_words ON registry.tools USING gin (search);

CREATE FUNCTION registry.parameter_names(schema jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_path_query_array(schema, 'strict $.properties.keyvalue().key', silent => true);
COMMENT ON FUNCTION registry.parameter_names IS 'The names of the properties of a JSON Schema, without nested ones.';

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX tools_by_parameter ON registry.tools USING gin (registry.parameter_names(input_schema));
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX tools_by_required_parameter ON registry.tools USING gin ((input_schema -> 'required'));

REVOKE ALL ON FUNCTION registry.plain_words, registry.described_words, registry.name_words, registry.parameter_names FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.plain_words, registry.described_words, registry.name_words, registry.parameter_names
TO toolreg_reader, toolreg_agent, toolreg_reconciler;
