-- Let what is there be compared with the history: who may apply can change a row unseen by the digest beside it.

-- With these, comparing reads no manifest.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX history_by_newest ON registry.history (entity_id, revision DESC) INCLUDE (digest);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX nodes_by_digest ON registry.nodes (id) INCLUDE (digest);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX services_by_digest ON registry.services (id) INCLUDE (digest);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX tools_by_digest ON registry.tools (id) INCLUDE (digest);
