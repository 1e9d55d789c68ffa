-- Read the clock of the database.
SELECT clock_timestamp() AS moment
