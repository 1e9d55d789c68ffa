-- Fill the staging table.
COPY pg_temp.staged (
    action, plural, kind, name, id, manifest, path, blob, digest, drifted, refers, changed_commit, changed_author
) FROM STDIN
