-- Ranks tools for a task, with reasons: words, succession, use, declarations of services, results of calls, availability.
CREATE FUNCTION api.recommend_tools(task text, agent text DEFAULT NULL, max_results integer DEFAULT 5) RETURNS TABLE (
    name text,
    score double precision,
    reasons text[],
    tool_name text
)
LANGUAGE plpgsql STABLE
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    -- The four parts of a score, together 1. Relevance to the task counts most, since a popular tool for another task is of
    -- no use. The other parts decide between similar matches, and alone if no task is given.
    relevance_counts CONSTANT double precision := 0.6;
    company_counts CONSTANT double precision := 0.15;
    declaration_counts CONSTANT double precision := 0.15;
    use_counts CONSTANT double precision := 0.1;
    -- Factors of the sum. A tool that never succeeds is worth half, a slow tool a tenth less than a fast tool.
    failing CONSTANT double precision := 0.5;
    slow CONSTANT double precision := 0.1;
    slow_ms CONSTANT double precision := 5000;
    -- This many calls are assumed to have succeeded before the first: a single failure condemns no tool.
    benefit_of_doubt CONSTANT double precision := 10;
    deprecated CONSTANT double precision := 0.5;
    experimental CONSTANT double precision := 0.9;
    -- Below every available tool that matches half as well.
    unavailable CONSTANT double precision := 0.2;
    since CONSTANT timestamptz := now() - interval '30 days';
    asks CONSTANT boolean := length(coalesce(internal.search_words(task), '')) > 0;
    -- The task has text, but no searchable word.
    mute CONSTANT boolean := NOT asks AND coalesce(btrim(internal.plain_blanks(task)) <> '', false);
    -- An agent belongs to the service of its name: PersonalAssistant_001 is an instance of personal-assistant.
    agent_name CONSTANT text := lower(agent);
    agent_letters CONSTANT text
    := regexp_replace(regexp_replace(left(agent_name, 256), '[-_. ]?[0-9]+$', ''), '[-_. ]', '', 'g');
