-- What is read behind the lock is what its last holder left, whatever isolation the database defaults to.
SET TRANSACTION ISOLATION LEVEL READ COMMITTED
