-- Have the lock of writers need a right: any login could hold the advisory lock before it, and stop all applies.

GRANT UPDATE ON yoyo.writer TO toolreg_reconciler;
