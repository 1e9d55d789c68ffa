-- What time it is there.
SELECT extract(EPOCH FROM clock_timestamp())::double precision AS seconds
