-- yoyo writes its tables without a schema.
SELECT set_config('search_path', 'yoyo', true)
