-- What a time means: without a zone it is read in that of this session, and a time that passed ends now.
SELECT
    coalesce(%(at)s::timestamptz, clock_timestamp() - %(ago)s::interval) AS moment,
    current_setting('TimeZone') AS zone
