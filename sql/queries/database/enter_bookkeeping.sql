-- Select the schema of yoyo's tables, which yoyo writes without a schema name.
SELECT set_config('search_path', 'yoyo', true)
