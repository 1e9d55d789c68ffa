-- Until the end of the transaction, permit writes to derived and recorded columns and tables.
SELECT set_config('toolreg.applying', 'on', true)
