-- Whether this session can be notified: a server in recovery refuses LISTEN, and a pooler, which invents the process of its
-- greeting, gives each transaction another session.
SELECT
    pg_backend_pid() = %(greeted)s AND NOT pg_is_in_recovery() AS can_listen
