-- Ranks tools by the words of a query: BM25's idea with PostgreSQL's means.
CREATE FUNCTION internal.rank_tools(
    query text,
    category text,
    tag text,
    owner text,
    lifecycle text,
    max_results integer
) RETURNS TABLE (id uuid, score double precision)
LANGUAGE plpgsql STABLE
-- The usual number of results: a join with tools should look up each row.
ROWS 10
-- The query takes a few milliseconds; JIT compilation takes longer.
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    -- Weight of a word in a parameter or example, in the description, in a tag, in the name or title. ts_rank adds
    -- repetitions with 1/n^2, so an endlessly repeated word counts 1.64 times: BM25 calls this saturation.
    weights CONSTANT real[] := '{0.4, 0.6, 0.8, 1}';
    -- Weight of a word with only the same first four letters: payable and payment, analyst and analyze.
    alike CONSTANT double precision := 0.5;
    -- Penalty for long texts, in which a word is less significant. Names do not count as text.
    length_matters CONSTANT double precision := 0.15;
    -- Weight of a deprecated tool: it ranks below an equal match that stays.
    deprecated CONSTANT double precision := 0.8;
    -- Up to this many tools, all are scored, and counted exactly for each word. Among more, rare words select candidates.
    few CONSTANT bigint := 1000;
    words CONSTANT tsvector := internal.search_words(query);
    total double precision;
    room double precision;
    wholes tsquery[];
    beginnings tsquery[];
    whole_weights double precision[];
    beginning_weights double precision[];
    choices text[];
    costs double precision[];
    chosen tsquery;
    left_out bigint;
    ids uuid[];
    scores double precision[];
