-- The figures of one tool or agent among many series are found by index, and counting updates rows in their page.

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX series_by_tool ON runtime.series (tool);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX series_by_agent ON runtime.series (agent);

-- A rollup every minute updates the rows of the current hour and day: room for new versions in the page of a row makes these
-- HOT updates, which leave the indexes alone. Pages written from now on have the room.
ALTER TABLE runtime.invocation_rollup SET (fillfactor = 50);
ALTER TABLE runtime.invocation_rollup_daily SET (fillfactor = 50);
ALTER TABLE runtime.duration_histogram SET (fillfactor = 50);
ALTER TABLE runtime.duration_histogram_total SET (fillfactor = 50);
