-- Whether a lease is still the one under which this apply began.
SELECT EXISTS (
    SELECT FROM registry.reconcilers
    WHERE source = %(source)s AND holder = %(holder)s AND epoch = %(epoch)s
) AS is_held
