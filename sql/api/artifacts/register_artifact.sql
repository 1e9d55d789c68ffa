-- Registers an artifact of a tool: address, type and size.
CREATE FUNCTION api.register_artifact(
    tool text,
    uri text,
    media_type text,
    size_bytes bigint,
    sha256 text DEFAULT NULL,
    invocation bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    largest bigint;
    problem text;
    called_tool_id uuid;
    call record;
    given runtime.artifacts;
    known runtime.artifacts;
BEGIN
    IF metadata IS NOT NULL THEN
        SELECT settings.largest_payload INTO largest FROM runtime.settings AS settings;
    END IF;
    problem := CASE
        WHEN tool IS NULL THEN 'tool is missing; expected the name of a declared tool'
        WHEN uri IS NULL OR uri = '' THEN 'uri is missing; expected where the artifact is, such as s3://bucket/key'
        WHEN octet_length(uri) > 2048 THEN 'uri has ' || octet_length(uri) || ' bytes; expected at most 2048'
        -- The value is not repeated in the error, since a URI may hold a secret. Characters are listed by number, since the
        -- classes [:space:] and [:cntrl:] depend on the locale of the database.
        WHEN uri ~ '[\u0001-\u0020\u007F-\u00A0\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]'
            THEN 'uri has a space or a control character; expected them as %20 and the like'
        WHEN uri !~ '^[A-Za-z][A-Za-z0-9+.-]*:[^:]' THEN 'uri has no scheme; expected one such as s3://bucket/key'
        -- RFC 3986, 3.2: [user@]host[:port] up to the path. A password with a slash looks like a port.
        WHEN uri ~ '^[^:]*://' AND uri !~ '^[^:]*://([^][/?#@:]*@)?([^][/?#@:]*|[[][0-9A-Fa-f:.]*[]])(:[0-9]*)?([/?#]|$)'
            THEN 'uri has a password, or a port that is no number; expected scheme://[user@]host[:port]/path'
        WHEN media_type IS NULL
            OR media_type !~ '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$'
            THEN 'media_type is ' || coalesce('"' || left(media_type, 100) || '"', 'missing')
                || '; expected a type without parameters such as image/png'
        WHEN size_bytes IS NULL OR size_bytes < 0
            THEN 'size_bytes is ' || coalesce(size_bytes::text, 'missing') || '; expected 0 or more'
        WHEN sha256 !~ '^[0-9a-f]{64}$'
            THEN 'sha256 is "' || left(sha256, 100) || '"; expected 64 lower-case hexadecimal digits'
        WHEN octet_length(metadata::text) > largest
            THEN 'metadata is JSON of ' || octet_length(metadata::text) || ' bytes; expected at most ' || largest
                || ' (runtime.settings.largest_payload)'
        -- No artifact expired before 1900, and drivers cannot read times far from today.
        WHEN expires_at NOT BETWEEN '1900-01-01 00:00:00+00' AND '9999-12-30 00:00:00+00'
            THEN 'expires_at is ' || expires_at || '; expected a time between 1900 and 9999, or NULL for never'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    SELECT declared.id INTO called_tool_id
    FROM registry.tools AS declared
    WHERE declared.name = lower(register_artifact.tool);
    IF NOT FOUND THEN
        SELECT other.id INTO called_tool_id
        FROM internal.tool_of_other_name(register_artifact.tool, NULL) AS other
        INNER JOIN registry.tools AS declared ON declared.id = other.id;
    END IF;
    IF called_tool_id IS NULL THEN
        RAISE EXCEPTION 'tool is "%"; expected the name of a declared tool', left(tool, 100)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT name FROM api.tools';
    END IF;

    IF invocation IS NOT NULL THEN
        SELECT
            log.id,
            log.started_at,
            log.tool_id,
            log.tool
        INTO call
        FROM runtime.invocation_logs AS log
        WHERE log.id = register_artifact.invocation;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'invocation is %; expected the id of a call that was logged', invocation
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF call.tool_id <> called_tool_id THEN
            RAISE EXCEPTION 'invocation is %, a call of "%"; expected one of "%"',
            invocation, call.tool, left(tool, 100)
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        given.invocation_id := call.id;
        given.invocation_started_at := call.started_at;
    END IF;

    INSERT INTO runtime.artifacts (
        tool_id, invocation_id, invocation_started_at, uri, media_type, size_bytes, sha256, metadata, expires_at
    )
    VALUES (
        called_tool_id, given.invocation_id, given.invocation_started_at, register_artifact.uri,
        register_artifact.media_type, register_artifact.size_bytes, register_artifact.sha256, register_artifact.metadata,
        register_artifact.expires_at
    )
    ON CONFLICT ON CONSTRAINT artifact_is_registered_once DO NOTHING
    RETURNING id INTO known.id;
    IF known.id IS NOT NULL THEN
        RETURN known.id;
    END IF;

    SELECT artifact.* INTO known FROM runtime.artifacts AS artifact WHERE artifact.uri = register_artifact.uri;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'uri belonged to an artifact that was deleted in this moment; try again'
        USING ERRCODE = 'serialization_failure';
    END IF;
    problem := concat_ws(
        ', ',
        CASE WHEN known.tool_id <> called_tool_id THEN 'tool' END,
        CASE WHEN known.media_type <> media_type THEN 'media_type' END,
        CASE WHEN known.size_bytes <> size_bytes THEN 'size_bytes' END,
        CASE WHEN known.sha256 IS DISTINCT FROM sha256 THEN 'sha256' END,
        CASE WHEN known.invocation_id IS DISTINCT FROM invocation THEN 'invocation' END,
        CASE WHEN known.metadata IS DISTINCT FROM metadata THEN 'metadata' END,
        CASE WHEN known.expires_at IS DISTINCT FROM expires_at THEN 'expires_at' END
    );
    IF problem <> '' THEN
        RAISE EXCEPTION 'uri is that of artifact %, which differs in: %', known.id, problem
        USING
            ERRCODE = 'unique_violation',
            HINT = 'Delete that one with api.delete_artifact, or store this one at another place.';
    END IF;
    RETURN known.id;
END
$$;

COMMENT ON FUNCTION api.register_artifact IS
'Registers an artifact of a declared tool; returns its id. The same call returns the same id; the same uri with other '
'values is refused. size_bytes is in bytes. Maintenance may forget the artifact after expires_at (NULL: never).';
