-- Describes the authentication that each tool requires, and the location of its secrets.
CREATE VIEW api.tool_auth WITH (security_invoker = true) AS
SELECT
    tool.name AS tool,
    tool.service,
    service.auth ->> 'type' AS type,
    -- RFC 9110 defines schemes of HTTP; tokens of OAuth 2 and OpenID Connect are bearer tokens (RFC 6750).
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
'The authentication that the service of each tool requires: type and scheme, location of the credential, available scopes, '
'and references to the secrets (env: or vault:, never the secret itself). NULL: does not apply to the type.';
