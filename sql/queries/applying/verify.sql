-- Check every deferred constraint now, so that a violation is reported by name and never by COMMIT.

SET CONSTRAINTS ALL IMMEDIATE
