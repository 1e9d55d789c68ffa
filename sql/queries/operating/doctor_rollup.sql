-- How many seconds ago calls were rolled up last, and the oldest one that is not counted yet was logged.
SELECT
    extract(EPOCH FROM now() - (SELECT max(rolled_at) FROM runtime.rollup_state))::double precision AS rolled_age,
    extract(EPOCH FROM now() - min(uncounted.first_recorded_at))::double precision AS uncounted_age
FROM internal.uncounted_calls() AS uncounted
