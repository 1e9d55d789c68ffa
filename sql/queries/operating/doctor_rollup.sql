-- Read the seconds since the last rollup, and since the oldest uncounted call was logged.
SELECT
    extract(EPOCH FROM now() - (SELECT max(rolled_at) FROM runtime.rollup_state))::double precision AS rolled_age,
    extract(EPOCH FROM now() - min(uncounted.first_recorded_at))::double precision AS uncounted_age
FROM internal.uncounted_calls() AS uncounted
