-- Set up one transaction: names are always qualified, times have one format, and no wait or lock lasts for ever.
SELECT
    set_config('search_path', 'pg_catalog', true) AS search_path,
    -- psycopg reads no other style, and a database may set another.
    set_config('DateStyle', 'ISO', true) AS date_style,
    set_config('IntervalStyle', 'postgres', true) AS interval_style,
    set_config('lock_timeout', %(lock_timeout_ms)s::text, true) AS lock_timeout,
    -- A timeout of the role, database or server is meant for its other clients, and would end every longer apply. A timeout
    -- in the options of this connection is meant for this command. transaction_timeout is new in PostgreSQL 17.
    CASE WHEN NOT %(statements_are_bounded)s THEN set_config('statement_timeout', '0', true) END AS statement_timeout,
    CASE
        WHEN NOT %(transactions_are_bounded)s AND current_setting('transaction_timeout', true) IS NOT NULL
            THEN set_config('transaction_timeout', '0', true)
    END AS transaction_timeout,
    set_config('idle_in_transaction_session_timeout', '15min', true) AS idle_timeout,
    -- A lock ends with its holder, not with a statement that the holder left running.
    set_config('client_connection_check_interval', '500ms', true) AS check_interval,
    -- If the machine or network of the holder fails, the server notices in half a minute, not in two hours.
    set_config('tcp_keepalives_idle', '10', true) AS keepalives_idle,
    set_config('tcp_keepalives_interval', '5', true) AS keepalives_interval,
    set_config('tcp_keepalives_count', '4', true) AS keepalives_count,
    set_config('tcp_user_timeout', '30000', true) AS user_timeout
