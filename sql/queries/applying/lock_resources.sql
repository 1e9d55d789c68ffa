-- Keep everybody else from writing resources until this revision is done. Readers go on.
LOCK TABLE registry.resources IN SHARE ROW EXCLUSIVE MODE
