-- Resolve a time: without a time zone, the zone of this session applies; an age counts back from now.
SELECT
    coalesce(%(at)s::timestamptz, clock_timestamp() - %(ago)s::interval) AS moment,
    current_setting('TimeZone') AS zone
