-- What a caller of each tool has to prove, and where it finds the secrets for that.
CREATE VIEW api.tool_auth WITH (security_invoker = true) AS
SELECT
    tool.name AS tool,
    tool.service,
    service.auth ->> 'type' AS type,
    -- RFC 9110 knows schemes of HTTP; tokens of OAuth 2 and OpenID Connect are bearer tokens (RFC 6750).
    CASE service.auth ->> 'type'
        WHEN 'http' THEN lower(service.auth ->> 'scheme')
        WHEN 'oauth2' THEN 'bearer'
        WHEN 'openIdConnect' THEN 'bearer'
    END AS scheme,
    CASE service.auth ->> 'type'
        WHEN 'apiKey' THEN service.auth ->> 'in'
        WHEN 'http' THEN 'header'
        WHEN 'oauth2' THEN 'header'
        WHEN 'openIdConnect' THEN 'header'
        WHEN 'mutualTLS' THEN 'connection'
    END AS location,
    CASE service.auth ->> 'type'
        WHEN 'apiKey' THEN service.auth ->> 'name'
        WHEN 'http' THEN 'Authorization'
        WHEN 'oauth2' THEN 'Authorization'
        WHEN 'openIdConnect' THEN 'Authorization'
    END AS parameter,
    ARRAY(
        SELECT DISTINCT scope.name
        FROM jsonb_each(coalesce(service.auth -> 'flows', '{}')) AS flow
        CROSS JOIN LATERAL jsonb_object_keys(coalesce(flow.value -> 'scopes', '{}')) AS scope (name)
        ORDER BY scope.name
    ) AS scopes,
    ARRAY(
        SELECT flow.key
        FROM jsonb_each(coalesce(service.auth -> 'flows', '{}')) AS flow
        ORDER BY flow.key
    ) AS flows,
    service.auth ->> 'openIdConnectUrl' AS open_id_connect_url,
    coalesce(service.auth -> 'credentials', '{}') AS secrets
FROM registry.tools AS tool
INNER JOIN (
    SELECT
        name,
        (manifest #> '{spec,auth}')::jsonb AS auth
    FROM registry.services
) AS service ON service.name = tool.service;

COMMENT ON VIEW api.tool_auth IS
'For each tool what its service demands of a caller: the scheme, where the proof goes, the scopes that can be asked for, and where '
'each secret is found (env: or vault:, never the secret itself).';
