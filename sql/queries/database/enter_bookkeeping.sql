-- Where yoyo keeps its tables: it writes them without a schema.
SELECT set_config('search_path', 'yoyo', true)
