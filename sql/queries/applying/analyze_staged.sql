-- Count the staged changes for the planner, which estimates one and ten thousand alike.
ANALYZE pg_temp.staged
