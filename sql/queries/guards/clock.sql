-- What time it is, by the clock of the database.
SELECT clock_timestamp() AS moment
