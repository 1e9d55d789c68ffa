-- Tests whether a version is within bounds, as registry.references stores them.
CREATE FUNCTION internal.version_fits(version text, bounds text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH asked AS (
        SELECT internal.version_key(version) AS key
    ),

    alternative AS (
        SELECT
            one.place,
            bound.limit IS NULL OR CASE regexp_replace(bound.limit, '[0-9].*$', '')
                WHEN '<' THEN (asked.key COLLATE "C") < (bound.key COLLATE "C")
                WHEN '<=' THEN (asked.key COLLATE "C") <= (bound.key COLLATE "C")
                WHEN '>' THEN (asked.key COLLATE "C") > (bound.key COLLATE "C")
                WHEN '>=' THEN (asked.key COLLATE "C") >= (bound.key COLLATE "C")
                ELSE asked.key = bound.key
            END AS holds,
            -- As in node-semver, a pre-release needs a bound with a pre-release of the same version.
            asked.key[4] = '1' OR coalesce(bound.key[4] = '0' AND bound.key[1:3] = asked.key[1:3], false) AS admits
        FROM asked
        CROSS JOIN string_to_table(bounds, '||') WITH ORDINALITY AS one (bounds, place)
        LEFT JOIN LATERAL (
            SELECT
                part.limit,
                internal.version_key(ltrim(part.limit, '<>=')) AS key
            FROM string_to_table(nullif(one.bounds, '*'), ' ') AS part ("limit")
        ) AS bound ON true
    )

    SELECT coalesce(bool_or(judged.fits), false)
    FROM (
        SELECT bool_and(alternative.holds) AND bool_or(alternative.admits) AS fits
        FROM alternative
        GROUP BY alternative.place
    ) AS judged
$$;

COMMENT ON FUNCTION internal.version_fits IS
'Whether a version is within bounds such as >=2.1.0 <3.0.0-0||4.0.0, by the rules of node-semver for pre-releases.';
