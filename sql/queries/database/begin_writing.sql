-- Behind the lock, read the state left by its last holder, whatever the default isolation of the database.
SET TRANSACTION ISOLATION LEVEL READ COMMITTED
