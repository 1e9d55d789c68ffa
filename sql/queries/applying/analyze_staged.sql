-- Tell the planner how many changes there are; it would guess wrong for one as for ten thousand.
ANALYZE pg_temp.staged
