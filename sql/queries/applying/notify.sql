-- Wake the listeners when the transaction commits. A full queue would make COMMIT fail, and it is shared by all databases of
-- the server: listeners poll as well, so the hint is left out.
SELECT pg_notify('toolreg_revision', %(number)s::bigint::text)
WHERE pg_notification_queue_usage() < 0.5