BEGIN
    IF max_results IS NULL OR max_results NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'max_results is %; expected a number from 1 to 1000', coalesce(max_results::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF lifecycle NOT IN ('experimental', 'active', 'deprecated', 'retired') THEN
        RAISE EXCEPTION 'lifecycle is "%"; expected experimental, active, deprecated or retired', left(lifecycle, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- No text: the filters alone select tools.
    IF query IS NULL OR btrim(internal.plain_blanks(query)) = '' THEN
        RETURN QUERY
        SELECT
            tool.id,
            0::double precision
        FROM internal.filtered_tools(rank_tools.category, rank_tools.tag, rank_tools.owner, rank_tools.lifecycle) AS tool
        ORDER BY tool.name
        LIMIT max_results;
        RETURN;
    END IF;
    IF length(words) = 0 THEN
        RETURN;
    END IF;

    SELECT count(*) INTO total FROM (SELECT FROM registry.tools LIMIT few + 1) AS tool;
    IF total > few THEN
        SELECT greatest(total, class.reltuples) INTO total
        FROM pg_catalog.pg_class AS class
        WHERE class.oid = 'registry.tools'::regclass;
    END IF;
    -- One in a hundred: a search of all 100,000 tools of the benchmark gives the same ten.
    room := few + total / 100;

    WITH asked AS (
        SELECT
            word.lexeme,
            '''' || replace(replace(word.lexeme, E'\\', E'\\\\'), '''', '''''') || '''' AS whole,
            CASE
                WHEN length(word.lexeme) >= 4 THEN left(word.lexeme, 4)
            END AS beginning,
            -- A repeated word weighs more, but not in proportion to its repetitions.
            sqrt(cardinality(word.positions)) AS times
        FROM unnest(words) AS word
        ORDER BY word.positions[1]
        LIMIT 100
    ),
    -- Among many tools, ANALYZE has counted the thousand most common words. Other words are rare, and counted here.
    common AS MATERIALIZED (
        SELECT
            word.lexeme,
            word.frequency * total AS tools
        FROM pg_catalog.pg_stats AS stats
        CROSS JOIN LATERAL unnest(stats.most_common_elems::text::text[], stats.most_common_elem_freqs)
        AS word (lexeme, frequency)
        WHERE
            total > few
            AND stats.schemaname = 'registry'
            AND stats.tablename = 'tools'
            AND stats.attname = 'search'
            AND word.lexeme IS NOT NULL
    ),
    quoted AS (
        SELECT
            asked.*,
            '''' || replace(replace(asked.beginning, E'\\', E'\\\\'), '''', '''''') || ''':*' AS start
        FROM asked
    ),
    counted AS MATERIALIZED (
        SELECT
            quoted.whole,
            quoted.start,
            quoted.times,
            coalesce(
                (SELECT common.tools FROM common WHERE common.lexeme = quoted.lexeme),
                (SELECT count(*) FROM registry.tools AS tool WHERE tool.search @@ quoted.whole::tsquery)
            ) AS whole_tools,
            coalesce(
                -- At most all tools: a tool may have several words with this beginning.
                (
                    SELECT CASE WHEN sum(common.tools) > total THEN total ELSE sum(common.tools) END
                    FROM common
                    WHERE left(common.lexeme, 4) = quoted.beginning
                ),
                (SELECT count(*) FROM registry.tools AS tool WHERE tool.search @@ quoted.start::tsquery)
            ) AS start_tools
        FROM quoted
    ),
    term AS MATERIALIZED (
        SELECT
            counted.*,
            -- Inverse document frequency, as in BM25.
            counted.times * ln(1 + (total - counted.whole_tools + 0.5) / (counted.whole_tools + 0.5)) AS whole_weight,
            counted.times * alike * ln(1 + (total - counted.start_tools + 0.5) / (counted.start_tools + 0.5))
            AS start_weight
        FROM counted
        WHERE counted.whole_tools > 0 OR counted.start_tools > 0
        ORDER BY counted.whole_tools
        LIMIT 32
    ),
    -- Conditions that can select candidates: a word, a beginning, or two common words together.
    choice AS (
        SELECT
            term.whole AS words,
            term.whole_tools AS tools,
            term.whole_tools AS more
        FROM term
        UNION ALL
        SELECT
            term.start,
            term.start_tools,
            greatest(term.start_tools - term.whole_tools, 0)
        FROM term
        WHERE term.start_tools > 0
        UNION ALL
        SELECT
            term.whole || '&' || other.whole,
            term.whole_tools * other.whole_tools / total,
            term.whole_tools * other.whole_tools / total
        FROM term
        INNER JOIN term AS other ON other.whole > term.whole
        WHERE term.whole_tools > room / 8 AND other.whole_tools > room / 8
    )
    SELECT
        (SELECT array_agg(term.whole::tsquery) FROM term),
        (SELECT array_agg(term.start::tsquery) FROM term),
        (SELECT array_agg(term.whole_weight) FROM term),
        (SELECT array_agg(term.start_weight) FROM term),
        array_agg(choice.words ORDER BY choice.tools, choice.words),
        array_agg(choice.more ORDER BY choice.tools, choice.words)
    INTO wholes, beginnings, whole_weights, beginning_weights, choices, costs
    FROM choice;

    LOOP
        SELECT
            string_agg(choice.words, '|') FILTER (WHERE choice.cost <= room OR choice.number = 1),
            count(*) FILTER (WHERE choice.cost > room AND choice.number > 1)
        INTO chosen, left_out
        FROM (
            SELECT
                choice.words,
                choice.number,
                sum(choice.cost) OVER (ORDER BY choice.number) AS cost
            FROM unnest(choices, costs) WITH ORDINALITY AS choice (words, cost, number)
        ) AS choice;

        SELECT
            array_agg(best.id ORDER BY best.score DESC, best.name),
            array_agg(best.score ORDER BY best.score DESC, best.name)
        INTO ids, scores
        FROM (
            SELECT
                tool.id,
                tool.name,
                matched.score / (1 + length_matters * ln(greatest(length(ts_filter(tool.search, '{b,c,d}')), 1)))
                * CASE tool.lifecycle WHEN 'deprecated' THEN deprecated ELSE 1 END AS score
            FROM internal.filtered_tools(rank_tools.category, rank_tools.tag, rank_tools.owner, rank_tools.lifecycle) AS tool
            CROSS JOIN LATERAL (
                SELECT
                    sum(
                        CASE
                            WHEN word.rank > 0 THEN word.rank * term.whole_weight
                            -- Several words with the same beginning count like a single word in the name.
                            WHEN term.start IS NOT NULL
                                THEN least(ts_rank(weights, tool.search, term.start), 0.6) * term.start_weight
                        END
                    ) AS score
                FROM unnest(wholes, beginnings, whole_weights, beginning_weights)
                AS term (whole, start, whole_weight, start_weight)
                CROSS JOIN LATERAL (SELECT ts_rank(weights, tool.search, term.whole) AS rank) AS word
            ) AS matched
            WHERE tool.search @@ chosen
            ORDER BY score DESC, tool.name
            LIMIT max_results
        ) AS best;
        -- A filter or very rare words may leave too few tools: then take more candidates.
        EXIT WHEN left_out = 0 OR cardinality(ids) >= max_results;
        room := room * 10;
    END LOOP;

    RETURN QUERY
    SELECT
        best.id,
        best.score
    FROM unnest(ids, scores) AS best (id, score);
END
$$;

COMMENT ON FUNCTION internal.rank_tools IS
'The tools that match a text best, with scores. For api.search_tools and api.recommend_tools.';
