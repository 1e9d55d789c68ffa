-- Record a run of a maintenance task.
SELECT api.record_maintenance(%(task)s, %(started_at)s, %(statements)s, %(error)s, %(remaining)s)
