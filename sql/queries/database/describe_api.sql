-- Say what api was built from. COMMENT takes no parameters, so the text is quoted by the server.
SELECT format('COMMENT ON SCHEMA api IS %%L', %(comment)s::text) AS statement
