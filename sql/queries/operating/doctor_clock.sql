-- Read the clock of the server.
SELECT extract(EPOCH FROM clock_timestamp())::double precision AS seconds