BEGIN
    IF max_results IS NULL OR max_results NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION 'max_results is %; expected a number from 1 to 100', coalesce(max_results::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;

    RETURN QUERY
    WITH matched AS MATERIALIZED (
        SELECT
            ranked.id,
            ranked.score,
            row_number() OVER (ORDER BY ranked.score DESC, ranked.id) AS rank
        FROM internal.rank_tools(task, NULL, NULL, NULL, NULL, 50) AS ranked
        WHERE asks
    ),
    declared AS MATERIALIZED (
        SELECT
            tool.id,
            service.name AS service,
            bool_or(named.recommended) AS recommended
        FROM registry.services AS service
        CROSS JOIN LATERAL (
            SELECT
                listed.value,
                true
            FROM jsonb_array_elements_text(
                jsonb_path_query_array((service.manifest #> '{spec}')::jsonb, '$.recommendedTools[*]')
            ) AS listed
            UNION ALL
            SELECT
                listed.value,
                false
            FROM jsonb_array_elements_text(
                jsonb_path_query_array((service.manifest #> '{spec}')::jsonb, '$.usesTools[*]')
                || jsonb_path_query_array((service.manifest #> '{spec}')::jsonb, '$.uses[*].tool')
            ) AS listed
        ) AS named (tool, recommended)
        INNER JOIN registry.tools AS tool ON tool.name = named.tool
        WHERE service.name = agent_name OR translate(service.name, '-_.', '') = agent_letters
        GROUP BY tool.id, service.name
    ),
    -- Recently used tools: of this agent if known, else of all. Only read if no words select tools.
    popular AS MATERIALIZED (
        SELECT series.tool_id AS id
        FROM runtime.series AS series
        INNER JOIN runtime.invocation_rollup AS rollup ON rollup.series_id = series.id
        WHERE NOT asks AND rollup.hour >= since AND series.tool_id IS NOT NULL
        GROUP BY series.tool_id
        ORDER BY
            sum(rollup.calls) FILTER (WHERE series.agent = recommend_tools.agent) DESC NULLS LAST,
            sum(rollup.calls) DESC
        LIMIT 50
    ),
    -- The tools that match the task best, or else those that the agent uses most: their successors are related to the task.
    seed AS MATERIALIZED (
        SELECT tool.name
        FROM registry.tools AS tool
        WHERE
            tool.id = ANY (ARRAY(SELECT matched.id FROM matched WHERE matched.rank <= 3))
            OR tool.id = ANY (ARRAY(SELECT popular.id FROM popular LIMIT 3))
    ),
    follower AS MATERIALIZED (
        SELECT
            tool.id,
            succession.tool AS after,
            sum(succession.calls) AS calls,
            coalesce(sum(succession.calls) FILTER (WHERE succession.agent = recommend_tools.agent), 0) AS own_calls
        FROM runtime.tool_successions AS succession
        INNER JOIN registry.tools AS tool ON tool.name = succession.next_tool
        WHERE
            -- The planner expects few elements of an array, but many rows of a subquery, and then reads all successions.
            succession.tool = ANY (ARRAY(SELECT seed.name FROM seed))
            AND succession.next_tool <> succession.tool
            AND succession.last_at >= since
        GROUP BY tool.id, succession.tool
        -- The agent's own successions weigh more than those of others.
        ORDER BY sum(succession.calls * CASE WHEN succession.agent = recommend_tools.agent THEN 4 ELSE 1 END) DESC
        LIMIT 50
    ),
    -- By the tool that precedes it most often.
    company AS (
        SELECT DISTINCT ON (follower.id)
            follower.*,
            ln(1 + follower.calls + 3 * follower.own_calls) AS strength
        FROM follower
        ORDER BY follower.id, follower.calls + 3 * follower.own_calls DESC, follower.after
    ),
    candidate AS (
        SELECT matched.id FROM matched
        UNION
        SELECT declared.id FROM declared
        UNION
        SELECT popular.id FROM popular
        UNION
        SELECT company.id FROM company
    ),
    used AS MATERIALIZED (
        SELECT
            candidate.id,
            sum(rollup.calls) AS calls,
            coalesce(sum(rollup.calls) FILTER (WHERE series.agent = recommend_tools.agent), 0) AS own_calls,
            sum(rollup.successes) AS successes,
            sum(rollup.duration_ms_sum) / sum(rollup.calls) AS mean_ms
        FROM candidate
        INNER JOIN runtime.series AS series ON series.tool_id = candidate.id
        INNER JOIN runtime.invocation_rollup AS rollup ON rollup.series_id = series.id
        WHERE rollup.hour >= since
        GROUP BY candidate.id
        HAVING sum(rollup.calls) > 0
    ),
    judged AS (
        SELECT
            tool.id,
            tool.name,
            tool.lifecycle,
            matched.score AS matches,
            company.after,
            company.calls AS company_calls,
            company.own_calls AS company_own_calls,
            declared.service,
            declared.recommended,
            used.calls,
            used.own_calls,
            used.successes,
            used.mean_ms,
            CASE
                WHEN override.status = 'unavailable' THEN 'an operator took it out of service: ' || override.reason
                WHEN override.status IS NULL AND status.status = 'unavailable' THEN status.reason
            END AS out_of_service,
            coalesce(matched.score / nullif(max(matched.score) OVER (), 0), 0) AS relevance,
            coalesce(company.strength / nullif(max(company.strength) OVER (), 0), 0) AS company,
            CASE
                WHEN declared.recommended THEN 1.0
                WHEN declared.service IS NOT NULL THEN 0.5
                ELSE 0.0
            END AS declaration,
            coalesce(
                ln(1 + used.calls + 3 * used.own_calls) / max(ln(1 + used.calls + 3 * used.own_calls)) OVER (), 0
            ) AS use
        FROM candidate
        INNER JOIN registry.tools AS tool ON tool.id = candidate.id
        LEFT JOIN matched ON matched.id = candidate.id
        LEFT JOIN company ON company.id = candidate.id
        LEFT JOIN declared ON declared.id = candidate.id
        LEFT JOIN used ON used.id = candidate.id
        LEFT JOIN api.tool_overrides AS override ON override.tool_id = candidate.id AND override.active
        LEFT JOIN runtime.tool_statuses AS status ON status.tool_id = candidate.id
        WHERE tool.lifecycle <> 'retired'
    ),
    scored AS (
        SELECT
            judged.*,
            (
                relevance_counts * judged.relevance
                + company_counts * judged.company
                + declaration_counts * judged.declaration
                + use_counts * judged.use
            )
            / CASE WHEN asks THEN 1 ELSE 1 - relevance_counts END
            * (
                1 - failing
                + failing * (coalesce(judged.successes, 0) + benefit_of_doubt)
                / (coalesce(judged.calls, 0) + benefit_of_doubt)
            )
            * (1 - slow * coalesce(judged.mean_ms / (judged.mean_ms + slow_ms), 0))
            * CASE judged.lifecycle
                WHEN 'deprecated' THEN deprecated
                WHEN 'experimental' THEN experimental
                ELSE 1
            END
            * CASE WHEN judged.out_of_service IS NULL THEN 1 ELSE unavailable END AS score
        FROM judged
        ORDER BY score DESC, judged.name
        LIMIT max_results
    )
    SELECT
        scored.name,
        round(scored.score::numeric, 4)::double precision,
        array_remove(
            ARRAY[
                'unavailable: ' || scored.out_of_service,
                CASE WHEN mute THEN 'no word of the task is known' END,
                CASE WHEN scored.matches IS NOT NULL THEN coalesce(words.matching, 'words that begin alike match') END,
                CASE
                    WHEN scored.company_own_calls > 0
                        THEN format('called %s by this agent after %s', internal.times(scored.company_own_calls), scored.after)
                    WHEN scored.company_calls > 0
                        THEN format('called %s by other agents after %s', internal.times(scored.company_calls), scored.after)
                END,
                CASE
                    WHEN scored.recommended THEN 'recommended by service ' || scored.service
                    WHEN scored.service IS NOT NULL THEN 'declared as used by service ' || scored.service
                END,
                CASE
                    WHEN scored.own_calls > 0
                        THEN format('called %s by this agent in 30 days', internal.times(scored.own_calls))
                END,
                CASE
                    WHEN scored.calls > 0
                        THEN format(
                            '%s %% of %s calls in 30 days succeeded, in %s ms on average',
                            to_char(100.0 * scored.successes / scored.calls, 'FM990.0'),
                            to_char(scored.calls, 'FM999,999,999,999,999'),
                            to_char(scored.mean_ms, 'FM999,999,999,990')
                        )
                END,
                CASE WHEN scored.lifecycle IN ('deprecated', 'experimental') THEN scored.lifecycle END
            ],
            NULL
        ),
        tool.tool_name
    FROM scored
    INNER JOIN registry.tools AS tool ON tool.id = scored.id
    LEFT JOIN LATERAL (
        SELECT
            CASE count(*)
                WHEN 1 THEN 'the word ' || min(word.text) || ' matches'
                ELSE 'the words ' || string_agg(word.text, ', ' ORDER BY word.place) || ' match'
            END AS matching
        FROM (
            SELECT
                lower(asked.text) AS text,
                min(asked.place) AS place
            FROM regexp_split_to_table(registry.plain_words(left(task, 2000)), '[^[:alnum:]]+')
            WITH ORDINALITY AS asked (text, place)
            CROSS JOIN LATERAL unnest(internal.search_words(asked.text)) AS stem
            WHERE ARRAY[stem.lexeme] <@ tsvector_to_array(tool.search)
            GROUP BY lower(asked.text)
            ORDER BY place
            LIMIT 8
        ) AS word
        HAVING count(*) > 0
    ) AS words ON true
    ORDER BY scored.score DESC, scored.name;
END
$$;

COMMENT ON FUNCTION api.recommend_tools IS
'Tools for a task, best first, with a score from 0 to 1 and the reasons: matching words, tools called before, declarations '
'of the agent''s service, results of calls in 30 days, and availability. max_results: 1 to 100. Without a task, or if it '
'contains only stop words, tools are ranked by use; the reasons then say so.';
