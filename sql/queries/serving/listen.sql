-- Be notified of each applied revision.
LISTEN toolreg_revision
