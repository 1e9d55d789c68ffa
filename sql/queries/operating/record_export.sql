-- Record the file of a day of logs.
SELECT api.record_export(%(day)s::date, %(part)s, %(calls)s, %(ids)s, %(bytes)s, %(sha256)s, %(has_payloads)s)
