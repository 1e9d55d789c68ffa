-- Settings of one transaction: names are always qualified, and nothing waits or is held for ever.
SELECT
    set_config('search_path', 'pg_catalog', true) AS search_path,
    set_config('lock_timeout', %(lock_timeout_ms)s::text, true) AS lock_timeout,
    set_config('idle_in_transaction_session_timeout', '15min', true) AS idle_timeout,
    -- So that a lock dies with its holder, not with the statement that the holder left running.
    set_config('client_connection_check_interval', '500ms', true) AS check_interval
