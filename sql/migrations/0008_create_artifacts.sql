-- Artifacts: what tools leave behind, kept elsewhere and known here by its address.

CREATE TABLE runtime.artifacts (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    tool_id uuid NOT NULL,
    invocation_id bigint,
    invocation_started_at timestamptz,
    uri text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text,
    metadata jsonb,
    created_by text NOT NULL DEFAULT session_user,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    CONSTRAINT artifacts_have_an_id PRIMARY KEY (id),
    CONSTRAINT artifact_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities (id),
    CONSTRAINT artifact_is_registered_once UNIQUE (uri),
    CONSTRAINT artifact_size_is_not_negative CHECK (size_bytes >= 0),
    CONSTRAINT artifact_uri_is_short CHECK (octet_length(uri) BETWEEN 1 AND 2048),
    CONSTRAINT artifact_media_type_is_one CHECK (media_type ~ '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$'),
    CONSTRAINT artifact_sha256_is_one CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT artifact_expiry_is_finite CHECK (isfinite(expires_at)),
    CONSTRAINT invocation_is_named_with_its_time CHECK ((invocation_id IS NULL) = (invocation_started_at IS NULL))
);
COMMENT ON TABLE runtime.artifacts IS 'What tools left behind: where it is, how large, until when. Its tool may be removed meanwhile.';
COMMENT ON COLUMN runtime.artifacts.invocation_started_at IS
'With the id it finds the call in the table of its day. No foreign key: logs are dropped by the day.';

CREATE INDEX artifacts_by_tool ON runtime.artifacts (tool_id, size_bytes);
CREATE INDEX artifacts_by_invocation ON runtime.artifacts (invocation_id) WHERE invocation_id IS NOT NULL;
CREATE INDEX artifacts_by_expiry ON runtime.artifacts (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX artifacts_by_creation ON runtime.artifacts (created_at);
