-- Block other writers of resources until this revision is done. Readers continue.
LOCK TABLE registry.resources IN SHARE ROW EXCLUSIVE MODE
