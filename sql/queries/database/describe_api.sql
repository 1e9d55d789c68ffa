-- Return the statement that records the sources of api. COMMENT takes no parameters, so the server quotes the text.
SELECT format('COMMENT ON SCHEMA api IS %%L', %(comment)s::text) AS statement
