-- From here to the end of the transaction, what toolreg derives and records may be written.
SELECT set_config('toolreg.applying', 'on', true)
