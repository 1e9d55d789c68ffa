-- Create the tables of logs for today and the days to come, so that the first calls do not go to the default partition.
SELECT api.create_partition((now() AT TIME ZONE 'UTC')::date + ahead.days::integer)
FROM runtime.settings AS settings
CROSS JOIN generate_series(0, settings.partitions_ahead) AS ahead (days);

SELECT api.record_maintenance('ensure_partitions', now(), 1 + settings.partitions_ahead)
FROM runtime.settings AS settings;
