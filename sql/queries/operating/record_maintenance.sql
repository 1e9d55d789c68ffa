-- Record how a maintenance task went.
SELECT api.record_maintenance(%(task)s, %(started_at)s, %(statements)s, %(error)s, %(remaining)s)
