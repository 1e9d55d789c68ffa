-- Take the lease if it is new or expired; no row if another process holds it. Rows of branches nobody follows go.
WITH abandoned AS (
    DELETE FROM registry.reconcilers
    WHERE source <> %(source)s AND expires_at < clock_timestamp() - interval '30 days'
)

INSERT INTO registry.reconcilers AS lease (source, holder, expires_at)
VALUES (%(source)s, %(holder)s, clock_timestamp() + %(seconds)s * interval '1 second')
ON CONFLICT (source) DO UPDATE SET
    holder = excluded.holder,
    epoch = lease.epoch + 1,
    expires_at = excluded.expires_at
WHERE lease.expires_at <= clock_timestamp()
RETURNING lease.epoch
